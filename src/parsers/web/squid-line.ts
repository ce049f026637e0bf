/** Lines of proxies: Squid's own form, and the combined one with Squid's result at its end. */
import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { decode, isDigit } from '../support/bytes.ts'
import { addTextEvent } from '../support/emit.ts'
import { WebFields } from './fields.ts'
import { JsonFiller } from './json-fields.ts'
import { readClfStamp, stamp } from './stamp.ts'
import { bytesOf } from './text.ts'
import { RequestWriter } from './writer.ts'

const LONGEST = 16_384
const RESULT = `(?<result>(?:TCP|UDP|NONE|TAG)[A-Z_]{0,40})`
const NATIVE = new RegExp(
  String.raw`^(?<epoch>\d{10}\.\d{3}) +\d{1,10} (?<peer>\S{1,255}) ${RESULT}\/(?<status>\d{3}) \d{1,18} (?<method>[A-Z_]{1,32}) (?<target>\S+) (?<user>\S+) [A-Z_]{1,40}\/\S+ \S+`,
)
const COMBINED = new RegExp(
  String.raw`^(?<peer>\S{1,255}) \S{1,64} (?<user>.{1,128}?) \[(?<date>[^\]]{20,30})\] "(?<method>[A-Z_]{1,32}) (?<target>\S+)(?: \S+)?" (?<status>\d{3}) .* ${RESULT}:[A-Z_]{1,40}$`,
)
const POINT = 46
const UPPER_A = 65
const UPPER_Z = 90

/**
 * `notMine` where the line is none of a proxy's.
 *
 * A proxy's log: what its users asked of others' sites is no attack on this host. Told are those whom it turned away: by its
 * rules, or for a name and a password that are wrong. A challenge without a name stands before every login, and is none.
 */
export function openProxyLine(context: FormatContext): (line: Line, out: BatchWriter) => Verdict {
  const fields = new WebFields()
  const filler = new JsonFiller()
  const writer = new RequestWriter(context)
  return (line, out) => {
    const { bytes, start, end } = line
    // Ten digits and a point: an address has a point among its first four bytes.
    const native =
      bytes[start + 10] === POINT && isDigit(bytes[start + 1]) && isDigit(bytes[start + 2]) && isDigit(bytes[start + 3])
    // The combined form ends with a word in capitals, which no other access line does.
    if ((!native && (bytes[end - 1] < UPPER_A || bytes[end - 1] > UPPER_Z)) || end - start > LONGEST)
      return VERDICT.notMine
    const found = (native ? NATIVE : COMBINED).exec(decode(bytes, start, end))?.groups
    if (found === undefined) return VERDICT.notMine
    const { epoch, date, peer, result, status, method, target, user } = found
    if (date !== undefined) {
      const clf = bytesOf(date)
      if (!readClfStamp(clf, 0, clf.length)) return VERDICT.malformed
      line.time = stamp.time
      line.flags = stamp.flags
    } else {
      line.time = Math.round(Number(epoch) * 1000)
      line.flags = 0
    }
    if (!result.includes('DENIED')) return VERDICT.irrelevant
    if (status === '407') {
      if (user === '-') return VERDICT.irrelevant
      addTextEvent(line, out, 'web.auth.failed', { user, source: peer, service: 'squid' })
      return VERDICT.event
    }
    const { time, flags } = line
    filler.fill({ peer, method, target, status, user }, fields)
    fields.time = time
    fields.flags = flags
    fields.service = 'squid'
    writer.write(fields, line, out)
    return VERDICT.event
  }
}
