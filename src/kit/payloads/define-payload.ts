/** Declarations of payload families: what kinds of attack a request can carry, and how each is told. */
import type { Severity } from '../../core/finding.ts'

/** A decoded piece of a request that a client chose. */
export interface PayloadValue {
  /** Where it stood; `text` is a value of unknown origin. */
  readonly place: 'path' | 'parameter' | 'header' | 'text'
  /** The parameter's name, lower case; empty elsewhere. */
  readonly name: string
  readonly text: string
  /** `text` in lower case. */
  readonly lower: string
}

/** The request's target, decoded. */
export interface PayloadTarget {
  /** Upper case; empty where the request has none. */
  readonly method: string
  /** The path as logged, lower case. */
  readonly raw: string
  /** The decoded path, lower case. */
  readonly path: string
  /** The non-empty segments of `path`. */
  readonly segments: readonly string[]
  /** The last of them, or the empty text. */
  readonly last: string
  /** The decoded query, lower case. */
  readonly query: string
}

/** A request as samples write it: `GET /path?query`, or a value alone, or a header. */
export type PayloadSample = string | { agent: string } | { value: string }

export interface PayloadFamily {
  /** Stands in the events' `payloads` and in findings. */
  id: string
  title: string
  /** How bad it is where the server gave what was asked for. */
  severity: Severity
  /** Tries to make the server do something, rather than to learn what is there. */
  exploit: boolean
  /** ATT&CK technique. */
  technique: string
  /** Looks at every decoded value: path, parameters, names, headers. */
  value?: (value: PayloadValue) => boolean
  /** Looks at the target as a whole. */
  target?: (target: PayloadTarget) => boolean
  /** Requests that carry it, and requests that only look like it. */
  fires: PayloadSample[]
  quiet: PayloadSample[]
}

/** Declares a family. @throws TypeError where it has no samples of either kind. */
export function definePayload(family: PayloadFamily): PayloadFamily {
  if (family.fires.length === 0 || family.quiet.length === 0) {
    throw new TypeError(
      `payload family ${family.id}: a family without samples that fire and samples that stay quiet does not load`,
    )
  }
  return Object.freeze(family)
}
