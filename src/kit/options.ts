/** Option types that several declarations share. */
import { z } from 'zod'
import { DAY, MINUTE, SECOND } from '../core/time.ts'

const UTC: ReadonlySet<string> = new Set(['UTC', 'Etc/UTC'])

/** Whether the name is a zone of the time zone database (or UTC). */
export function isTimeZone(name: string): boolean {
  // Known without Intl, which takes megabytes of a daemon that needs it for nothing else.
  if (UTC.has(name)) return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/**
 * This machine's zone. With an empty `TZ` the name is `Etc/Unknown`, with one that names no place (`UTC+3`, `Foo/Bar`)
 * there is none, and neither can be opened: then it is the offset that the machine's clock has, as `-03:00`.
 */
export function localZone(): string {
  // Declared as a string, and yet undefined for such zones.
  const name: string | undefined = new Intl.DateTimeFormat('en').resolvedOptions().timeZone
  if (name !== undefined && isTimeZone(name)) return name
  const minutes = -new Date(0).getTimezoneOffset()
  if (minutes === 0) return 'UTC'
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`
}

export const timeZone = z.string().refine(isTimeZone, { error: 'expected a time zone such as UTC or Europe/Paris' })

/**
 * Opens a zone: the function answers the zone's offset from UTC in milliseconds at a moment. Intl is slow, so a day
 * that begins and ends with the same offset is asked about twice only, and a day of change once a quarter hour (no
 * offset has ever changed off a quarter).
 */
export function createZone(name: string): (time: number) => number {
  if (UTC.has(name)) return () => 0
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
