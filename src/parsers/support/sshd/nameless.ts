/** sshd's lines that tell of a connection without naming its peer, and those that name the peer and tell nothing: the engine joins them by pid. */
import type { BatchWriter } from '../../../core/batch.ts'
import { FLAG, KIND } from '../../../core/event.ts'
import type { Line, Verdict } from '../../../core/line.ts'
import { VERDICT } from '../../../core/line.ts'
import { find, findByte, findLast, literal, readNumber, startsWith } from '../bytes.ts'
import { addEvent, sourceIndex } from '../emit.ts'
import { createPeer, readPeerAtEnd, readPeerAtStart } from '../peer.ts'

interface Nameless {
  prefix: Uint8Array
  detail: Uint8Array
  kind: number
  /** The text is also said of connections that have logged in. */
  preauthOnly: boolean
}

const scan = (prefix: string, detail: string, preauthOnly = false): Nameless => ({
  prefix: literal(prefix),
  detail: literal(detail),
  kind: KIND['ssh.scan'],
  preauthOnly,
})

const NAMELESS: readonly Nameless[] = [
  scan('kex_exchange_identification: ', 'banner exchange'),
  scan('Unable to negotiate a key exchange method', 'key exchange'),
  scan('no matching ', 'key exchange'),
  scan('Client and server could not agree on ', 'key exchange'),
  scan('Protocol major versions differ: ', 'bad protocol version'),
  scan('Corrupted MAC on input', 'packet corrupt', true),
  scan('Bad packet length ', 'packet corrupt', true),
  { ...scan('Read from socket failed: ', 'Read from socket failed', true), kind: KIND['ssh.preauth.closed'] },
]

const VERSIONS_DIFFER = literal('Protocol major versions differ for ')
const SCANNED = literal('scanned from ')
const NO_IDENT = literal('Could not write ident string to ')
const REMOTE = literal(';Remote: ')
const HPN = literal('SSH: Server;Ltype: ')
const TRIED = literal('Authentication tried for ')
const CORRECT_KEY = literal(' with correct key but not from a permitted host (host=')
const IP = literal(', ip=')
const PUBLICKEY = literal('publickey')
const BAD_PROTOCOL = literal('bad protocol version')
const NO_IDENTIFICATION = literal('no identification string')
const BANNER_EXCHANGE = literal('banner exchange')

/** First bytes of the messages below: most of what comes here is none of them. */
const FIRST = new Uint8Array(256)
for (const prefix of [...NAMELESS.map(one => one.prefix), VERSIONS_DIFFER, SCANNED, NO_IDENT, HPN]) FIRST[prefix[0]] = 1

const peer = createPeer()

/** Messages of either sort, and a few rare ones that name their peer in a way of their own. */
export function parseNameless(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  if (FIRST[bytes[pos]] === 0) return VERDICT.irrelevant
  for (let i = 0; i < NAMELESS.length; i++) {
    const { prefix, detail, kind, preauthOnly } = NAMELESS[i]
    if (bytes[pos] !== prefix[0] || !startsWith(bytes, pos, end, prefix)) continue
    if (preauthOnly && (flags & FLAG.PREAUTH) === 0) return VERDICT.irrelevant
    out.columns.detail[addEvent(line, out, kind, flags)] = out.text(detail, 0, detail.length)
    return VERDICT.event
  }
  const versioned = startsWith(bytes, pos, end, VERSIONS_DIFFER) ? VERSIONS_DIFFER : SCANNED
  if (startsWith(bytes, pos, end, versioned)) {
    if (!readPeerAtStart(bytes, pos + versioned.length, end, peer)) return VERDICT.malformed
    return addPeer(line, out, KIND['ssh.scan'], flags, BAD_PROTOCOL)
  }
  if (startsWith(bytes, pos, end, NO_IDENT)) {
    if (!readPeerAtEnd(bytes, pos + NO_IDENT.length, end, false, peer)) return VERDICT.malformed
    return addPeer(line, out, KIND['ssh.scan'], flags, NO_IDENTIFICATION)
  }
  if (startsWith(bytes, pos, end, HPN)) return parseHpn(line, out, pos, end, flags)
  return VERDICT.irrelevant
}

function addPeer(line: Line, out: BatchWriter, kind: number, flags: number, detail: Uint8Array): Verdict {
  const source = sourceIndex(line.bytes, peer.start, peer.end, out)
  if (source < 0) return VERDICT.irrelevant
  const row = addEvent(line, out, kind, flags)
  out.columns.source[row] = source
  out.columns.port[row] = peer.port
  out.columns.detail[row] = out.text(detail, 0, detail.length)
  return VERDICT.event
}

/** `SSH: Server;Ltype: Version;Remote: PEER-PORT;Protocol: 2.0;Client: TEXT` of the HPN patches; the client's text comes behind. */
function parseHpn(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  const remote = find(bytes, pos, end, REMOTE)
  if (remote < 0) return VERDICT.irrelevant
  peer.start = remote + REMOTE.length
  const stop = findByte(bytes, peer.start, end, 59)
  peer.end = stop
  while (peer.end > peer.start && bytes[peer.end] !== 45) peer.end--
  peer.port = Math.max(0, readNumber(bytes, peer.end + 1, stop))
  return addPeer(line, out, KIND['ssh.connection'], flags, BANNER_EXCHANGE)
}

/** `Connection from PEER port N[ on HOST port M[ rdomain "X"]]`; `pos` is behind `from `. */
export function parseGreeting(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  if (!readPeerAtStart(line.bytes, pos, end, peer)) return VERDICT.irrelevant
  return addPeer(line, out, KIND['ssh.connection'], flags, BANNER_EXCHANGE)
}

/** `Connection closed by PEER port N` and no more: said of scans, and by old versions of logged-in users. `pos` is where the peer begins. */
export function parseBareClose(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  if (!readPeerAtEnd(line.bytes, pos, end, true, peer) || peer.start !== pos) return VERDICT.irrelevant
  return addPeer(line, out, KIND['ssh.connection.closed'], flags, BANNER_EXCHANGE)
}

/** `Authentication tried for USER with correct key but not from a permitted host (host=H, ip=PEER[, required=LIST]).`; notMine for other texts. */
export function parseTried(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  if (!startsWith(bytes, pos, end, TRIED)) return VERDICT.notMine
  const user = pos + TRIED.length
  const key = findLast(bytes, user, end, CORRECT_KEY)
  const ip = key < 0 ? -1 : find(bytes, key, end, IP)
  if (ip < 0) return VERDICT.malformed
  const start = ip + IP.length
  const stop = Math.min(findByte(bytes, start, end, 44), findByte(bytes, start, end, 41))
  const row = addEvent(line, out, KIND['ssh.auth.failed'], flags | FLAG.USER_KNOWN)
  out.columns.user[row] = out.text(bytes, user, key)
  out.columns.source[row] = sourceIndex(bytes, start, stop, out)
  out.columns.method[row] = out.text(PUBLICKEY, 0, PUBLICKEY.length)
  return VERDICT.event
}
