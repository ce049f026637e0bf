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
        context.issues.push({ code: 'custom', input: text, message: 'expected a length of time such as 90s, 15m, 6h, 2d or 1w' })
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
 * Opens a zone: the function answers the zone's offset from UTC in milliseconds at a moment. Offsets change on quarter
 * hours at the finest, so one is looked up per quarter hour (Intl is slow).
 */
export function createZone(name: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  })
  let cachedQuarter = Number.NaN
  let offset = 0
  return time => {
    const quarter = Math.floor(time / (15 * MINUTE))
    if (quarter !== cachedQuarter) {
      cachedQuarter = quarter
      const parts = Object.fromEntries(format.formatToParts(time).map(part => [part.type, Number(part.value)]))
      const local = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second)
      offset = local - Math.floor(time / SECOND) * SECOND
    }
    return offset
  }
}
