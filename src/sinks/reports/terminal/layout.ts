import { columns, padColumns, wrap } from '../../../core/text.ts'
import type { Ink } from './ink.ts'

/** Columns before a field's text: its label and the space around it. */
export const LABEL = 9

/** A section's head: its name, and a rule to the right edge. */
export function* rule(title: string, width: number, ink: Ink): Iterable<string> {
  yield `\n${ink.strong(title)} ${ink.quiet('─'.repeat(Math.max(3, width - columns(title) - 1)))}\n`
}

/** Indented text under a label that is written once, at the first line. Each text starts a new line. */
export function* field(label: string, texts: readonly string[], width: number, ink: Ink): Iterable<string> {
  let head = label
  for (const text of texts) {
    for (const line of wrap(text, width - LABEL - 2)) {
      yield `  ${ink.quiet(padColumns(head, LABEL))}${line}\n`
      head = ''
    }
  }
}

/** Splits a shell line at spaces outside quotes. */
function shellPieces(line: string): string[] {
  const pieces: string[] = []
  let piece = ''
  let quote = ''
  for (let i = 0; i < line.length; i++) {
    const character = line[i]
    if (character === '\\' && quote !== "'") {
      piece += character + (line[i + 1] ?? '')
      i++
      continue
    }
    if (quote === '' && (character === "'" || character === '"')) quote = character
    else if (character === quote) quote = ''
    if (character === ' ' && quote === '') {
      pieces.push(piece)
      piece = ''
    } else {
      piece += character
    }
  }
  return [...pieces, piece]
}

/**
 * Breaks a shell line so that it still means the same when it is pasted: only between words, with a backslash. A word
 * that is wider than the page is left whole, since a command that is cut is worse than a long line. A line that starts
 * with a capital letter or `#` is a sentence and is wrapped as one.
 */
export function wrapShell(line: string, width: number): string[] {
  if (columns(line) <= width) return [line]
  if (/^[A-Z]/.test(line)) return wrap(line, width)
  if (line.startsWith('#')) return wrap(line.replace(/^#\s*/, ''), width - 2).map(text => `# ${text}`)
  const lines: string[] = []
  let current = ''
  for (const piece of shellPieces(line)) {
    if (current !== '' && columns(current) + 1 + columns(piece) > width - 2) {
      lines.push(`${current} \\`)
      current = `  ${piece}`
    } else {
      current = current === '' ? piece : `${current} ${piece}`
    }
  }
  return [...lines, current]
}
