/** A line on its way through the parsers: byte ranges into a shared buffer, reused from line to line. */
export interface Line {
  /** The buffer. A JSON envelope replaces it by the decoded message's bytes. */
  bytes: Uint8Array
  /** The line is bytes[start, end), without its line end. */
  start: number
  end: number
  /** What the envelope (syslog header, journald record, docker wrapping) found. NaN where there is no stamp. */
  time: number
  /** FLAG bits that every event of the line gets (YEARLESS, LOCAL, TRUSTED). */
  flags: number
  /** Empty range (start = end) where absent. */
  hostStart: number
  hostEnd: number
  programStart: number
  programEnd: number
  pid: number
  messageStart: number
  messageEnd: number
  /** Index of the host's text in the batch, -1 where the line names none; set by an envelope whose host is not in `bytes`. */
  host: number
  /**
   * Where host and program are those of a line before (support/tag.ts): which program, and both as texts of the batch. Holds
   * while `bytes` and `programStart` are what they were then.
   */
  head: number
  headBytes: Uint8Array | undefined
  headProgram: number
  headHostText: number
  headProgramText: number
  /** Id of the format that took the line; set by the line parser. */
  format: string
}

/** A parser's answer about one line. */
export const VERDICT = {
  /** Not of this format: let another try. */
  notMine: 0,
  /** At least one event was written. */
  event: 1,
  /** Understood, and not a matter of security. */
  irrelevant: 2,
  /** Of this format, but cut or garbled. */
  malformed: 3,
  /** The envelope is understood; nothing we know speaks inside it. */
  unknownMessage: 4,
} as const
export type Verdict = (typeof VERDICT)[keyof typeof VERDICT]

/** Whether the line's host and program are known from a line before. */
export const hasHead = (line: Line): boolean => line.headBytes === line.bytes && line.headProgram === line.programStart

/**
 * A blank line, made once for each parser and filled anew with every line: `time` is NaN, ranges are empty, texts
 * are -1.
 */
export function createLine(): Line {
  return {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    time: Number.NaN,
    flags: 0,
    hostStart: 0,
    hostEnd: 0,
    programStart: 0,
    programEnd: 0,
    pid: 0,
    messageStart: 0,
    messageEnd: 0,
    host: -1,
    head: 0,
    headBytes: undefined,
    headProgram: 0,
    headHostText: -1,
    headProgramText: -1,
    format: '',
  }
}
