/** Declarations of parsers: formats (how a line is laid out) and programs (what a syslog message says). */
import type { BatchWriter } from '../core/batch.ts'
import type { EventJson } from '../core/event-json.ts'
import { PrefixSet } from '../core/ip.ts'
import type { Line, Verdict } from '../core/line.ts'

/** Fields that an event of a sample must have; undefined demands that a field is absent. */
export type SampleEvent = { [Key in Exclude<keyof EventJson, 'origin'>]?: EventJson[Key] | undefined }

/** What a sample line must give: the events (a subset of each one's JSON fields), or why there is none. */
export type SampleOutcome = SampleEvent[] | 'irrelevant' | 'malformed' | 'unknown'

export interface ParserSample {
  line: string
  is: SampleOutcome
  /** What is special about it. */
  note?: string
}

/**
 * Hands a syslog message (line.message*, with program, host, pid and time set) to the program's parser. An envelope
 * calls it when it has found them; the answer is the line's verdict.
 */
export type ParseMessage = (line: Line, out: BatchWriter) => Verdict

/** What a person can tell about the web servers whose logs are read. */
export interface WebOptions {
  /** Proxies whose X-Forwarded-For is believed (`[web] trusted_proxies`, named lists resolved). */
  trustedProxies: PrefixSet
  /** Take private and loopback peers for proxies too, where the request was forwarded. */
  internalProxies: boolean
}

export const DEFAULT_WEB_OPTIONS: WebOptions = { trustedProxies: new PrefixSet(), internalProxies: true }

export interface FormatContext {
  parseMessage: ParseMessage
  /** Parses bytes[start, end) of the line as a line of any format: for envelopes around other logs (docker, Kubernetes). */
  parseLine?: ParseMessage
  /** Absent: DEFAULT_WEB_OPTIONS. */
  web?: WebOptions
}

/** A line format. `parse` must be a pure function of the line: mixed files are parsed line by line, by several threads. */
export interface FormatDeclaration {
  /** = file name; the value of --input-format. */
  id: string
  title: string
  /** Which family the format belongs to: it decides what an unreadable line is counted as. */
  family: 'system' | 'web'
  /** Bytes that a line of this format can begin with, as a string of characters; absent: any. */
  startsWith?: string
  /** Builds the parser; called once a thread. */
  open: (context: FormatContext) => (line: Line, out: BatchWriter) => Verdict
  samples: ParserSample[]
}

/** A program's messages. */
export interface ProgramDeclaration {
  id: string
  title: string
  /** Program names as syslog tags (without pid), lower case. */
  programs: string[]
  parse: ParseMessage
  /** Whole lines (with a syslog envelope). */
  samples: ParserSample[]
}

function demandSamples(id: string, samples: ParserSample[]): void {
  if (samples.length === 0) throw new TypeError(`parser ${id}: a parser without samples does not load`)
}

/**
 * Declares a format; it takes part once it stands in the list of formats.
 * @throws TypeError without samples
 */
export function defineFormat(declaration: FormatDeclaration): FormatDeclaration {
  demandSamples(declaration.id, declaration.samples)
  return Object.freeze(declaration)
}

/**
 * Declares a program; it takes part once it stands in the list of programs.
 * @throws TypeError without samples
 */
export function defineProgram(declaration: ProgramDeclaration): ProgramDeclaration {
  demandSamples(declaration.id, declaration.samples)
  return Object.freeze(declaration)
}
