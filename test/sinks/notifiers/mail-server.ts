/** A real SMTP server on loopback that writes down what arrives. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach } from 'vitest'
import { makeCertificate } from './server.ts'

export const certificate = makeCertificate()

export interface Mail {
  from: string
  to: string[]
  secure: boolean
  user: string | undefined
  raw: string
}

/** What is closed after each test. */
export const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** Takes mail for everybody but `nobody`; `vpsguard` logs in with `correct horse`. */
export async function startMail(options: SMTPServerOptions = {}): Promise<{ port: number; mails: Mail[] }> {
  const mails: Mail[] = []
  const server = new SMTPServer({
    ...certificate,
    authOptional: true,
    onAuth({ username, password }, _session, done) {
      if (username === 'vpsguard' && password === 'correct horse') done(null, { user: username })
      else done(new Error('Invalid username or password'))
    },
    onRcptTo({ address }, _session, done) {
      done(address.startsWith('nobody') ? Object.assign(new Error('No such user'), { responseCode: 550 }) : null)
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          secure: session.secure,
          user: session.user,
          raw: Buffer.concat(chunks).toString('utf8'),
        })
        done()
      })
    },
    ...options,
  })
  // What a client does wrong is the client's to tell.
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  closers.push(() => new Promise(resolve => server.close(() => resolve())))
  return { port: (server.server.address() as AddressInfo).port, mails }
}
