/** Keys that the channels over HTTP share. */
import { z } from 'zod'
import type { Severity } from '../../../core/finding.ts'
import { isInternal, parseAddress } from '../../../core/ip.ts'

/** An address of a service. Credentials in it would end up in places that show URLs. */
export const serviceUrl = z.string().refine(
  text => {
    if (!URL.canParse(text)) return false
    const { protocol, username, password } = new URL(text)
    return (protocol === 'https:' || protocol === 'http:') && username === '' && password === ''
  },
  { error: 'expected an https:// address without user and password in it' },
)

/** What ends up in a header must not end the header. */
export const headerText = z.string().regex(/^[\x20-\x7e]+$/, { error: 'expected printable ASCII characters' })

export const HTTP_OPTIONS = {
  allow_http: z
    .boolean()
    .default(false)
    .describe('Whether http:// is allowed to a server outside: everybody on the way can read and change messages.'),
  ca: z.string().includes('-----BEGIN CERTIFICATE-----').optional().describe('PEM certificates of a private CA.'),
}

/** Whether the address is this machine or one of a private network, by its literal form (names can point anywhere). */
export function isNear(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '')
  if (bare === 'localhost' || bare.endsWith('.localhost')) return true
  const words = parseAddress(bare)
  return words !== undefined && isInternal(words)
}

/** Whether the address is this machine's own. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '')
  return bare === 'localhost' || bare === '::1' || /^127\./.test(bare)
}

const NEEDS_HTTPS = 'expected https:// (http:// only to this machine or a private address, or with allow_http = true)'

/** Says what is wrong with an http:// address to the outside. */
export function checkHttps<Key extends string>(
  key: Key,
  url: string,
  allowHttp: boolean,
): { key: Key; message: string } | undefined {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || allowHttp || isNear(hostname) ? undefined : { key, message: NEEDS_HTTPS }
}

/** A notice's id as a header may hold it. */
export const headerId = (id: string): string =>
  id.toWellFormed().replace(/[^\x21-\x7e]/gu, character => encodeURIComponent(character))

/** Joins a server's address and a path. */
export function under(server: string, path: string): string {
  return `${server.replace(/\/+$/, '')}/${path}`
}

/** Colours by severity, as 0xRRGGBB. */
export const COLORS: Readonly<Record<Severity, number>> = {
  critical: 0xb00020,
  high: 0xd9480f,
  medium: 0xe0a100,
  low: 0x2f6fb5,
  info: 0x6b7280,
}
