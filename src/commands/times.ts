/** Times as people give them to --since and --until: the grammar of journalctl(1), as far as it matters here. */
import { EXIT, Problem } from '../core/errors.ts'
import { DAY, HOUR, MINUTE, SECOND, WEEK } from '../core/time.ts'

const UNITS: readonly [RegExp, number][] = [
  [/^(s|sec|seconds?)$/, SECOND],
  [/^(m|min|minutes?)$/, MINUTE],
  [/^(h|hours?)$/, HOUR],
  [/^(d|days?)$/, DAY],
  [/^(w|weeks?)$/, WEEK],
]

/** Reads a moment. `now` and local midnights are this machine's. @throws Problem (exit 2) where it is no time. */
export function parseMoment(flag: string, text: string, now: number): number {
  const moment = readMoment(text.trim(), now)
  if (moment !== undefined && Number.isFinite(moment)) return moment
  throw new Problem(EXIT.usage, `${flag} ${text}: not a time`, {
    where: flag,
    expected:
      '2026-01-31, "2026-01-31 08:00", 2026-01-31T08:00:00Z, today, yesterday, now, -2h, "3 days ago" or @1750000000',
  })
}

function readMoment(text: string, now: number): number | undefined {
  if (text === 'now') return now
  const midnight = new Date(now)
  midnight.setHours(0, 0, 0, 0)
  if (text === 'today') return midnight.getTime()
  if (text === 'yesterday') return new Date(midnight).setDate(midnight.getDate() - 1)
  if (text === 'tomorrow') return new Date(midnight).setDate(midnight.getDate() + 1)
  if (/^@\d{1,11}(\.\d+)?$/.test(text)) return Number(text.slice(1)) * SECOND
  const relative = /^(-)?\s*(\d{1,9})\s*([a-z]+)(\s+ago)?$/i.exec(text)
  if (relative !== null) {
    const unit = UNITS.find(([pattern]) => pattern.test(relative[3].toLowerCase()))
    if (unit === undefined || (relative[1] === undefined && relative[4] === undefined)) return undefined
    return now - Number(relative[2]) * unit[1]
  }
  const stamp =
    /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?$/.exec(
      text,
    )
  if (stamp === null) return undefined
  const [year, month, day, hour = 0, minute = 0, second = 0] = stamp
    .slice(1, 7)
    .map(part => (part === undefined ? 0 : Number(part)))
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return undefined
  const zone = stamp[8]
  if (zone === undefined) return new Date(year, month - 1, day, hour, minute, second).getTime()
  const utc = Date.UTC(year, month - 1, day, hour, minute, second)
  if (zone === 'Z' || zone === 'UTC') return utc
  const sign = zone.startsWith('-') ? 1 : -1
  const digits = zone.replace(/[^\d]/g, '')
  return utc + sign * (Number(digits.slice(0, 2)) * HOUR + Number(digits.slice(2)) * MINUTE)
}

/** A length of time such as `60s`, `5m` or `2h`; a bare number is seconds. @returns milliseconds @throws Problem (exit 2) */
export function durationFlag(flag: string, text: string): number {
  const match = /^(\d{1,9}(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim())
  const unit = match?.[2] === '' ? SECOND : UNITS.find(([pattern]) => pattern.test(match?.[2].toLowerCase() ?? ''))?.[1]
  if (match !== null && unit !== undefined && Number(match[1]) > 0) return Number(match[1]) * unit
  throw new Problem(EXIT.usage, `${flag} ${text}: not a length of time`, { where: flag, expected: '60s, 5m, 2h or 1d' })
}
