import type { Severity } from '../../../core/finding.ts'

/** Colours a text that is already escaped and laid out, so that they never count as columns. */
export interface Ink {
  strong: (text: string) => string
  quiet: (text: string) => string
  accent: (text: string) => string
  warn: (text: string) => string
  severity: Record<Severity, (text: string) => string>
}

const plain = (text: string): string => text
const sgr =
  (codes: string) =>
  (text: string): string =>
    text === '' ? '' : `\u001b[${codes}m${text}\u001b[0m`

const NO_INK: Ink = {
  strong: plain,
  quiet: plain,
  accent: plain,
  warn: plain,
  severity: { critical: plain, high: plain, medium: plain, low: plain, info: plain },
}

/** The 16 colours every terminal has, chosen to be readable on a dark and on a light ground. */
const INK: Ink = {
  strong: sgr('1'),
  quiet: sgr('2'),
  accent: sgr('1;36'),
  warn: sgr('33'),
  severity: { critical: sgr('1;91'), high: sgr('31'), medium: sgr('33'), low: sgr('34'), info: sgr('2') },
}

/** Functions that colour a text by what it is; without colour they answer the text as it is. They escape nothing. */
export const createInk = (color: boolean): Ink => (color ? INK : NO_INK)

/** Severity has a shape and a word; colour only repeats them. */
export const SEVERITY_MARKS: Readonly<Record<Severity, string>> = {
  critical: '◆',
  high: '▲',
  medium: '●',
  low: '○',
  info: '·',
}
