/** Time stamps of web logs. A reader leaves what it found in the module's `stamp` and answers whether it found one. */
import { FLAG } from '../../core/event.ts'
import { DAY, daysFromCivil, HOUR, MINUTE, SECOND } from '../../core/time.ts'

/** The last stamp read: its time, the FLAG bits it needs (LOCAL where it names no zone), and where it ends. */
export const stamp = { time: 0, flags: 0, end: 0 }

const ZERO = 48

function two(bytes: Uint8Array, at: number): number {
  const tens = bytes[at] - ZERO
  const ones = bytes[at + 1] - ZERO
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}

function four(bytes: Uint8Array, at: number): number {
  const high = two(bytes, at)
  const low = two(bytes, at + 2)
  return high < 0 || low < 0 ? -1 : high * 100 + low
}

/** Number of the month whose English abbreviation stands at `at`; 0 for none. */
function monthAt(bytes: Uint8Array, at: number): number {
  switch (((bytes[at] | 32) << 16) | ((bytes[at + 1] | 32) << 8) | (bytes[at + 2] | 32)) {
    case 0x6a616e:
      return 1
    case 0x666562:
      return 2
    case 0x6d6172:
      return 3
    case 0x617072:
      return 4
    case 0x6d6179:
      return 5
    case 0x6a756e:
      return 6
    case 0x6a756c:
      return 7
    case 0x617567:
      return 8
    case 0x736570:
      return 9
    case 0x6f6374:
      return 10
    case 0x6e6f76:
      return 11
    case 0x646563:
      return 12
    default:
      return 0
  }
}

// The day of the line before is nearly always the day of this one; its number is kept by the bytes that spell it.
let knownHead = -1
let knownTail = -1
let knownDay = 0

function clfDay(bytes: Uint8Array, at: number): number {
  const head = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 3] << 16) | (bytes[at + 4] << 24)
  const tail = bytes[at + 5] | (bytes[at + 8] << 8) | (bytes[at + 9] << 16) | (bytes[at + 10] << 24)
  if (head === knownHead && tail === knownTail && bytes[at + 7] === 50) return knownDay
  const day = two(bytes, at)
  const month = monthAt(bytes, at + 3)
  const year = four(bytes, at + 7)
  if (day < 1 || day > 31 || month === 0 || year < 1970) return -1
  const number = daysFromCivil(year, month, day)
  if (bytes[at + 7] === 50) {
    knownHead = head
    knownTail = tail
    knownDay = number
  }
  return number
}

/** Reads `:ss`-style time of day at `at`, with a leap second; -1 where it is none. */
function timeOfDay(bytes: Uint8Array, at: number): number {
  const hour = two(bytes, at)
  const minute = two(bytes, at + 3)
  const second = two(bytes, at + 6)
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return -1
  if (bytes[at + 2] !== 58 || bytes[at + 5] !== 58) return -1
  return hour * HOUR + minute * MINUTE + second * SECOND
}

/** Reads `.123`, `,123`, `.123456789` at `stamp.end`; answers milliseconds and moves the end. */
function fraction(bytes: Uint8Array, limit: number): number {
  const at = stamp.end
  if (at >= limit || (bytes[at] !== 46 && bytes[at] !== 44)) return 0
  let value = 0
  let scale = SECOND
  let i = at + 1
  for (; i < limit && i < at + 13; i++) {
    const digit = bytes[i] - ZERO
    if (digit < 0 || digit > 9) break
    scale /= 10
    value += digit * scale
  }
  if (i === at + 1) return 0
  stamp.end = i
  return Math.floor(value + 1e-6)
}

