/** The formats an access log is written in. */

import type { WebRequest } from './request.ts'
import type { Site } from './site.ts'

export type WriteRequest = (request: WebRequest) => string

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (value: number): string => String(value).padStart(2, '0')

/** `21/Feb/2026:03:37:31 +0000`. */
function stamp(time: number): string {
  const date = new Date(time)
  return `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
}

/** The request line as it came; what is no HTTP came without method and version. */
function requestLine({ method, target, protocol }: WebRequest): string {
  return method === '' ? target : `${method} ${quoted(target)} ${protocol}`
}

/** A quote within a quoted field; nginx writes it in hexadecimal. */
const quoted = (text: string): string => text.replaceAll('"', '\\x22')

/** nginx `combined`: bytes of the body. */
export function writeNginx(): WriteRequest {
  return one =>
    `${one.source} - - [${stamp(one.time)}] "${requestLine(one)}" ${one.status} ${one.bytes} "${one.referrer}" "${one.agent}"`
}

/** Bytes of a usual answer's head: Debian's Apache counts them (`%O`). */
const HEAD_BYTES = 287

function apacheTail(one: WebRequest): string {
  const bytes = one.bytes + (one.method === '' ? 0 : HEAD_BYTES + (one.referrer.length % 7))
  const line = requestLine(one).replaceAll('\\x22', '\\"')
  return `${one.source} - - [${stamp(one.time)}] "${line}" ${one.status} ${bytes} "${one.referrer}" "${one.agent}"`
}

/** Apache `combined` as Debian configures it. */
export function writeApache(): WriteRequest {
  return apacheTail
}

/** Apache `vhost_combined`: the site and its port come first. */
export function writeApacheVhost(site: Site): WriteRequest {
  return one => `${site.name}:443 ${apacheTail(one)}`
}

/** nginx with a JSON `log_format` (escape=json), the variables under their own names. */
export function writeWebJson(site: Site): WriteRequest {
  return one =>
    JSON.stringify({
      time_iso8601: new Date(Math.floor(one.time / 1000) * 1000).toISOString().replace('.000Z', '+00:00'),
      remote_addr: one.source,
      host: site.name,
      request_method: one.method,
      request_uri: one.method === '' ? '' : one.target,
      server_protocol: one.protocol,
      request: one.method === '' ? unescapeBytes(one.target) : `${one.method} ${one.target} ${one.protocol}`,
      status: one.status,
      body_bytes_sent: one.bytes,
      request_time: one.took,
      http_referer: one.referrer === '-' ? '' : one.referrer,
      http_user_agent: one.agent === '-' ? '' : one.agent,
    })
}

/** JSON escapes bytes itself. */
function unescapeBytes(text: string): string {
  return text.replace(/\\x([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** Caddy's access log: a numeric `ts`, headers as lists. What is no HTTP never gets as far as this log. */
export function writeCaddy(site: Site): WriteRequest {
  return one => {
    const path = one.method === '' ? '/' : one.target
    return JSON.stringify({
      level: 'info',
      ts: one.time / 1000,
      logger: 'http.log.access.log0',
      msg: 'handled request',
      request: {
        remote_ip: one.source,
        remote_port: String(32768 + (Math.floor(one.time) % 28_000)),
        client_ip: one.source,
        proto: one.protocol === '' ? 'HTTP/1.1' : one.protocol,
        method: one.method === '' ? 'GET' : one.method,
        host: site.name,
        uri: path,
        headers: {
          ...(one.agent === '-' ? {} : { 'User-Agent': [one.agent] }),
          ...(one.referrer === '-' ? {} : { Referer: [one.referrer] }),
        },
      },
      bytes_read: 0,
      user_id: '',
      duration: one.took,
      size: one.bytes,
      status: one.status,
    })
  }
}
