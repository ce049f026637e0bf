import { isDigit } from './bytes.ts'

/** Position behind a syslog priority (`<38>`); `start` where there is none. */
export function skipPriority(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end || bytes[start] !== 60) return start
  let i = start + 1
  while (i < end && isDigit(bytes[i])) i++
  return i < end && bytes[i] === 62 && i > start + 1 && i - start <= 4 ? i + 1 : start
}
