/** Reads the proving lines back from the logs: only those that the report tells. */
import { closeSync, openSync, readSync } from 'node:fs'
import { Problem } from '../core/errors.ts'
import type { EventRef } from '../core/event.ts'
import type { Evidence } from '../core/finding.ts'
import type { Source } from '../sources/source.ts'

/** Longest piece of a line that stands in a report. */
const LONGEST = 2000

/** What is needed of a source. */
export type EvidenceInput = Pick<Source, 'path' | 'kind' | 'seekable' | 'read'>

const decoder = new TextDecoder()

/** Looks up lines by their place; keeps each file open while it lives. Call `close` at the end. */
export class EvidenceReader {
  readonly #inputs: readonly EvidenceInput[]
  readonly #files = new Map<number, number | undefined>()
  /** Lines of compressed files, by their places. */
  readonly #unpacked = new Map<string, string>()

  constructor(inputs: readonly EvidenceInput[]) {
    this.#inputs = inputs
  }

  /**
   * Reads compressed files once more, up to the last of these places that none has kept the line of, so that `read` knows
   * them. What cannot be read again stays unknown.
   */
  async prepare(refs: readonly EventRef[], signal?: AbortSignal): Promise<void> {
    const missing = refs.filter(({ text }) => text === undefined)
    for (const [input, wanted] of Map.groupBy(missing, ref => ref.input)) {
      const source = this.#inputs[input]
      if (source === undefined || source.seekable || source.kind !== 'file') continue
      try {
        await collect(source, wanted, this.#unpacked, signal)
      } catch (cause) {
        // A damaged archive was told when it was read; what stands before the damage is known by now.
        if (!(cause instanceof Problem)) throw cause
      }
    }
  }

  /** The line at a place. A file that has changed or gone since gives a line that says so. */
  read(ref: EventRef): Evidence {
    const path = this.#inputs[ref.input]?.path ?? ''
    return {
      path,
      line: ref.line,
      offset: ref.offset,
      text: ref.text === undefined ? this.#text(ref) : cutLine(ref.text),
    }
  }

  #text(ref: EventRef): string {
    const unpacked = this.#unpacked.get(placeOf(ref))
    if (unpacked !== undefined) return unpacked
    const file = this.#open(ref.input)
    if (file === undefined) return '(the line can no longer be read)'
    const buffer = Buffer.alloc(Math.min(ref.length, LONGEST * 4))
    try {
      const size = readSync(file, buffer, 0, buffer.length, ref.offset)
      return cutLine(decoder.decode(buffer.subarray(0, size)))
    } catch {
      return '(the line can no longer be read)'
    }
  }

  #open(input: number): number | undefined {
    if (this.#files.has(input)) return this.#files.get(input)
    let file: number | undefined
    const source = this.#inputs[input]
    if (source?.seekable === true) {
      try {
        file = openSync(source.path, 'r')
      } catch {
        file = undefined
      }
    }
    this.#files.set(input, file)
    return file
  }

  close(): void {
    for (const file of this.#files.values()) if (file !== undefined) closeSync(file)
    this.#files.clear()
  }
}

const placeOf = ({ input, offset }: EventRef): string => `${input} ${offset}`

/** Puts the lines at the places of one source, which is read from its beginning, into `lines`. */
async function collect(
  source: EvidenceInput,
  wanted: readonly EventRef[],
  lines: Map<string, string>,
  signal?: AbortSignal,
): Promise<void> {
  const places = wanted.toSorted((a, b) => a.offset - b.offset)
  let from = 0
  let carry = Buffer.alloc(0)
  for await (const bytes of source.read(signal)) {
    const chunk =
      carry.length === 0 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : Buffer.concat([carry, bytes])
    const end = from + chunk.length
    let next = places[0]
    for (; next !== undefined && next.offset + next.length <= end; next = places[0]) {
      const start = next.offset - from
      const line = chunk.subarray(start, start + Math.min(next.length, LONGEST * 4))
      lines.set(placeOf(next), cutLine(decoder.decode(line)))
      places.shift()
    }
    if (next === undefined) return
    // A line of which the end is yet to come is kept.
    const kept = next.offset < end ? Math.max(0, next.offset - from) : chunk.length
    carry = Buffer.from(chunk.subarray(kept))
    from += kept
  }
}

/** As much of a line as stands in a report. */
export function cutLine(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text
}
