/** The ground truth of a generated log: who attacked, when, as what. Times are RFC 3339 in UTC, to the millisecond. */
export interface AttackTruth {
  readonly profile: string
  /** The moments of its first and last line. */
  readonly first: string
  readonly last: string
  /** All participants, sorted. */
  readonly sources: readonly string[]
  /** All names that were tried, sorted; empty for scans and on the web. */
  readonly users: readonly string[]
  /** Login attempts, the successful one included (none for `recon`, which tries no login); requests on the web. */
  readonly attempts: number
  readonly lines: number
  readonly breached?: { readonly user: string; readonly source: string; readonly time: string }
}

export interface Truth {
  readonly seed: number
  readonly start: string
  readonly end: string
  readonly lines: number
  readonly attacks: readonly AttackTruth[]
  readonly background: {
    /** How many strangers came who belong to no attack, and who they were. */
    readonly sources: number
    readonly strangers: readonly string[]
    readonly legitimate: {
      readonly users: readonly string[]
      readonly addresses: readonly string[]
    }
  }
}

export interface Generated {
  /** The log's lines without line ends, in time order; made anew each time they are walked through. */
  readonly lines: Iterable<string>
  readonly truth: Truth
}
