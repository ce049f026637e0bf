/** sshd's lines about a peer that never got as far as a login: no banner, no common algorithm, refused, dropped. */
import type { BatchWriter } from '../../../core/batch.ts'
import { KIND } from '../../../core/event.ts'
import type { Line, Verdict } from '../../../core/line.ts'
import { VERDICT } from '../../../core/line.ts'
import { COLON, find, findByte, findLast, literal, readNumber, SPACE, startsWith } from '../bytes.ts'
import { addEvent, sourceIndex } from '../emit.ts'
import { createPeer, readPeerAtEnd, readPeerAtStart, readPeerBeforeText } from '../peer.ts'
import { PREAMBLE, readPreamble, setId, userStart } from './closes.ts'

const FROM = literal(' from ')
const OPEN = literal(' (')
const ON = literal(' on [')
const NO_IDENTIFICATION = literal('no identification string')
const BAD_PROTOCOL = literal('bad protocol version')
const REFUSED = literal('refused connect')
const IPV4 = literal('ipv4: ')
const IPV6 = literal('ipv6: ')
const PENALTY = literal('penalty')
const MAX_STARTUPS = literal('past MaxStartups')
const DROP_PENALTY = literal(' penalty: ')

const peer = createPeer()

/** Writes a scan by the peer that was read last; the detail is bytes[start, end) of `from`. */
function addScan(line: Line, out: BatchWriter, flags: number, from: Uint8Array, start: number, end: number): Verdict {
  const source = sourceIndex(line.bytes, peer.start, peer.end, out)
  // `Did not receive identification string from UNKNOWN`
  if (source < 0) return VERDICT.irrelevant
  const row = addEvent(line, out, KIND['ssh.scan'], flags)
  const columns = out.columns
  columns.source[row] = source
  columns.port[row] = peer.port
  columns.detail[row] = out.text(from, start, end)
  return VERDICT.event
}

const addNamedScan = (line: Line, out: BatchWriter, flags: number, name: Uint8Array): Verdict =>
  addScan(line, out, flags, name, 0, name.length)

/** `Did not receive identification string from PEER[ port N]`; `pos` is behind `from `. */
export function parseNoIdentification(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  if (!readPeerAtEnd(line.bytes, pos, end, false, peer) || peer.start !== pos) return VERDICT.malformed
  return addNamedScan(line, out, flags, NO_IDENTIFICATION)
}

/** `Bad protocol version identification 'TEXT' from PEER[ port N]`: the text is the client's, so read from the right. */
export function parseBadProtocol(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  const from = findLast(bytes, pos, end, FROM)
  if (from < 0 || !readPeerAtEnd(bytes, from, end, false, peer) || peer.start !== from + FROM.length)
    return VERDICT.malformed
  return addNamedScan(line, out, flags, BAD_PROTOCOL)
}

/** `TAG: Connection from [preamble ]PEER port N: TEXT` (banner exchange, ssh_dispatch_run_fatal ...); `pos` is behind `from `. */
export function parseConnectionFrom(
  line: Line,
  out: BatchWriter,
  pos: number,
  end: number,
  flags: number,
  detail: Uint8Array,
): Verdict {
  const { bytes } = line
  const preamble = readPreamble(bytes, pos, end)
  if (preamble === PREAMBLE.loggedIn) return VERDICT.irrelevant
  const from = userStart
  const found =
    preamble === PREAMBLE.none
      ? readPeerAtStart(bytes, from, end, peer)
      : readPeerBeforeText(bytes, from, end, false, peer)
  if (!found) return VERDICT.malformed
  const verdict = addNamedScan(line, out, flags, detail)
  if (verdict === VERDICT.event) setId(line, out, out.length - 1, preamble, from, peer)
  return verdict
}

/** `Unable to negotiate with [preamble ]PEER[ port N]: REASON[. Their offer: LIST]`; `pos` is behind `with `. */
export function parseNegotiate(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  const preamble = readPreamble(bytes, pos, end)
  const from = userStart
  const found =
    preamble === PREAMBLE.none
      ? readPeerAtStart(bytes, from, end, peer)
      : readPeerBeforeText(bytes, from, end, false, peer)
  if (!found || bytes[peer.tail] !== COLON || peer.tail >= end) return VERDICT.malformed
  const reason = Math.min(peer.tail + 2, end)
  // "no matching cipher found. Their offer: ...": the offer is the client's text, the reason sshd's.
  const verdict = addScan(line, out, flags, bytes, reason, findByte(bytes, reason, end, 46))
  if (verdict === VERDICT.event) setId(line, out, out.length - 1, preamble, from, peer)
  return verdict
}

/** `refused connect from NAME (ADDRESS)`, `ADDRESS (ADDRESS)`, `ADDRESS`, `ident@NAME (ADDRESS)`; `pos` is behind `from `. */
export function parseRefused(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  const open = findLast(bytes, pos, end, OPEN)
  peer.port = 0
  if (open >= 0 && bytes[end - 1] === 41) {
    peer.start = open + OPEN.length
    peer.end = end - 1
  } else {
    const at = findLast(bytes, pos, end, AT)
    peer.start = at < 0 ? pos : at + 1
    peer.end = end
  }
  return addNamedScan(line, out, flags, REFUSED)
}
const AT = literal('@')

/** `drop connection #N from [PEER]:PORT on [HOST]:22 past MaxStartups` or `... penalty: REASON`; `pos` is behind `drop connection #`. */
export function parseDrop(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  const from = find(bytes, pos, end, FROM)
  if (from < 0 || bytes[from + FROM.length] !== 91) return VERDICT.irrelevant
  const start = from + FROM.length + 1
  const close = findByte(bytes, start, end, 93)
  const on = find(bytes, close, end, ON)
  if (close >= end || on < 0) return VERDICT.malformed
  peer.start = start
  peer.end = close
  peer.port = Math.max(0, readNumber(bytes, close + 2, on))
  const penalty = find(bytes, on, end, DROP_PENALTY)
  return penalty >= 0
    ? addScan(line, out, flags, bytes, penalty + 1, end)
    : addNamedScan(line, out, flags, MAX_STARTUPS)
}

/** `srclimit_penalise: ipv4: new PREFIX/LEN active penalty of N seconds for penalty: REASON`; `pos` is behind the tag. */
export function parsePenalise(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  const isV4 = startsWith(bytes, pos, end, IPV4)
  if (!isV4 && !startsWith(bytes, pos, end, IPV6)) return VERDICT.irrelevant
  const word = findByte(bytes, pos + IPV4.length, end, SPACE) + 1
  const wordEnd = findByte(bytes, word, end, SPACE)
  const slash = findByte(bytes, word, wordEnd, 47)
  const bits = slash < wordEnd ? readNumber(bytes, slash + 1, wordEnd) : isV4 ? 32 : 128
  // A wider prefix names a network, not a peer.
  if (isV4 ? bits < 32 : bits < 64) return VERDICT.irrelevant
  peer.start = word
  peer.end = slash
  peer.port = 0
  return addNamedScan(line, out, flags, PENALTY)
}
