/** Time: milliseconds since 1970 UTC everywhere inside; text only at the edges. */
export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
export const WEEK = 7 * DAY

/** Milliseconds of `count` minutes. */
export const minutes = (count: number): number => count * MINUTE

/** Writes a moment as RFC 3339 in UTC; the fraction is left out when it is zero. */
export function formatTime(time: number): string {
  if (!Number.isFinite(time) || Math.abs(time) > 8.64e15) return '1970-01-01T00:00:00Z'
  const text = new Date(time).toISOString()
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text
}

/** Writes a length of time in words a person reads at a glance: `41 s`, `7 min`, `3 h 20 min`, `5 days`. */
export function formatSpan(span: number): string {
  const length = Math.max(0, span)
  if (length < 2 * MINUTE) return `${Math.round(length / SECOND)} s`
  if (length < 2 * HOUR) return `${Math.round(length / MINUTE)} min`
  if (length < 2 * DAY) {
    // Rounded first: 59 minutes and 59 seconds are an hour.
    const all = Math.round(length / MINUTE)
    const hours = Math.floor(all / 60)
    const rest = all % 60
    return rest === 0 || hours >= 10 ? `${hours} h` : `${hours} h ${rest} min`
  }
  return `${Math.round(length / DAY)} days`
}

const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar; `month` 1 to 12. Faster than Date.UTC on the parsing path. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const leapDay = month > 2 && isLeapYear(year) ? 1 : 0
  const before = year - 1
  return (
    (year - 1970) * 365 +
    Math.floor(before / 4) -
    492 -
    (Math.floor(before / 100) - 19) +
    (Math.floor(before / 400) - 4) +
    (DAYS_BEFORE_MONTH[month - 1] ?? 0) +
    leapDay +
    day -
    1
  )
}

/** By the Gregorian calendar, also for years before it. */
export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}
