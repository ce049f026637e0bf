/** Reads the proving lines back from the logs: only those that the report tells. */
import { closeSync, openSync, readSync } from 'node:fs'
import type { EventRef } from '../core/event.ts'
import type { Evidence } from '../core/finding.ts'

/** Longest piece of a line that stands in a report. */
const LONGEST = 2000

export interface EvidenceInput {
  path: string
  /** Whether the path can be opened again and offsets hold. */
  seekable: boolean
}

const decoder = new TextDecoder()

/** Looks up lines by their place; keeps each file open while it lives. Call `close` at the end. */
export class EvidenceReader {
  readonly #inputs: readonly EvidenceInput[]
  readonly #files = new Map<number, number | undefined>()

  constructor(inputs: readonly EvidenceInput[]) {
    this.#inputs = inputs
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

/** As much of a line as stands in a report. */
export function cutLine(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text
}
