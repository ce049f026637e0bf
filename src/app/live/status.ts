/** What the daemon writes down of itself every second, for commands that ask how it is. */
import type { Answering } from './answering.ts'
import type { Memory } from './memory.ts'
import type { LiveSession } from './session.ts'

export interface StatusParts {
  folder: string
  answering: Answering
  session: LiveSession
  /** What stood in the logs at the first start is being read. */
  learning: boolean
  /** Sentences about what is wrong now. */
  troubles: readonly string[]
  memory: Memory
}

/** The body of the heartbeat: plain JSON. */
export function statusOf({ folder, answering, session, learning, troubles, memory }: StatusParts) {
  return {
    folder,
    mode: answering.mode,
    backend: answering.backend,
    logs: session.lanes.map(lane => lane.path),
    events: session.engine.totals.events,
    sources: session.addresses.size,
    caught_up: session.caughtUp,
    learning,
    trouble: [...troubles, ...(memory.trouble === undefined ? [] : [`database: ${memory.trouble}`])],
  }
}
