/** Likeness of sequences and of words. */
import { requireInteger } from './check.ts'

/**
 * Length of the longest common subsequence (Wagner & Fischer). Names tried in one order by two sources are the
 * strongest sign of one controller. Time |a| |b|: cut long lists first.
 */
export function longestCommonSubsequence<T>(a: ArrayLike<T>, b: ArrayLike<T>): number {
  const row = new Int32Array(b.length + 1)
  for (let i = 0; i < a.length; i++) {
    let diagonal = 0
    for (let j = 0; j < b.length; j++) {
      const above = row[j + 1]
      row[j + 1] = a[i] === b[j] ? diagonal + 1 : Math.max(above, row[j])
      diagonal = above
    }
  }
  return row[b.length]
}

/**
 * Damerau-Levenshtein distance (optimal string alignment: insert, delete, replace, swap two neighbours) between two
 * words in UTF-16 code units, or `bound + 1` as soon as it must be above `bound`. Time min(|a|, |b|) x bound at most.
 */
export function editDistance(a: string, b: string, bound = Infinity): number {
  if (bound !== Infinity) requireInteger('bound', bound, 0)
  if (Math.abs(a.length - b.length) > bound) return bound + 1
  let beforeLast = new Float64Array(b.length + 1)
  let last = Float64Array.from({ length: b.length + 1 }, (_, j) => j)
  let row = new Float64Array(b.length + 1)
  for (let i = 1; i <= a.length; i++) {
    // Cells further than `bound` from the diagonal cannot lie on a path that short.
    const from = Math.max(1, i - bound)
    const to = Math.min(b.length, i + bound)
    row.fill(Infinity)
    row[0] = i
    let least = row[0]
    for (let j = from; j <= to; j++) {
      const same = a[i - 1] === b[j - 1]
      let distance = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, beforeLast[j - 2] + 1)
      }
      row[j] = distance
      least = Math.min(least, distance)
    }
    if (least > bound) return bound + 1
    const free = beforeLast
    beforeLast = last
    last = row
    row = free
  }
  return Math.min(last[b.length], bound + 1)
}
