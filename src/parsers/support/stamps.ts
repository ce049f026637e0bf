/** Time stamps read from bytes. Every reader answers through a `Stamp`, a scratch place that is used again line by line. */
import { FLAG } from '../../core/event.ts'
import { DAY, daysFromCivil, HOUR, MINUTE, SECOND } from '../../core/time.ts'
import { viewOf } from '../../core/words.ts'
import { COLON, isDigit, SPACE } from './bytes.ts'

export interface Stamp {
  time: number
  flags: number
  /** First position behind the stamp. */
  end: number
}

export const createStamp = (): Stamp => ({ time: Number.NaN, flags: 0, end: 0 })

/** Days of a year 2000 (a leap year) before a month, 1 to 12: stamps without a year are counted from its start. */
const LEAP_DAYS_BEFORE = [0, 0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335]
const LEAP_YEAR_START = daysFromCivil(2000, 1, 1)
const LEAP_MONTH_LENGTH = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const code = (a: number, b: number, c: number): number => (a << 16) | (b << 8) | c
const MONTH_CODES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].map(name =>
  code(name.charCodeAt(0), name.charCodeAt(1), name.charCodeAt(2)),
)

/** Month 1 to 12 by its English short name at `pos`; 0 for none. */
function readMonth(bytes: Uint8Array, pos: number): number {
  const key = code(bytes[pos], bytes[pos + 1], bytes[pos + 2])
  for (let month = 0; month < 12; month++) if (MONTH_CODES[month] === key) return month + 1
  return 0
}

const DAY_CODES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].map(name =>
  code(name.charCodeAt(0), name.charCodeAt(1), name.charCodeAt(2)),
)

export function isWeekday(bytes: Uint8Array, pos: number): boolean {
  return DAY_CODES.includes(code(bytes[pos], bytes[pos + 1], bytes[pos + 2]))
}

function twoDigits(bytes: Uint8Array, pos: number): number {
  const tens = bytes[pos] - 48
  const ones = bytes[pos + 1] - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}

/** Four digits from 1970 on, or -1. */
function readYear(bytes: Uint8Array, pos: number): number {
  const high = twoDigits(bytes, pos)
  const low = twoDigits(bytes, pos + 2)
  const year = high * 100 + low
  return high < 0 || low < 0 || year < 1970 ? -1 : year
}

/** `hh:mm:ss` with an optional fraction behind `.` or `,`, as milliseconds of the day; -1 for none. Sets `clockEnd`. */
function readClock(bytes: Uint8Array, pos: number, end: number): number {
  if (end - pos < 8 || bytes[pos + 2] !== COLON || bytes[pos + 5] !== COLON) return -1
  const hours = twoDigits(bytes, pos)
  const minutes = twoDigits(bytes, pos + 3)
  const seconds = twoDigits(bytes, pos + 6)
  // A leap second is written :60; it is the next minute's first.
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 60) return -1
  let time = hours * HOUR + minutes * MINUTE + seconds * SECOND
  let i = pos + 8
  if (i < end && (bytes[i] === 46 || bytes[i] === 44) && i + 1 < end && isDigit(bytes[i + 1])) {
    let scale = 100
    for (i++; i < end && isDigit(bytes[i]); i++) {
      time += (bytes[i] - 48) * scale
      scale = scale === 100 ? 10 : scale === 10 ? 1 : 0
    }
  }
  clockEnd = i
  return time
}
/** Where the clock that readClock read last ends. */
let clockEnd = 0

/** The minute of the last `Mmm dd hh:mm:ss`: its twelve bytes up to the colon before the seconds, and its time. */
const minute = { a: 0, b: 0, c: 0, time: Number.NaN }

/** Reads a stamp of the minute of the last one that was of this very form; false where it is none. */
function readSameMinute(bytes: Uint8Array, start: number, end: number, stamp: Stamp): boolean {
  // Behind the stamp may stand a year, with a space behind it.
  if (end - start <= YEAR_BEHIND || bytes[start + YEAR_BEHIND] === SPACE) return false
  const words = viewOf(bytes)
  if (words.getInt32(start + 8, true) !== minute.c || words.getInt32(start + 4, true) !== minute.b) return false
  if (words.getInt32(start, true) !== minute.a || bytes[start + 12] !== COLON || bytes[start + CLASSIC] !== SPACE)
    return false
  const seconds = twoDigits(bytes, start + 13)
  if (seconds < 0 || seconds > 60) return false
  stamp.time = minute.time + seconds * SECOND
  stamp.flags = FLAG.YEARLESS | FLAG.LOCAL
  stamp.end = start + CLASSIC
  return true
}

function keepMinute(bytes: Uint8Array, start: number, time: number): void {
  const words = viewOf(bytes)
  minute.a = words.getInt32(start, true)
  minute.b = words.getInt32(start + 4, true)
  minute.c = words.getInt32(start + 8, true)
  minute.time = time - twoDigits(bytes, start + 13) * SECOND
}
/** Length of a stamp `Mmm dd hh:mm:ss`, and where the space behind a year that follows it would stand. */
const CLASSIC = 15
const YEAR_BEHIND = 20

