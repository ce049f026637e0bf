/** Observing or enforcing, and the deadline of an enforcement that nobody has confirmed. */
import type { ResponseMode } from './config.ts'

export interface ModeState {
  mode: ResponseMode
  /** Milliseconds since 1970: enforcement that is not confirmed by then is undone; null where it is confirmed. */
  confirmBy: number | null
}

/** Where the mode outlives the process; without a state in it the config's mode holds. */
export interface ModeStore {
  read(): ModeState | undefined
  write(state: ModeState): void
}

/** Whether the deadline has passed. */
export const isOverdue = (state: ModeState, now: number): boolean =>
  state.mode === 'enforce' && state.confirmBy !== null && now >= state.confirmBy
