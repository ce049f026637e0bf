/** Declarations of report formats. */
import type { Report } from '../core/report.ts'

export interface ReportContext {
  /** 0 a summary, 1 the usual, 2 everything. */
  verbosity: 0 | 1 | 2
  /** Whether ANSI colour may be used. */
  color: boolean
  /** Columns of the terminal; 80 where it is none. */
  width: number
  /** Writes a moment for people, in the zone they read in. */
  localTime: (rfc3339: string) => string
}

export interface ReportDeclaration {
  /** = file name; the value of --format. */
  id: string
  title: string
  mediaType: string
  /** File ending that --output implies. */
  extension: string
  /** Yields the text in pieces, so that a large report needs no second copy in memory. */
  render: (report: Report, context: ReportContext) => Iterable<string>
}

/** Declares a report format; it can be chosen by its id once it stands in the list of formats. */
export function defineReport(declaration: ReportDeclaration): ReportDeclaration {
  return Object.freeze(declaration)
}
