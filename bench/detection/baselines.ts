/**
 * What people run today, as exactly as an attempt stream allows. Each is a function of the attempts alone and keeps
 * going after an alarm as the original does, so that the alarms can be counted.
 */
import { HOUR, MINUTE, SECOND } from '../../src/core/time.ts'
import { addressForest } from './address-forest.ts'
import type { Alarm, Attempt, Detector } from './attempt.ts'

const failuresOf = (attempts: readonly Attempt[]): Attempt[] => attempts.filter(one => !one.accepted)

export interface Fail2banSettings {
  readonly maxRetry: number
  readonly findTime: number
  readonly banTime: number
}

const FAIL2BAN: Fail2banSettings = { maxRetry: 5, findTime: 10 * MINUTE, banTime: 10 * MINUTE }

/**
 * fail2ban 1.x (`failmanager.py`, `ticket.py`): counts from the first failure; a failure beyond `findTime` of it scales
 * the count down to what the rate so far would have given within `findTime`. A banned address is not heard meanwhile.
 */
export function fail2ban(attempts: readonly Attempt[], settings: Fail2banSettings = FAIL2BAN): Alarm[] {
  const { maxRetry, findTime, banTime } = settings
  const tickets = new Map<string, { first: number; last: number; retry: number }>()
  const bannedUntil = new Map<string, number>()
  const alarms: Alarm[] = []
  for (const { time, source } of failuresOf(attempts)) {
    if (time < (bannedUntil.get(source) ?? -Infinity)) continue
    let ticket = tickets.get(source)
    // The clean-up drops whom nothing was heard of for `findTime`.
    if (ticket === undefined || ticket.last <= time - findTime) {
      ticket = { first: time, last: time, retry: 1 }
      tickets.set(source, ticket)
    } else {
      if (ticket.first < time - findTime) {
        ticket.retry = Math.round((ticket.retry / (time - ticket.first)) * findTime)
        ticket.first = time - findTime
      }
      ticket.retry++
      ticket.last = time
    }
    if (ticket.retry < maxRetry) continue
    tickets.delete(source)
    bannedUntil.set(source, time + banTime)
    alarms.push({ time, sources: [source] })
  }
  return alarms
}

/**
 * A CrowdSec leaky bucket for each address: it holds `capacity` events and loses one every `leak`; one more and it
 * overflows. After that the address is not looked at for `blackhole` (a minute in both SSH scenarios of the hub).
 */
export function leakyBucket(attempts: readonly Attempt[], capacity: number, leak: number, blackhole = MINUTE): Alarm[] {
  const buckets = new Map<string, { level: number; time: number }>()
  const blind = new Map<string, number>()
  const alarms: Alarm[] = []
  for (const { time, source } of failuresOf(attempts)) {
    if (time < (blind.get(source) ?? -Infinity)) continue
    const bucket = buckets.get(source) ?? { level: 0, time }
    bucket.level = Math.max(0, bucket.level - (time - bucket.time) / leak) + 1
    bucket.time = time
    if (bucket.level <= capacity) {
      buckets.set(source, bucket)
      continue
    }
    buckets.delete(source)
    blind.set(source, time + blackhole)
    alarms.push({ time, sources: [source] })
  }
  return alarms
}

/** crowdsecurity/ssh-bf. */
export const crowdsecFast = (attempts: readonly Attempt[]): Alarm[] => leakyBucket(attempts, 5, 10 * SECOND)
/** crowdsecurity/ssh-slow-bf. */
export const crowdsecSlow = (attempts: readonly Attempt[]): Alarm[] => leakyBucket(attempts, 10, 60 * SECOND)

/**
 * Zeek's `detect-bruteforcing`: failures of an address within an epoch of 30 minutes, 30 or more; epochs follow one
 * another and every count begins again with each. A notice is not repeated within an hour.
 */
