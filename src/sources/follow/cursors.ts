/** The cursors of the journal's records, found in the JSON that passes. */

const FIELD = '"__CURSOR"'
/** A field's name, what may stand around its colon, and a cursor. */
const MOST_FIELD = 512
const NEWLINE = 10

interface Passed {
  /** Bytes that had passed when the record was whole. */
  end: number
  cursor: string | undefined
}

/**
 * Knows which record was the last whole one at a place in what has passed. Inside a text of JSON a quotation mark is
 * written with a backslash, so the name in its quotation marks is the field and nothing that a log's writer chose.
 */
export class CursorTrack {
  /** Of the record before everything that is in `#passed`. */
  #start: string | undefined
  /** The start's record passed here, under the same question to the journal. */
  #startDelivered = false
  /** Records of the last chunks; the newest of those before them stays. */
  #passed: Passed[] = []
  #bytes = 0
  #startBytes = 0
  /** The line that has not ended: its cursor, and its last bytes. */
  #cursor: string | undefined
  #overlap: Buffer = Buffer.alloc(0)

  /** The cursor in a record's line. */
  static of(line: Uint8Array): string | undefined {
    const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength)
    const at = bytes.indexOf(FIELD, 0, 'latin1')
    if (at < 0) return undefined
    return /^"__CURSOR"\s*:\s*"([^"\\]+)"/.exec(bytes.toString('latin1', at, at + MOST_FIELD))?.[1]
  }

  /** Goes on behind a record. */
  start(cursor: string | undefined, delivered: boolean): void {
    this.#start = cursor
    this.#startDelivered = delivered
    this.#passed = []
    this.#startBytes = this.#bytes
    this.forgetLine()
  }

  forgetLine(): void {
    this.#cursor = undefined
    this.#overlap = Buffer.alloc(0)
  }

  take(bytes: Buffer): void {
    this.#passed = this.#passed.slice(-1)
    let from = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.#look(bytes.subarray(from, end))
      const before = this.#passed.at(-1)?.cursor ?? this.#start
      this.#passed.push({ end: this.#bytes + end + 1, cursor: this.#cursor ?? before })
      this.forgetLine()
      from = end + 1
    }
    const rest = bytes.subarray(from)
    this.#look(rest)
    this.#overlap = Buffer.from(Buffer.concat([this.#overlap, rest]).subarray(-MOST_FIELD))
    this.#bytes += bytes.length
  }

  #look(part: Buffer): void {
    if (this.#cursor !== undefined) return
    this.#cursor = CursorTrack.of(this.#overlap.length === 0 ? part : Buffer.concat([this.#overlap, part]))
  }

  get last(): string | undefined {
    return this.#passed.at(-1)?.cursor ?? this.#start
  }

  /** A part of a record has passed, not its end. */
  get inLine(): boolean {
    return this.#bytes > (this.#passed.at(-1)?.end ?? this.#startBytes)
  }

  get delivered(): boolean {
    return this.#passed.length > 0 || this.#startDelivered
  }

  /** The last record that was whole before the last `unfinished` bytes. */
  before(unfinished: number): { cursor: string | undefined; delivered: boolean } {
    const place = this.#bytes - unfinished
    const found = this.#passed.findLast(({ end }) => end <= place)
    if (found !== undefined) return { cursor: found.cursor, delivered: true }
    return { cursor: this.#start, delivered: this.#startDelivered }
  }
}

/** The second in which a record was written, from its cursor (`t=`, microseconds in hex), as journalctl takes it. */
export function sinceOf(cursor: string): string {
  const time = /(?:^|;)t=([0-9a-f]{1,16})(?:;|$)/.exec(cursor)?.[1]
  return time === undefined ? '@0' : `@${BigInt(`0x${time}`) / 1_000_000n}`
}
