/**
 * What the detection bench works on: login attempts, as any program can read them out of any log. It knows nothing of
 * VPSGuard's parsers, events or findings, so that it can judge VPSGuard and others alike.
 */
export interface Attempt {
  /** Milliseconds since 1970 UTC. */
  readonly time: number
  /** The address, as text. */
  readonly source: string
  readonly user: string
  /** Whether the host has the account; undefined where the log does not say. */
  readonly known: boolean | undefined
  readonly accepted: boolean
  /** A connection that ended before it named anybody: no attempt, and only told to detectors that hear knocks. */
  readonly knock?: true
}

/** "At this moment I say that these sources attack." */
export interface Alarm {
  readonly time: number
  readonly sources: readonly string[]
  /** The alarm says that somebody got in. */
  readonly breach?: { readonly source: string; readonly user: string }
}

export interface Detector {
  readonly id: string
  readonly title: string
  /** Whether it can be told how often it may be wrong; the others answer the same for every budget. */
  readonly budgeted: boolean
  /** Whether it makes anything of connections that name nobody; the others are never told of them. */
  readonly hearsKnocks?: true
  /** Learns from `train`, sets its thresholds on `calibrate`, judges `test`. Alarms are about `test`, in time order. */
  detect(
    train: readonly Attempt[],
    calibrate: readonly Attempt[],
    test: readonly Attempt[],
    budgetPerWeek: number,
  ): Promise<readonly Alarm[]>
}

/** Sorts by time; attempts of one moment keep the order in which they were given. */
export function inTimeOrder(attempts: readonly Attempt[]): Attempt[] {
  return attempts.toSorted((a, b) => a.time - b.time)
}

/** Attempts with from <= time < to. */
export function within(attempts: readonly Attempt[], from: number, to: number): Attempt[] {
  return attempts.filter(({ time }) => time >= from && time < to)
}
