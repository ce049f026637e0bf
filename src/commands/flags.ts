/** Values of flags, checked. */
import { EXIT, Problem } from '../core/errors.ts'

/** A number given as a flag. @throws Problem (exit 2) where it is none. */
export function numberFlag(flag: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < least || value > most) {
    throw new Problem(EXIT.usage, `${flag} ${text}: not a number that fits`, {
      where: flag,
      expected: `a number from ${Number.isInteger(least) ? least : Number(least.toPrecision(3))} to ${most}`,
    })
  }
  return value
}
