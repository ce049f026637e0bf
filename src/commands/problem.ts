/** Expected failures as people read them. */
import type { Problem } from '../core/errors.ts'
import { escapeTerminal } from '../core/text.ts'

/** What is wrong and where, what was expected, what to do: a line each. */
export function formatProblem(problem: Problem): string {
  const { message, where, expected, hint } = problem
  const told = where === undefined || message.includes(where) ? message : `${where}: ${message}`
  const lines = told.split('\n').map((line, index) => `${index === 0 ? 'vpsguard: ' : '  '}${escapeTerminal(line)}`)
  if (expected !== undefined) lines.push(`  expected: ${escapeTerminal(expected)}`)
  if (hint !== undefined) lines.push(`  ${hint.endsWith('?') ? '' : 'try: '}${escapeTerminal(hint)}`)
  return `${lines.join('\n')}\n`
}
