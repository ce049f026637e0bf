/** From a syslog message to its program's parser: the table of programs, and the messages no program owns. */
import type { BatchWriter } from '../core/batch.ts'
import { KIND } from '../core/event.ts'
import { hasHead, type Line, VERDICT, type Verdict } from '../core/line.ts'
import { findByteFar } from '../core/words.ts'
import type { ParseMessage, ProgramDeclaration } from '../kit/define-parser.ts'
import { decode, endsWith, findByte, literal, readNumber, SPACE, startsWith } from './support/bytes.ts'
import { addEvent, clampCount } from './support/emit.ts'

const PAM_UNIX_TAG = literal('(pam_unix)')
const UNIT = literal('.service')
/** Debian's unit of sshd. */
const SSH = literal('ssh')
const SSHD = literal('sshd')
const MESSAGE_REPEATED = literal('message repeated ')
const LAST_REPEATED = literal('last message repeated ')
const LAST_BUFFERED = literal('last message buffered ')
const ESCAPE = 27
/** Colours, and the erasing of the rest of a line that goes with them. */
const COLOURS = /\u001b\[[\d;]{0,20}[A-Za-z]/g
const TIMES_OPEN = literal(' times: [')
/** Usual heads whose programs are remembered, a power of two; a newer one takes the place of an older. */
const MOST_HEADS = 64

/** Programs by name: open addressing over the name's bytes, so that a look-up makes no string. */
class ProgramTable {
  readonly #names: Uint8Array[] = []
  readonly #parsers: ParseMessage[] = []
  readonly #slots = new Int16Array(1024).fill(-1)

  add(name: string, parse: ParseMessage): void {
    const bytes = literal(name)
    if (this.find(bytes, 0, bytes.length) !== undefined) throw new TypeError(`two parsers want the program ${name}`)
    let slot = hash(bytes, 0, bytes.length) & 1023
    while (this.#slots[slot] >= 0) slot = (slot + 1) & 1023
    this.#slots[slot] = this.#names.length
    this.#names.push(bytes)
    this.#parsers.push(parse)
  }

  find(bytes: Uint8Array, start: number, end: number): ParseMessage | undefined {
    let slot = hash(bytes, start, end) & 1023
    for (;;) {
      const index = this.#slots[slot]
      if (index < 0) return undefined
      const name = this.#names[index]
      if (name.length === end - start && equalsLower(bytes, start, name)) return this.#parsers[index]
      slot = (slot + 1) & 1023
    }
  }
}

/** Names are compared without case: CRON and cron are one program. */
const lower = (byte: number): number => (byte >= 65 && byte <= 90 ? byte | 32 : byte)

function hash(bytes: Uint8Array, start: number, end: number): number {
  let value = 0x811c9dc5
  for (let i = start; i < end; i++) value = Math.imul(value ^ lower(bytes[i]), 0x01000193)
  return (value ^ (value >>> 15)) >>> 0
}

function equalsLower(bytes: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) if (lower(bytes[start + i]) !== name[i]) return false
  return true
}

/**
 * Builds the function that hands a message to its program's parser. `fallback` is asked where no program of that name
 * is known (PAM modules speak under any name).
 */
export function createMessageParser(programs: readonly ProgramDeclaration[], fallback: ParseMessage): ParseMessage {
  const table = new ProgramTable()
  for (const program of programs) for (const name of program.programs) table.add(name, program.parse)

  // The programs that wrote under the usual heads, by the heads' numbers.
  const heads = new Int32Array(MOST_HEADS)
  const ofHead: ParseMessage[] = []

  const dispatch: ParseMessage = (line, out) => {
    const { bytes, programStart } = line
    const head = hasHead(line) ? line.head : 0
    const place = head & (MOST_HEADS - 1)
    if (head !== 0 && heads[place] === head) return ofHead[place](line, out)
    if (bytes[line.programEnd - 1] === 41 && endsWith(bytes, programStart, line.programEnd, PAM_UNIX_TAG))
      line.programEnd -= PAM_UNIX_TAG.length
    const { programEnd } = line
    const direct = table.find(bytes, programStart, programEnd)
    if (direct !== undefined) {
      if (head !== 0) {
        heads[place] = head
        ofHead[place] = direct
      }
      return direct(line, out)
    }
    // `/usr/sbin/cron` and `postfix/submission/smtpd`: the last part, or the first.
    const slash = findByte(bytes, programStart, programEnd, 47)
    if (slash < programEnd) {
      let last = programEnd
      while (bytes[last - 1] !== 47) last--
      const named =
        slash === programStart ? table.find(bytes, last, programEnd) : table.find(bytes, programStart, slash)
      if (named !== undefined) return named(line, out)
    }
    // `sshd(pam_google_authenticator)`, `auth-worker(30165)`: what stands in the brackets is a module or a pid.
    if (bytes[programEnd - 1] === 41) {
      const named = table.find(bytes, programStart, findByte(bytes, programStart, programEnd, 40))
      if (named !== undefined) return named(line, out)
    }
    // `sshd.service`: journalctl -o with-unit.
    if (bytes[programEnd - 1] === 101 && endsWith(bytes, programStart, programEnd, UNIT)) {
      const unitEnd = programEnd - UNIT.length
      const name = findByte(bytes, programStart, unitEnd, 64)
      const isSsh = name - programStart === SSH.length && startsWith(bytes, programStart, name, SSH)
      const named = isSsh ? table.find(SSHD, 0, SSHD.length) : table.find(bytes, programStart, name)
      if (named !== undefined) return named(line, out)
    }
    return fallback(line, out)
  }

  return (line, out) => {
    const { bytes, messageStart, messageEnd } = line
    if (bytes[messageStart] === 109 && startsWith(bytes, messageStart, messageEnd, MESSAGE_REPEATED))
      return parseRepeated(line, out, dispatch)
    if (line.programStart === line.programEnd) return parseUntagged(line, out)
    if (bytes[messageStart] === ESCAPE) return takeColoursOff(line, out, dispatch)
    const verdict = dispatch(line, out)
    if (verdict !== VERDICT.malformed && verdict !== VERDICT.unknownMessage) return verdict
    const { bytes: read, messageEnd: end } = line
    return findByteFar(read, line.messageStart, end, ESCAPE) < end ? takeColoursOff(line, out, dispatch) : verdict
  }
}

/** A message with a terminal's colours in it (`grep --color=always`), read without them. */
function takeColoursOff(line: Line, out: BatchWriter, dispatch: ParseMessage): Verdict {
  const program = line.bytes.slice(line.programStart, line.programEnd)
  const message = literal(decode(line.bytes, line.messageStart, line.messageEnd).replace(COLOURS, ''))
  const host = line.bytes.slice(line.hostStart, line.hostEnd)
  const bytes = new Uint8Array(host.length + program.length + message.length)
  bytes.set(host)
  bytes.set(program, host.length)
  bytes.set(message, host.length + program.length)
  line.bytes = bytes
  line.start = line.hostStart = 0
  line.hostEnd = line.programStart = host.length
  line.programEnd = line.messageStart = host.length + program.length
  line.end = line.messageEnd = bytes.length
  return dispatch(line, out)
}

/** `message repeated 4 times: [ MESSAGE]`: the message's events, each of which the line tells four times. */
function parseRepeated(line: Line, out: BatchWriter, dispatch: ParseMessage): Verdict {
  const { bytes, messageEnd } = line
  const digits = line.messageStart + MESSAGE_REPEATED.length
  const digitsEnd = findByte(bytes, digits, messageEnd, SPACE)
  const count = readNumber(bytes, digits, digitsEnd)
  if (count < 1 || !startsWith(bytes, digitsEnd, messageEnd, TIMES_OPEN) || bytes[messageEnd - 1] !== 93)
    return VERDICT.malformed
  const inner = digitsEnd + TIMES_OPEN.length
  line.messageStart = bytes[inner] === SPACE ? inner + 1 : inner
  line.messageEnd = messageEnd - 1
  const first = out.length
  const verdict = dispatch(line, out)
  for (let row = first; row < out.length; row++) out.columns.count[row] = clampCount(out.columns.count[row] * count)
  return verdict
}

/** The message that no program signs: `last message repeated 3 times`. */
function parseUntagged(line: Line, out: BatchWriter): Verdict {
  const { bytes, messageStart, messageEnd } = line
  if (
    startsWith(bytes, messageStart, messageEnd, LAST_REPEATED) ||
    startsWith(bytes, messageStart, messageEnd, LAST_BUFFERED)
  ) {
    const digits = messageStart + LAST_REPEATED.length
    const count = readNumber(bytes, digits, findByte(bytes, digits, messageEnd, SPACE))
    if (count < 1) return VERDICT.malformed
    const row = addEvent(line, out, KIND['log.repeat'])
    out.columns.count[row] = clampCount(count)
    return VERDICT.event
  }
  return VERDICT.unknownMessage
}
