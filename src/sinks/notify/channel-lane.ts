/** A channel as the dispatcher serves it: how it does, and when it may be tried again. */
import type { Random } from '../../core/random.ts'
import { DAY, MINUTE, SECOND } from '../../core/time.ts'
import type { NotifyPolicy } from './config.ts'
import type { OpenChannel } from './open.ts'

export interface ChannelHealth {
  id: string
  ok: boolean
  /** Milliseconds since 1970, or null. */
  lastSent: number | null
  failingSince: number | null
  lastError: string | null
  /** No attempt before this moment. */
  pausedUntil: number | null
  /** Messages since the start. */
  sent: number
  /** Messages since the start that were given up. */
  failed: number
}

export interface Lane extends ChannelHealth {
  channel: OpenChannel
  /** Attempts in a row that failed. */
  failures: number
  busy: boolean
  /** Sent, but not yet noted in the outbox because that failed: never sent again. What is to be noted, by notice. */
  unsettled: Map<string, (at: number) => void>
}

/** The wait doubles at most this often, so that the factor stays a number. */
const DOUBLINGS = 20
/** Beyond every wait: of a service's wish, after failures, between two updates (a week at most) and a quiet night after it. */
export const LONGEST_PAUSE = 9 * DAY

/** A channel of which nothing is known yet. */
export function openLane(channel: OpenChannel): Lane {
  return {
    channel,
    id: channel.id,
    ok: true,
    lastSent: null,
    failingSince: null,
    lastError: null,
    pausedUntil: null,
    sent: 0,
    failed: 0,
    failures: 0,
    busy: false,
    unsettled: new Map(),
  }
}

/** What the world may know of it. */
export function healthOf({ channel: _, failures: __, busy: ___, unsettled: ____, ...health }: Lane): ChannelHealth {
  return health
}

/** The wait after failures in a row: doubled each time, a fifth more or less. Milliseconds. */
export function backoff(
  failures: number,
  { first_seconds, longest_minutes }: NotifyPolicy['retry'],
  random: Random,
): number {
  const wait = Math.min(first_seconds * SECOND * 2 ** Math.min(failures, DOUBLINGS), longest_minutes * MINUTE)
  return Math.round(wait * (0.8 + 0.4 * random.next()))
}
