import type { Format, Generated, GenerateOptions } from '../../src/generate/index.ts'
import { generate } from '../../src/generate/index.ts'

export const START = Date.UTC(2026, 1, 2)

/** A week of three thousand lines without attacks, but for what is asked. */
export function make(options: Partial<GenerateOptions> & { format: Format }): Generated {
  return generate({ entries: 3000, days: 7, seed: 11, start: START, profiles: [], ...options })
}
