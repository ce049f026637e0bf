/** Lines of words, some of them in quotes: the logs of load balancers and of W3C's extended format. */
import type { WebFields } from './fields.ts'
import { bytesOf, find, until } from './text.ts'

const MOST = 48

/** The words of a line as byte ranges; quotes are taken off. Reused from line to line. */
export class Words {
  count = 0
  readonly starts = new Int32Array(MOST)
  readonly ends = new Int32Array(MOST)

  /** Splits bytes[start, end) at single separators. A quoted word ends at a quote that a separator or the end follows. */
  split(bytes: Uint8Array, start: number, end: number, separator: number): void {
    this.count = 0
    let i = start
    while (i <= end && this.count < MOST) {
      const quoted = bytes[i] === 34 && i < end
      let stop = quoted ? until(bytes, i + 1, end, 34) : until(bytes, i, end, separator)
      while (quoted && stop < end && stop + 1 < end && bytes[stop + 1] !== separator)
        stop = until(bytes, stop + 1, end, 34)
      this.starts[this.count] = quoted ? i + 1 : i
      this.ends[this.count] = stop
      this.count++
      i = quoted ? stop + 2 : stop + 1
    }
  }
}

const SCHEME = bytesOf('://')
const SLASH = 47
const COLON = 58
const BRACKET = 91
const CLOSING = 93

/** A load balancer logs whole addresses: what stands before the path is the virtual host, not a request to a proxy. */
export function splitHost(fields: WebFields): void {
  const { bytes, targetStart, targetEnd } = fields
  const scheme = find(bytes, targetStart, Math.min(targetEnd, targetStart + 10), SCHEME)
  if (scheme < 0) return
  const start = scheme + SCHEME.length
  // A host may be followed by its query at once.
  const limit = fields.queryMark < start ? targetEnd : fields.queryMark
  const end = until(bytes, start, limit, SLASH)
  // The colons of an IPv6 address stand in brackets.
  const port = bytes[start] === BRACKET ? until(bytes, start, end, CLOSING) : start
  fields.vhostStart = start
  fields.vhostEnd = Math.min(end, until(bytes, port, end, COLON))
  fields.targetStart = end
}
