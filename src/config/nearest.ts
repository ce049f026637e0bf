/** The nearest valid word, for "did you mean". */

/** Edits between two words; two neighbours that changed places count as one. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(row[j - 1] + 1, previous[j] + 1, previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1)
    }
    before = previous
    previous = row
  }
  return previous[b.length]
}

/** The candidate with the fewest edits from `word`, where that is less than half of it; undefined otherwise. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase().replaceAll('-', '_')
  let best: string | undefined
  let least = Math.max(2, Math.floor(word.length / 2))
  for (const candidate of candidates) {
    const edits = distance(lower, candidate.toLowerCase().replaceAll('-', '_'))
    if (edits < least) {
      least = edits
      best = candidate
    }
  }
  return best
}
