/** What a web log line says, as byte ranges: filled by a format, then written as one event by `RequestWriter`. */

/**
 * One request, reused from line to line. A range is empty (start = end) where the line has nothing; `bytes` is the
 * line's buffer, or a scratch buffer where the values had to be decoded first (JSON).
 */
export class WebFields {
  bytes: Uint8Array = new Uint8Array(0)
  time = Number.NaN
  flags = 0
  status = 0
  size = 0
  /** The connected peer: an address (with or without port) or a host name. */
  peerStart = 0
  peerEnd = 0
  /** X-Forwarded-For as logged: a comma list, the nearest proxy's entry last. */
  forwardedStart = 0
  forwardedEnd = 0
  /** A header in which a proxy names the client alone (CF-Connecting-IP, X-Real-IP). */
  clientStart = 0
  clientEnd = 0
  userStart = 0
  userEnd = 0
  /** The whole request line; split by `splitRequest` unless the format knows method and target. */
  requestStart = 0
  requestEnd = 0
  methodStart = 0
  methodEnd = 0
  /** The request target; its query begins behind `queryMark`, -1 where there is none. */
  targetStart = 0
  targetEnd = 0
  queryMark = -1
  /** The query where the log has it apart from the path, without its `?`. */
  queryStart = 0
  queryEnd = 0
  protocolStart = 0
  protocolEnd = 0
  referrerStart = 0
  referrerEnd = 0
  agentStart = 0
  agentEnd = 0
  vhostStart = 0
  vhostEnd = 0
  detailStart = 0
  detailEnd = 0
  /** A detail that does not stand in the bytes as it is; goes before the range. */
  detailText = ''
  service = ''
  /** The peer's port where the log has it apart from the address. */
  port = 0
  /** Request and end of the line among the known ones (known.ts); -1 for none. */
  request = -1
  tail = -1

  reset(bytes: Uint8Array): void {
    this.bytes = bytes
    this.time = Number.NaN
    this.flags = 0
    this.status = 0
    this.size = 0
    this.peerStart = this.peerEnd = 0
    this.forwardedStart = this.forwardedEnd = 0
    this.clientStart = this.clientEnd = 0
    this.userStart = this.userEnd = 0
    this.requestStart = this.requestEnd = 0
    this.methodStart = this.methodEnd = 0
    this.targetStart = this.targetEnd = 0
    this.queryMark = -1
    this.queryStart = this.queryEnd = 0
    this.protocolStart = this.protocolEnd = 0
    this.referrerStart = this.referrerEnd = 0
    this.agentStart = this.agentEnd = 0
    this.vhostStart = this.vhostEnd = 0
    this.detailStart = this.detailEnd = 0
    this.detailText = ''
    this.service = ''
    this.port = 0
    this.request = this.tail = -1
  }
}

const UNIX = new TextEncoder().encode('unix:')

/** True where the range is empty or the `-` that logs write for nothing. */
export function isAbsent(bytes: Uint8Array, start: number, end: number): boolean {
  return end <= start || (end - start === 1 && bytes[start] === 45)
}

/** True where no peer is named: nothing, or the `unix:` that nginx writes for a neighbour behind a socket. */
export function isNobody(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    isAbsent(bytes, start, end) || (end - start === UNIX.length && UNIX.every((byte, i) => bytes[start + i] === byte))
  )
}
