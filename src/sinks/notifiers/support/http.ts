/** One HTTP request to a service: bounded in time and size, without redirects, with a certificate of one's own. */
import { escapeTerminal, truncate } from '../../../core/text.ts'
import { DAY, SECOND } from '../../../core/time.ts'
import type { Delivery } from '../../../kit/define-notifier.ts'

/** More of an answer than this is not read: an answer says in a few words what came of the message. */
const LONGEST_ANSWER = 64 * 1024
/** What is shown of an answer in an error. */
const SHOWN = 200

export interface HttpRequest {
  url: string
  /** POST where it is not said. */
  method?: 'GET' | 'POST' | 'PATCH' | undefined
  headers?: Readonly<Record<string, string>>
  body?: string | undefined
  /** PEM certificates that are believed besides the usual ones. */
  ca?: string | undefined
  signal: AbortSignal
}

export interface HttpAnswer {
  status: number
  body: string
  retryAfter?: number
  /** Where a redirect points to. */
  location?: string
}

/** Reads Retry-After (RFC 9110, 10.2.3): seconds or a date. A day at most; undefined where it cannot be read. */
export function readRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  const wait = /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) * SECOND : Date.parse(value) - now
  return Number.isFinite(wait) ? Math.min(Math.max(0, wait), DAY) : undefined
}

/** Sends one request. Rejects where there is no whole answer. Redirects are answers like others: never followed. */
export async function exchange(
  { url, method = 'POST', headers = {}, body = '', ca, signal }: HttpRequest,
  now: () => number,
): Promise<HttpAnswer> {
  // Loaded when the first message goes out: a daemon that tells nobody does without their 15 MB.
  const { request: send } = new URL(url).protocol === 'https:' ? await import('node:https') : await import('node:http')
  const own = ca === undefined ? {} : { ca: [...(await import('node:tls')).getCACertificates('default'), ca] }
  return await new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        method,
        // A connection of its own: what a service did to the last one is of no concern.
        agent: false,
        signal,
        headers: { 'user-agent': 'vpsguard', ...headers, 'content-length': String(Buffer.byteLength(body)) },
        ...own,
      },
      response => {
        const chunks: Buffer[] = []
        let size = 0
        const done = (): void => {
          const retryAfter = readRetryAfter(response.headers['retry-after'], now())
          const { location } = response.headers
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString('utf8'),
            ...(retryAfter === undefined ? {} : { retryAfter }),
            ...(location === undefined ? {} : { location }),
          })
          request.destroy()
        }
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk.subarray(0, LONGEST_ANSWER - size))
          size += chunk.length
          if (size >= LONGEST_ANSWER) done()
        })
        response.on('end', done)
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

/** What a failure to get an answer means: always worth another attempt. The text names the cause, never the URL. */
export function unreachable(error: unknown, signal: AbortSignal): Delivery {
  if (signal.aborted) return { ok: false, retry: true, error: 'no answer in time' }
  const text =
    error instanceof Error ? error.message || String('code' in error ? error.code : error.name) : String(error)
  return { ok: false, retry: true, error: shown(text) }
}

/** A short, harmless form of what the other side said. */
export function shown(text: string): string {
  return truncate(escapeTerminal(text.slice(0, SHOWN * 4).trim()), SHOWN)
}

function originOf(location: string | undefined): string {
  return location !== undefined && URL.canParse(location) ? new URL(location).origin : 'another place'
}

/**
 * What an answer's status means. Denied access and wrong addresses (401, 403, 404, 410) are tried again as well: a
 * person can put them right, and the message is still there then. Only what the service says about the message itself
 * (other 4xx) is final.
 */
export function judgeStatus({ status, body, retryAfter, location }: HttpAnswer, detail = shown(body)): Delivery {
  if (status >= 200 && status < 300) return { ok: true }
  const wait = retryAfter === undefined ? {} : { retryAfter }
  if (status >= 300 && status < 400) {
    return {
      ok: false,
      retry: true,
      error: `HTTP ${status}: redirects to ${shown(originOf(location))} are not followed`,
    }
  }
  const error = detail === '' ? `HTTP ${status}` : `HTTP ${status}: ${detail}`
  const retry = status >= 500 || status < 300 || [401, 403, 404, 408, 410, 425, 429].includes(status)
  return { ok: false, retry, error, ...wait }
}

interface JsonRequest extends Omit<HttpRequest, 'body' | 'signal'> {
  value: unknown
}

/** Sends JSON and judges the answer; `judge` reads what a service says in an answer of status 200 too. */
export async function postJson<Judged = never>(
  { value, headers: more, ...request }: JsonRequest,
  { signal, now }: { signal: AbortSignal; now: () => number },
  judge: (answer: HttpAnswer) => Judged | Delivery = answer => judgeStatus(answer),
): Promise<Judged | Delivery> {
  try {
    const headers = { 'content-type': 'application/json; charset=utf-8', ...more }
    return judge(await exchange({ ...request, headers, body: JSON.stringify(value), signal }, now))
  } catch (error) {
    return unreachable(error, signal)
  }
}

/** Whether the service will not edit the message: it was deleted, is too old, or stands elsewhere. A new one can go out. */
export const isEditRefused = ({ status }: HttpAnswer): boolean => [400, 403, 404, 405, 410].includes(status)

/** An answer's JSON object; undefined where it is none. */
export function answerObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/**
 * Judges answers of services that answer 200 whatever happens and say the rest in a code of their own. `busy`: the
 * codes that mean "too fast".
 */
export function judgeCode(
  key: string,
  success: number,
  text: string,
  busy: readonly number[] = [],
): (answer: HttpAnswer) => Delivery {
  return answer => {
    const status = judgeStatus(answer)
    if (!status.ok) return status
    const said = answerObject(answer.body)
    const code = said?.[key]
    if (code === success) return { ok: true }
    if (code === undefined)
      return { ok: false, retry: true, error: `not an answer of this service: ${shown(answer.body)}` }
    const error = `${key} ${shown(String(code))}: ${shown(String(said?.[text] ?? ''))}`
    // Wrong keys and tokens are the usual codes: a person can put them right, so that the message waits.
    return typeof code === 'number' && busy.includes(code)
      ? { ok: false, retry: true, error, retryAfter: 60 * SECOND }
      : { ok: false, retry: true, error }
  }
}