export function zeek(attempts: readonly Attempt[], limit = 30, epoch = 30 * MINUTE, suppress = HOUR): Alarm[] {
  const alarms: Alarm[] = []
  const quietUntil = new Map<string, number>()
  const counts = new Map<string, number>()
  const failures = failuresOf(attempts)
  let current = 0
  for (const { time, source } of failures) {
    const turn = Math.floor((time - failures[0].time) / epoch)
    if (turn !== current) {
      counts.clear()
      current = turn
    }
    const count = (counts.get(source) ?? 0) + 1
    counts.set(source, count)
    if (count !== limit || time < (quietUntil.get(source) ?? -Infinity)) continue
    quietUntil.set(source, time + suppress)
    alarms.push({ time, sources: [source] })
  }
  return alarms
}

/** The rule that users have asked both tools for: five different addresses failing on one name within ten minutes. */
export function fiveOnOneName(attempts: readonly Attempt[], limit = 5, window = 10 * MINUTE): Alarm[] {
  const recent = new Map<string, Attempt[]>()
  const alarms: Alarm[] = []
  for (const one of failuresOf(attempts)) {
    const kept = (recent.get(one.user) ?? []).filter(({ time }) => time > one.time - window)
    const isNew = kept.every(({ source }) => source !== one.source)
    kept.push(one)
    recent.set(one.user, kept)
    const sources = [...new Set(kept.map(({ source }) => source))]
    // Told when the fifth comes, and again for each that joins.
    if (isNew && sources.length >= limit)
      alarms.push({ time: one.time, sources: sources.length === limit ? sources : [one.source] })
  }
  return alarms
}

/**
 * The rate rule of many a dashboard: failures a minute; more than three standard deviations above the mean of the
 * learning period, or five times that mean. The alarm comes when the minute is over.
 */
export function rateRule(history: readonly Attempt[], attempts: readonly Attempt[], bucket = MINUTE): Alarm[] {
  const past = failuresOf(history)
  if (past.length === 0) return []
  const counts = bucketsOf(past, bucket)
  const span = Math.max(1, Math.floor((history[history.length - 1].time - history[0].time) / bucket) + 1)
  const mean = past.length / span
  let squares = (span - counts.size) * mean ** 2
  for (const [, list] of counts) squares += (list.length - mean) ** 2
  const limit = mean + 3 * Math.sqrt(squares / span)
  const alarms: Alarm[] = []
  for (const [index, list] of bucketsOf(failuresOf(attempts), bucket)) {
    if (list.length > limit || list.length >= 5 * mean) {
      alarms.push({ time: (index + 1) * bucket, sources: [...new Set(list.map(({ source }) => source))] })
    }
  }
  return alarms
}

function bucketsOf(attempts: readonly Attempt[], bucket: number): Map<number, Attempt[]> {
  const buckets = new Map<number, Attempt[]>()
  for (const one of attempts) {
    const index = Math.floor(one.time / bucket)
    const list = buckets.get(index) ?? []
    list.push(one)
    buckets.set(index, list)
  }
  return buckets
}

function rule(
  id: string,
  title: string,
  judge: (test: readonly Attempt[], history: readonly Attempt[]) => Alarm[],
): Detector {
  return {
    id,
    title,
    budgeted: false,
    detect: async (train, calibrate, test) => judge(test, [...train, ...calibrate]),
  }
}

/** All of them, in the order of the table. */
export const BASELINES: readonly Detector[] = [
  rule('fail2ban', 'fail2ban (5 in 10 min)', test => fail2ban(test)),
  rule('crowdsec-ssh-bf', 'CrowdSec ssh-bf (5, 10 s)', crowdsecFast),
  rule('crowdsec-ssh-slow-bf', 'CrowdSec ssh-slow-bf (10, 60 s)', crowdsecSlow),
  rule('zeek', 'Zeek (30 in 30 min)', test => zeek(test)),
  rule('five-on-one-name', '5 addresses on one name in 10 min', test => fiveOnOneName(test)),
  rule('address-forest', 'isolation forest per address (contamination 0.05)', (test, history) =>
    addressForest(history, test),
  ),
  rule('rate-rule', 'z > 3 or 5x, a minute', (test, history) => rateRule(history, test)),
]
