/** Times of day in a zone: quiet hours, the daily report, times in messages. */
import { DAY, HOUR, MINUTE } from '../../core/time.ts'
import { createZone, localZone } from '../../kit/options.ts'

/** A zone's name; `local` is this machine's. */
export const zoneName = (name: string): string => (name === 'local' ? localZone() : name)

/** Opens a zone (kit/options.ts); the same function for the same name, so that it is set up once. */
const zones = new Map<string, (time: number) => number>()
function offsetOf(name: string): (time: number) => number {
  const full = zoneName(name)
  let zone = zones.get(full)
  if (zone === undefined) {
    zone = createZone(full)
    zones.set(full, zone)
  }
  return zone
}

/** Minutes since midnight of `22:30`. */
function minuteOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number)
  return hours * 60 + minutes
}

const minuteOfDay = (time: number, zone: (time: number) => number): number =>
  Math.floor(((((time + zone(time)) % DAY) + DAY) % DAY) / MINUTE)

/** Whether the quiet hours are on at a moment. They may go over midnight. */
function isQuiet(time: number, start: number, end: number, zone: (time: number) => number): boolean {
  const minute = minuteOfDay(time, zone)
  return start < end ? minute >= start && minute < end : minute >= start || minute < end
}

/**
 * When the quiet hours that are on at `time` end, milliseconds; undefined where they are off. Asked minute by minute
 * from the wall clock, so that a change of the zone's offset in the night neither loses nor doubles them.
 */
export function quietUntil(
  time: number,
  hours: { start?: string | undefined; end?: string | undefined; timezone: string },
): number | undefined {
  const { start, end } = hours
  if (start === undefined || end === undefined) return undefined
  const zone = offsetOf(hours.timezone)
  const from = minuteOf(start)
  const to = minuteOf(end)
  if (!isQuiet(time, from, to, zone)) return undefined
  let moment = Math.floor(time / MINUTE) * MINUTE + MINUTE
  while (isQuiet(moment, from, to, zone)) moment += MINUTE
  return moment
}

/** The local date and hour of a moment: `2026-11-21` and 0 to 23. */
export function localDay(time: number, timezone: string): { date: string; hour: number } {
  const local = new Date(time + offsetOf(timezone)(time)).toISOString()
  return { date: local.slice(0, 10), hour: Number(local.slice(11, 13)) }
}

/** Writes a moment for people: `2026-11-21 08:15 UTC`, `2026-11-21 09:15 +01:00`. */
export function localTime(time: number, timezone: string): string {
  const offset = offsetOf(timezone)(time)
  const text = new Date(time + offset).toISOString()
  const size = Math.abs(offset)
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  const zone = offset === 0 ? 'UTC' : `${offset < 0 ? '-' : '+'}${two(size / HOUR)}:${two((size % HOUR) / MINUTE)}`
  return `${text.slice(0, 10)} ${text.slice(11, 16)} ${zone}`
}
