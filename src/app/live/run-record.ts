/** The daemon's entry in the history of runs: begun when it opens, ended with what it read and found. */
import type { Severity } from '../../core/finding.ts'
import type { RunResult } from '../../store/index.ts'
import type { Change } from './judge.ts'
import type { Memory } from './memory.ts'

/**
 * Counts what one run of the daemon read and found. Where the store cannot be written when it begins, the run has no
 * entry, and nothing is thrown.
 */
export class RunRecord {
  readonly #memory: Memory
  #lines = 0
  #events = 0
  readonly #findings: Partial<Record<Severity, number>> = {}

  /** Findings that are recorded from now on belong to this run. */
  constructor(memory: Memory, paths: readonly string[], now: number) {
    this.#memory = memory
    memory.run = memory.write(store => store.runs.begin('watch', paths, now))
  }

  read(lines: number): void {
    this.#lines += lines
  }

  event(): void {
    this.#events++
  }

  found(changes: readonly Change[]): void {
    for (const { change, finding } of changes)
      if (change === 'new') this.#findings[finding.severity] = (this.#findings[finding.severity] ?? 0) + 1
  }

  /** The last word; a run that is killed stays without one. */
  finish(exit: number, now: number): void {
    const { run } = this.#memory
    if (run === undefined) return
    const result: RunResult = { lines: this.#lines, events: this.#events, findings: this.#findings, exit }
    this.#memory.write(store => store.runs.finish(run, result, now))
  }
}
