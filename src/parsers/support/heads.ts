/**
 * The heads of the lines before: nearly every line of a log has the host of the last one and one of a few programs, and
 * finding out anew where each ends, what each is called and who reads it is a third of the work on a syslog line. A head
 * is taken from here only where all its bytes are the same, so that a line means what it means on its own.
 */
import type { BatchWriter } from '../../core/batch.ts'
import type { Line } from '../../core/line.ts'
import { equalBytes, viewOf } from '../../core/words.ts'
import { SPACE } from './bytes.ts'

const OPEN = 91
const CLOSE_ROUND = 41
/** Bytes of a host with a space on either side, and of a program, at the most. */
const ROOM = 64
/** A program is looked for by its first four bytes, in two places: `systemd` and `systemd-logind` write in turns. */
const WORD = 4
const PLACE_BITS = 3
const SLOTS = 2 << PLACE_BITS

/** Heads are numbered over all memories from 1 on, so that whoever reads their messages can tell them apart. */
let numbered = 0
const MOST_NUMBERS = 0x3fffffff

/** The last host, and the programs that wrote under ` HOST PROGRAM[`. */
export class Heads {
  /** The host with its spaces, then the programs: so many bytes each. */
  readonly #bytes = new Uint8Array(ROOM * (1 + SLOTS))
  readonly #view = new DataView(this.#bytes.buffer)
  /** Of the host with its spaces; 0 for none yet. */
  #hostSize = 0
  readonly #sizes = new Uint8Array(SLOTS)
  readonly #numbers = new Int32Array(SLOTS)
  /** Texts of the batch that is being written. */
  #out: BatchWriter | undefined
  #batch = -1
  #hostText = -1
  readonly #texts = new Int32Array(SLOTS).fill(-1)

  /**
   * Where ` HOST PROGRAM[` at `start` (behind the stamp) is a known head, fills in the line's and answers where its bracket
   * stands; -1 where it is none.
   */
  match(line: Line, out: BatchWriter, start: number): number {
    const { bytes, end } = line
    const program = start + this.#hostSize
    if (this.#hostSize === 0 || program + WORD > end || line.host >= 0) return -1
    const words = viewOf(bytes)
    if (!equalBytes(this.#view, 0, words, start, this.#hostSize)) return -1
    let slot = slotOf(words, program)
    let size = this.#sizeAt(slot, line, words, program)
    if (size === 0) {
      slot++
      size = this.#sizeAt(slot, line, words, program)
      if (size === 0) return -1
    }
    const bracket = program + size
    line.hostStart = start + 1
    line.hostEnd = program - 1
    line.programStart = program
    line.programEnd = bracket
    if (out !== this.#out || out.batch !== this.#batch) this.#begin(out)
    if (this.#hostText < 0) this.#hostText = out.text(bytes, start + 1, program - 1)
    if (this.#texts[slot] < 0) this.#texts[slot] = out.text(bytes, program, bracket)
    line.head = this.#numbers[slot]
    line.headBytes = bytes
    line.headProgram = program
    line.headHostText = this.#hostText
    line.headProgramText = this.#texts[slot]
    return bracket
  }

  /** Length of the slot's program where it stands at `program` before a bracket; 0 where it does not. */
  #sizeAt(slot: number, { bytes, end }: Line, words: DataView, program: number): number {
    const size = this.#sizes[slot]
    const bracket = program + size
    if (size === 0 || bracket >= end || bytes[bracket] !== OPEN) return 0
    return equalBytes(this.#view, ROOM * (1 + slot), words, program, size) ? size : 0
  }

  /** Remembers the head of a line whose host and program were found by reading it, if it is of the usual form. */
  learn({ bytes, hostStart, hostEnd, programStart, programEnd }: Line, start: number): void {
    const hostSize = hostEnd - hostStart + 2
    const size = programEnd - programStart
    if (hostStart !== start + 1 || programStart !== hostEnd + 1 || hostSize < 3 || hostSize > ROOM) return
    if (size < WORD || size > ROOM || bytes[start] !== SPACE || bytes[hostEnd] !== SPACE) return
    // `sshd(pam_unix)[` is the program without what stands in the brackets.
    if (bytes[programEnd] !== OPEN || bytes[programEnd - 1] === CLOSE_ROUND) return
    const words = viewOf(bytes)
    if (hostSize !== this.#hostSize || !equalBytes(this.#view, 0, words, start, hostSize)) {
      this.#bytes.set(bytes.subarray(start, programStart))
      this.#hostSize = hostSize
      this.#hostText = -1
    }
    const slot = slotOf(words, programStart)
    this.#bytes.copyWithin(ROOM * (2 + slot), ROOM * (1 + slot), ROOM * (2 + slot))
    this.#sizes[slot + 1] = this.#sizes[slot]
    this.#numbers[slot + 1] = this.#numbers[slot]
    this.#texts[slot + 1] = this.#texts[slot]
    this.#bytes.set(bytes.subarray(programStart, programEnd), ROOM * (1 + slot))
    this.#sizes[slot] = size
    numbered = numbered === MOST_NUMBERS ? 1 : numbered + 1
    this.#numbers[slot] = numbered
    this.#texts[slot] = -1
  }

  #begin(out: BatchWriter): void {
    this.#out = out
    this.#batch = out.batch
    this.#hostText = -1
    this.#texts.fill(-1)
  }
}

/** The first of the two slots in which the program at the position may stand. */
const slotOf = (words: DataView, program: number): number =>
  (Math.imul(words.getInt32(program, true), 0x9e3779b1) >>> (32 - PLACE_BITS)) << 1
