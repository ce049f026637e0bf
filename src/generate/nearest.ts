/**
 * The number of letters to add, drop, change or swap with their neighbour to make one word of another
 * (optimal string alignment; Damerau 1964).
 */
function distance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      row[j] = Math.min(row[j - 1] + 1, last[j] + 1, change)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1)
    }
    before = last
    last = row
  }
  return last[b.length]
}

/** The word of a list that a mistyped one comes nearest to. */
export function nearest(word: string, list: readonly string[]): string {
  return list.reduce((best, next) => (distance(word, next) < distance(word, best) ? next : best))
}
