/** The nearest valid word, for "did you mean". */
import { editDistance } from './math/sequences.ts'

/** Spellings that people take for one: `brute-force`, `brute_force`, `Brute_Force`. */
const plain = (word: string): string => word.toLowerCase().replaceAll('-', '_')

/** The candidate with the fewest edits from `word`, where those are at most half of it (two for a short one); undefined otherwise. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.max(2, Math.floor(word.length / 2)) + 1
  for (const candidate of candidates) {
    const edits = editDistance(plain(word), plain(candidate), least)
    if (edits < least) {
      least = edits
      best = candidate
    }
  }
  return best
}
