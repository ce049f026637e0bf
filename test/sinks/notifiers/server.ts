/** Real servers on loopback that write down what arrives. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Arrived {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: string
}

export interface Service {
  url: string
  port: number
  arrived: Arrived[]
  /** What the next requests get; the last answer stays. */
  answer: (...answers: ((response: ServerResponse) => void)[]) => void
  /** Resolves when this many requests have arrived. */
  received: (count: number) => Promise<void>
  close: () => Promise<void>
}

export const reply =
  (status: number, body: string | object = '', headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
  }

/** Takes the request and never answers. */
export const silence = (): void => {}

export interface Certificate {
  key: string
  cert: string
}

/** A certificate for localhost and 127.0.0.1 that nobody but itself has signed. */
export function makeCertificate(): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'vpsguard-tls-'))
  try {
    const key = join(folder, 'key.pem')
    const cert = join(folder, 'cert.pem')
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650'],
        ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
        ...['-keyout', key, '-out', cert],
      ],
      { stdio: 'ignore' },
    )
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function startService(tls?: Certificate): Promise<Service> {
  const arrived: Arrived[] = []
  let answers: ((response: ServerResponse) => void)[] = [reply(200, 'ok')]
  const waiting: { count: number; done: () => void }[] = []
  const serve: Parameters<typeof createServer>[1] = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      arrived.push({ method, url, headers, body: Buffer.concat(chunks).toString('utf8') })
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      answer?.(response)
      for (const { count, done } of waiting) if (arrived.length >= count) done()
    })
  }
  const server = tls === undefined ? createServer({}, serve) : createTlsServer({ ...tls }, serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    arrived,
    answer: (...next) => {
      answers = next
    },
    received: count =>
      arrived.length >= count ? Promise.resolve() : new Promise(done => waiting.push({ count, done })),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
