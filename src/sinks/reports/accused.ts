import { isV4, PrefixSet, parseAddress, parsePrefix } from '../../core/ip.ts'

/** A piece of a log line; `accused` where it names a source or a user of the finding. */
export interface Segment {
  text: string
  accused: boolean
}

/** User names that are no single token (spaces, quotes) are looked for as they stand; attackers choose them, so few. */
const ODD_NAMES = 40
const TOKEN = '[\\p{L}\\p{N}_:][\\p{L}\\p{N}_.:@+%-]*'
const PLAIN_NAME = new RegExp(`^${TOKEN}$`, 'u')

/** Prepares the search for the parts of a log line that name what a finding accuses: a reader sees them at once. */
export function createAccusedFinder(finding: {
  sources: readonly string[]
  users: readonly string[]
}): (line: string) => Segment[] {
  const exact = new Set<string>([...finding.sources, ...finding.users])
  const prefixes = new PrefixSet(
    finding.sources
      .filter(source => source.includes('/'))
      .map(parsePrefix)
      .filter(prefix => prefix !== undefined),
  )
  const odd = finding.users.filter(user => user.length > 1 && !PLAIN_NAME.test(user)).slice(0, ODD_NAMES)
  const pattern = new RegExp([...odd.map(name => name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')), TOKEN].join('|'), 'gu')

  const inPrefix = (token: string): boolean => {
    if (prefixes.size === 0 || !/[.:]/.test(token)) return false
    const words = parseAddress(token)
    return words !== undefined && prefixes.has(words)
  }
  const accusedLength = (token: string): number => {
    if (exact.has(token) || inPrefix(token)) return token.length
    const bare = token.replace(/[.:@%+-]+$/, '')
    if (bare !== token && (exact.has(bare) || inPrefix(bare))) return bare.length
    const colon = token.indexOf(':')
    const host = colon > 0 ? token.slice(0, colon) : ''
    const words = host === '' ? undefined : parseAddress(host)
    return words !== undefined && isV4(words) && (exact.has(host) || inPrefix(host)) ? host.length : 0
  }

  return line => {
    const segments: Segment[] = []
    let done = 0
    for (const match of line.matchAll(pattern)) {
      const length = accusedLength(match[0])
      if (length === 0) continue
      if (match.index > done) segments.push({ text: line.slice(done, match.index), accused: false })
      segments.push({ text: match[0].slice(0, length), accused: true })
      done = match.index + length
    }
    if (done < line.length || segments.length === 0) segments.push({ text: line.slice(done), accused: false })
    return segments
  }
}
