/** What the account rules share: who was at work when an account was changed, and whether the host was in use yet. */
import { SECOND } from '../../core/time.ts'
import type { EventView } from '../../core/view.ts'
import type { Memory, State } from '../../kit/state/index.ts'
import { cut } from './words.ts'

/** A command by sudo this long before a change is taken for the one that made it. */
const SPAN = 15 * SECOND
/** Changes this early in a log, before anybody has logged in, are the installation's. */
const EARLY_LINES = 300

/** [time, user, command] */
type Command = readonly [number, string, string]

/**
 * Kept in the rule's state, by host: the last command by sudo for 15 seconds, and whether anybody has logged in yet.
 * `learn` comes before `factsOf` of later events.
 */
export class Operators {
  readonly #commands: Memory<Command>
  readonly #inUse: Memory<true>

  constructor(state: State) {
    this.#commands = state.memory('commands', { keep: SPAN, cap: 1000 })
    this.#inUse = state.memory('in-use', { keep: Number.POSITIVE_INFINITY, cap: 10_000 })
  }

  /** Takes a login or a command by sudo. */
  learn(event: EventView): void {
    const host = event.host ?? ''
    if (this.#inUse.get(host, event.time) === undefined) this.#inUse.set(host, true, event.time)
    if (event.kind !== 'sudo.command') return
    const { detail } = event
    if (detail !== undefined) this.#commands.set(host, [event.time, event.user ?? '', cut(detail)], event.time)
  }

  /** Facts about a change: the command that likely made it, or that it is the installation's. */
  factsOf(event: EventView): { by?: string; command?: string; installing?: true } {
    const host = event.host ?? ''
    const command = this.#commands.get(host, event.time)
    if (command !== undefined) return { by: command[1], command: command[2] }
    return this.#inUse.get(host, event.time) === undefined && event.ref.line <= EARLY_LINES ? { installing: true } : {}
  }
}

/** The events that `Operators` learns from. */
export const OPERATOR_KINDS = ['ssh.auth.accepted', 'login.accepted', 'sudo.command'] as const

/** The reasons that go with `factsOf`. */
export function operatorReasons(facts: { by?: unknown; command?: unknown; installing?: unknown }): { text: string }[] {
  if (typeof facts.command === 'string')
    return [{ text: `${cut(String(facts.by))} had just run by sudo: ${facts.command}` }]
  return facts.installing === true
    ? [{ text: 'Nobody had logged in yet in this log, which had only begun: the installation of a host does this' }]
    : []
}

/** The numeric user id in useradd's text. */
export function uidOf(detail: string | undefined): number | undefined {
  const digits = /(?:^|[\s,])UID=(\d{1,10})\b/i.exec(detail ?? '')?.[1]
  return digits === undefined ? undefined : Number(digits)
}
