/** Expected failures as people read them. */
import type { Problem } from '../core/errors.ts'
import { escapeTerminal } from '../core/text.ts'

export function formatProblem(problem: Problem): string {
  const lines = problem.message
    .split('\n')
    .map((line, index) => (index === 0 ? `vpsguard: ${escapeTerminal(line)}` : `  ${escapeTerminal(line)}`))
  if (problem.expected !== undefined) lines.push(`  expected: ${escapeTerminal(problem.expected)}`)
  if (problem.hint !== undefined) lines.push(`  try: ${escapeTerminal(problem.hint)}`)
  return `${lines.join('\n')}\n`
}
