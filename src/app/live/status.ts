/** What the daemon writes down of itself every second, for commands that ask how it is. */
import type { LiveParts } from './parts.ts'

export interface StatusFacts {
  /** Wall clock, milliseconds. */
  now: number
  /** What stood in the logs at the first start is being read. */
  learning: boolean
  /** Sentences about what is wrong now. */
  troubles: readonly string[]
}

/** Writes the heartbeat; its body is plain JSON. While the database has trouble, the last one stays. */
export function writeStatus({ setup, session, answering }: LiveParts, { now, learning, troubles }: StatusFacts): void {
  const { folder, memory, started } = setup
  const body = {
    folder,
    mode: answering.mode,
    backend: answering.backend,
    logs: session.lanes.map(lane => lane.path),
    events: session.engine.totals.events,
    sources: session.addresses.size,
    caught_up: session.caughtUp,
    learning,
    trouble: [
      ...troubles,
      ...(answering.trouble === undefined ? [] : [answering.trouble]),
      ...(memory.trouble === undefined ? [] : [`database: ${memory.trouble}`]),
    ],
  }
  memory.write(store => store.status.beat({ pid: process.pid, started, at: now, body }))
}
