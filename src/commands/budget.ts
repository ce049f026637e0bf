/** --budget, for the commands that take it. */
import { parseBudget } from '../config/schema.ts'
import { EXIT, Problem } from '../core/errors.ts'

/** False alarms a week. @throws Problem (exit 2) */
export function readBudget(text: string): number {
  const budget = parseBudget(text)
  if (budget === undefined) {
    throw new Problem(EXIT.usage, `--budget ${text}: not a budget`, {
      expected: 'false alarms per time, such as 1/week, 2/month or 0.25/week',
    })
  }
  return budget
}
