/** Option types that several declarations share. */
import { z } from 'zod'
import { DAY, HOUR, MINUTE, SECOND, WEEK } from '../core/time.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, min: MINUTE, h: HOUR, d: DAY, w: WEEK }

/** Reads `90s`, `15m`, `6h`, `2d`, `1w` as milliseconds; undefined where it is no length of time. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|min|m|h|d|w)$/.exec(text.trim())
  if (match === null) return undefined
  return Number(match[1]) * UNITS[match[2]]
}

/** A length of time written as `15m`; milliseconds inside. */
export const duration = (fallback: string) =>
  z
    .string()
    .transform((text, context) => {
      const value = parseDuration(text)
      if (value === undefined) {
        context.issues.push({
          code: 'custom',
          input: text,
          message: 'expected a length of time such as 90s, 15m, 6h, 2d or 1w',
        })
        return z.NEVER
      }
      return value
    })
    .prefault(fallback)

/** Whether the name is a zone of the time zone database (or UTC). */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

export const timeZone = z.string().refine(isTimeZone, { error: 'expected a time zone such as UTC or Europe/Paris' })

/**
 * Opens a zone: the function answers the zone's offset from UTC in milliseconds at a moment. Intl is slow, so a day
 * that begins and ends with the same offset is asked about twice only, and a day of change once a quarter hour (no
 * offset has ever changed off a quarter).
 */
export function createZone(name: string): (time: number) => number {
  if (name === 'UTC' || name === 'Etc/UTC') return () => 0
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const lookUp = (time: number): number => {
    const parts = Object.fromEntries(format.formatToParts(time).map(part => [part.type, Number(part.value)]))
    const local = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second)
    return local - Math.floor(time / SECOND) * SECOND
  }
  let day = Number.NaN
  let constant = true
  let quarter = Number.NaN
  let offset = 0
  return time => {
    const today = Math.floor(time / DAY)
    if (today !== day) {
      day = today
      offset = lookUp(today * DAY)
      constant = offset === lookUp((today + 1) * DAY)
      quarter = Number.NaN
    }
    if (constant) return offset
    const now = Math.floor(time / (15 * MINUTE))
    if (now !== quarter) {
      quarter = now
      offset = lookUp(time)
    }
    return offset
  }
}