/**
 * `Mmm dd hh:mm:ss`, the day padded with a space, a zero or not at all; with a year before the clock or behind it
 * where one stands there, or before the month. False where it is no such stamp; `stamp.end` stays 0 where not even its month is one.
 */
export function readClassicStamp(bytes: Uint8Array, start: number, end: number, stamp: Stamp): boolean {
  if (readSameMinute(bytes, start, end, stamp)) return true
  stamp.end = 0
  let pos = start
  let year = -1
  if (bytes[start + 4] === SPACE && isDigit(bytes[start])) {
    year = readYear(bytes, start)
    if (year < 0) return false
    pos += 5
  }
  if (end - pos < 14 || bytes[pos + 3] !== SPACE) return false
  const month = readMonth(bytes, pos)
  if (month === 0) return false
  pos += 4
  stamp.end = pos
  if (bytes[pos] === SPACE) pos++
  let day = bytes[pos] - 48
  if (day < 0 || day > 9) return false
  pos++
  if (isDigit(bytes[pos])) day = day * 10 + bytes[pos++] - 48
  if (bytes[pos] !== SPACE || day < 1 || day > LEAP_MONTH_LENGTH[month]) return false
  pos++
  if (year < 0 && bytes[pos + 4] === SPACE) {
    year = readYear(bytes, pos)
    if (year < 0) return false
    pos += 5
  }
  const clock = readClock(bytes, pos, end)
  if (clock < 0) return false
  pos = clockEnd
  if (year < 0 && bytes[pos] === SPACE && bytes[pos + 5] === SPACE && end - pos > 5) {
    year = readYear(bytes, pos + 1)
    if (year >= 0) pos += 5
  }
  if (year < 0) {
    stamp.time = (LEAP_YEAR_START + LEAP_DAYS_BEFORE[month] + day - 1) * DAY + clock
    stamp.flags = FLAG.YEARLESS | FLAG.LOCAL
    if (pos === start + CLASSIC) keepMinute(bytes, start, stamp.time)
  } else {
    stamp.time = daysFromCivil(year, month, day) * DAY + clock
    stamp.flags = FLAG.LOCAL
  }
  stamp.end = pos
  return true
}

/** The day of the last `yyyy-mm-dd`: its ten bytes, and the days since 1970. */
const day = { a: 0, b: 0, c: 0, days: -1 }

/** As readDate with dashes; the day is most often that of the line before. */
function readIsoDate(bytes: Uint8Array, pos: number, end: number): number {
  if (end - pos < 10) return -1
  const words = viewOf(bytes)
  const b = words.getInt32(pos + 4, true)
  const c = words.getInt16(pos + 8, true)
  if (c === day.c && b === day.b && words.getInt32(pos, true) === day.a) return day.days
  const days = readDate(bytes, pos, end, 45)
  if (days < 0) return -1
  day.a = words.getInt32(pos, true)
  day.b = b
  day.c = c
  day.days = days
  return days
}

/** `yyyy-mm-dd` (or with slashes) as days since 1970; -1 for none. */
function readDate(bytes: Uint8Array, pos: number, end: number, separator: number): number {
  if (end - pos < 10 || bytes[pos + 4] !== separator || bytes[pos + 7] !== separator) return -1
  const year = readYear(bytes, pos)
  const month = twoDigits(bytes, pos + 5)
  const day = twoDigits(bytes, pos + 8)
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > LEAP_MONTH_LENGTH[month]) return -1
  return daysFromCivil(year, month, day)
}

/**
 * `yyyy-mm-ddThh:mm:ss`, with `T` or a space between, with or without a fraction, and `Z`, `+hh:mm`, `+hhmm` or no
 * zone behind (then FLAG.LOCAL).
 */
export function readIsoStamp(bytes: Uint8Array, start: number, end: number, stamp: Stamp): boolean {
  const days = readIsoDate(bytes, start, end)
  if (days < 0) return false
  const between = bytes[start + 10]
  if (between !== 84 && between !== SPACE && between !== 116) return false
  const clock = readClock(bytes, start + 11, end)
  if (clock < 0) return false
  stamp.time = days * DAY + clock
  return readZone(bytes, clockEnd, end, stamp)
}

/** Reads the zone at `pos` into a stamp whose time is local; false where what stands there is neither a zone nor the stamp's end. */
function readZone(bytes: Uint8Array, pos: number, end: number, stamp: Stamp): boolean {
  const sign = pos < end ? bytes[pos] : SPACE
  stamp.flags = 0
  if (sign === 90 || sign === 122) {
    stamp.end = pos + 1
    return true
  }
  if (sign !== 43 && sign !== 45) {
    stamp.flags = FLAG.LOCAL
    stamp.end = pos
    return sign === SPACE
  }
  const hours = twoDigits(bytes, pos + 1)
  const colon = bytes[pos + 3] === COLON ? 1 : 0
  const minutes = twoDigits(bytes, pos + 3 + colon)
  if (hours < 0 || hours > 15 || end - pos < 3) return false
  const offset = hours * HOUR + Math.max(minutes, 0) * MINUTE
  stamp.time -= sign === 43 ? offset : -offset
  stamp.end = minutes < 0 ? pos + 3 : pos + 5 + colon
  return stamp.end <= end
}
