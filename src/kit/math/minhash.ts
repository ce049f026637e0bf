/**
 * MinHash signatures (Broder 1997) and banding (Leskovec, Rajaraman & Ullman, "Mining of Massive Datasets", 3.4): sets
 * that overlap much meet in a band, without comparing all pairs. 64 values = 16 bands of 4: two sets of Jaccard
 * similarity J meet with probability 1 - (1 - J^4)^16, which is a half near J = 0.45 (the midpoint (1/16)^(1/4) is
 * 0.5).
 */
import { hashLabel } from '../../core/random.ts'
import { UnionFind } from './union-find.ts'

const SIGNATURE_LENGTH = 64
const BANDS = 16
const ROWS_PER_BAND = SIGNATURE_LENGTH / BANDS

/** Constants of the 64 hash functions: spread by the golden ratio, so that no two are related simply. */
const SALTS = Uint32Array.from({ length: SIGNATURE_LENGTH }, (_, i) => Math.imul(i + 1, 0x9e3779b9))

/** The finaliser of MurmurHash3: every input bit changes every output bit with probability near a half. */
function mix(x: number): number {
  let h = x ^ (x >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The signature of a set of tokens: repeated tokens do not matter. The empty set's holds 2^32 - 1 throughout. */
export function minHash(tokens: Iterable<string>): Uint32Array {
  const signature = new Uint32Array(SIGNATURE_LENGTH).fill(0xffff_ffff)
  for (const token of tokens) {
    const hash = hashLabel(token)
    for (let i = 0; i < SIGNATURE_LENGTH; i++) {
      const value = mix(mix(hash ^ SALTS[i]) + SALTS[i])
      if (value < signature[i]) signature[i] = value
    }
  }
  return signature
}

/** The share of equal values: an unbiased estimate of Jaccard similarity, standard error at most 1/16. */
export function estimateJaccard(a: Uint32Array, b: Uint32Array): number {
  let equal = 0
  for (let i = 0; i < SIGNATURE_LENGTH; i++) if (a[i] === b[i]) equal++
  return equal / SIGNATURE_LENGTH
}

/** The exact Jaccard similarity of two sets; 1 for two empty ones. */
export function jaccard<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): number {
  let shared = 0
  for (const item of a) if (b.has(item)) shared++
  const all = a.size + b.size - shared
  return all === 0 ? 1 : shared / all
}

/** 16 keys of a signature; sets that share a key are candidates. */
export function bandKeys(signature: Uint32Array): string[] {
  return Array.from({ length: BANDS }, (_, band) => {
    const from = band * ROWS_PER_BAND
    return `${band}:${signature.subarray(from, from + ROWS_PER_BAND).join()}`
  })
}

/**
 * Joins the sets that share a band and are at least `least` similar by their signatures. Each is compared with the
 * first of its band only, so the time is linear in the sets, whatever an attacker makes collide.
 */
export function linkSimilar(signatures: readonly Uint32Array[], least = 0.5): UnionFind {
  const groups = new UnionFind(signatures.length)
  const firstOf = new Map<string, number>()
  for (const [i, signature] of signatures.entries()) {
    for (const key of bandKeys(signature)) {
      const first = firstOf.get(key)
      if (first === undefined) firstOf.set(key, i)
      else if (estimateJaccard(signatures[first], signature) >= least) groups.union(first, i)
    }
  }
  return groups
}
