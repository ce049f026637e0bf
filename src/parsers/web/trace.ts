/** Continuation lines: PHP errors and stack traces that a server's error log spreads over several lines. */
import { bytesOf, find, startsWith } from './text.ts'

const HEADS = [
  'Stack trace:',
  'PHP Stack trace:',
  'PHP message:',
  'PHP Fatal error:',
  'PHP Warning:',
  'PHP Notice:',
  'PHP Deprecated:',
  'PHP Parse error:',
  'Traceback (most recent call last)',
].map(bytesOf)
const THROWN = bytesOf('thrown in ')
const STDERR_END = bytesOf('" while reading ')

/** Whether a line without a stamp goes on with the one before. */
export function isTraceLine(bytes: Uint8Array, start: number, end: number): boolean {
  let i = start
  while (i < end && bytes[i] === 32) i++
  if (i === end) return false
  // `#12 /var/www/x.php(3): f()`
  if (bytes[i] === 35) {
    let digit = i + 1
    while (digit < end && bytes[digit] >= 48 && bytes[digit] <= 57) digit++
    return digit > i + 1 && digit < i + 6 && bytes[digit] === 32
  }
  for (const head of HEADS) if (startsWith(bytes, i, end, head)) return true
  return (
    startsWith(bytes, i, end, THROWN) ||
    (i === start && bytes[i] === 34 && startsWith(bytes, i, end, STDERR_END)) ||
    find(bytes, i, Math.min(end, i + 300), STDERR_END) >= 0
  )
}