/** Reads `+0100`, `-08:00`, `+02` or `Z` at `stamp.end`; answers the offset in milliseconds, NaN where there is none. */
function zone(bytes: Uint8Array, limit: number): number {
  const at = stamp.end
  if (at >= limit) return Number.NaN
  const sign = bytes[at]
  if (sign === 90 || sign === 122) {
    stamp.end = at + 1
    return 0
  }
  if (sign !== 43 && sign !== 45) return Number.NaN
  const hour = two(bytes, at + 1)
  if (hour < 0 || hour > 15) return Number.NaN
  const colon = bytes[at + 3] === 58 ? 1 : 0
  const minute = at + 4 < limit ? two(bytes, at + 3 + colon) : -1
  stamp.end = minute < 0 ? at + 3 : at + 5 + colon
  const offset = hour * HOUR + Math.max(0, minute) * MINUTE
  return sign === 45 ? -offset : offset
}

function finish(local: number, bytes: Uint8Array, limit: number, spaceBeforeZone: boolean): true {
  const time = local + fraction(bytes, limit)
  const end = stamp.end
  if (spaceBeforeZone && bytes[end] === 32) stamp.end = end + 1
  const offset = zone(bytes, limit)
  if (Number.isNaN(offset)) {
    stamp.end = end
    stamp.time = time
    stamp.flags = FLAG.LOCAL
  } else {
    stamp.time = time - offset
    stamp.flags = 0
  }
  return true
}

/** `17/May/2015:10:05:03 +0000`, with or without fraction and zone; Python's servers write a space for the first colon. */
export function readClfStamp(bytes: Uint8Array, at: number, limit: number): boolean {
  if (limit - at < 20 || bytes[at + 2] !== 47 || bytes[at + 6] !== 47) return false
  if (bytes[at + 11] !== 58 && bytes[at + 11] !== 32) return false
  const day = clfDay(bytes, at)
  if (day < 0) return false
  const time = timeOfDay(bytes, at + 12)
  if (time < 0) return false
  stamp.end = at + 20
  return finish(day * DAY + time, bytes, limit, true)
}

/** `2026-02-21T03:37:31.183-08:00`, with `T` or a space, with or without fraction and zone. */
export function readIsoStamp(bytes: Uint8Array, at: number, limit: number): boolean {
  return readNumericStamp(bytes, at, limit, 45)
}

/** `2026/02/21 03:37:31`: nginx's error log, Caddy's and Go's console logs. */
export function readSlashStamp(bytes: Uint8Array, at: number, limit: number): boolean {
  return readNumericStamp(bytes, at, limit, 47)
}

function readNumericStamp(bytes: Uint8Array, at: number, limit: number, separator: number): boolean {
  if (limit - at < 19 || bytes[at + 4] !== separator || bytes[at + 7] !== separator) return false
  const between = bytes[at + 10]
  if (between !== 84 && between !== 116 && between !== 32) return false
  const year = four(bytes, at)
  const month = two(bytes, at + 5)
  const day = two(bytes, at + 8)
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31) return false
  const time = timeOfDay(bytes, at + 11)
  if (time < 0) return false
  stamp.end = at + 19
  return finish(daysFromCivil(year, month, day) * DAY + time, bytes, limit, false)
}

/** `Sun Mar 01 10:11:12.345678 2026`: Apache's error log. */
export function readApacheErrorStamp(bytes: Uint8Array, at: number, limit: number): boolean {
  if (limit - at < 24 || bytes[at + 3] !== 32 || bytes[at + 7] !== 32) return false
  const month = monthAt(bytes, at + 4)
  const day = bytes[at + 8] === 32 ? bytes[at + 9] - ZERO : two(bytes, at + 8)
  if (month === 0 || day < 1 || day > 31) return false
  const time = timeOfDay(bytes, at + 11)
  if (time < 0) return false
  stamp.end = at + 19
  const rest = fraction(bytes, limit)
  if (bytes[stamp.end] !== 32) return false
  const year = four(bytes, stamp.end + 1)
  if (year < 1970) return false
  stamp.end += 5
  stamp.time = daysFromCivil(year, month, day) * DAY + time + rest
  stamp.flags = FLAG.LOCAL
  return true
}
