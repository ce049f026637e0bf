/**
 * Seeded pseudo-random numbers: sfc32 (Chris Doty-Humphrey's "Small Fast Counting" generator from PractRand).
 * Everything random in VPSGuard comes from here, so that the same seed gives the same bytes on every machine.
 */
export interface Random {
  /** A float in [0, 1) with 32 bits of randomness. */
  next(): number
  /** An integer in [0, bound). `bound` is at most 2^32. */
  below(bound: number): number
  /** A standard normal variate (Marsaglia's polar method). */
  normal(): number
  /** An exponential variate of mean 1. */
  exponential(): number
  /** A Poisson variate of the given mean (multiplication of uniforms; Knuth, TAOCP 2, 3.4.1). */
  poisson(mean: number): number
  /** A generator whose stream is independent of this one and of any other label. */
  fork(label: string | number): Random
}

/** FNV-1a over UTF-16 code units; 32 bits. Used to turn labels into stream seeds. */
export function hashLabel(label: string, basis = 0x811c9dc5): number {
  let hash = basis >>> 0
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193) >>> 0
  return hash
}

/** Opens a stream. `seed` is a whole number; `stream` separates independent uses of one seed (a tree's index, say). */
export function createRandom(seed: number, stream: number | string = 0): Random {
  const streamSeed = typeof stream === 'number' ? stream >>> 0 : hashLabel(stream)
  let a = seed >>> 0
  let b = Math.floor(seed / 0x1_0000_0000) >>> 0
  let c = streamSeed
  let counter = 1
  const step = (): number => {
    const result = (((a + b) >>> 0) + counter) >>> 0
    counter = (counter + 1) >>> 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) >>> 0
    c = (((c << 21) | (c >>> 11)) + result) >>> 0
    return result
  }
  for (let i = 0; i < 15; i++) step()
  const next = (): number => step() / 0x1_0000_0000
  let spare: number | undefined
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare
      spare = undefined
      return value
    }
    for (;;) {
      const u = 2 * next() - 1
      const v = 2 * next() - 1
      const s = u * u + v * v
      if (s === 0 || s >= 1) continue
      const scale = Math.sqrt((-2 * Math.log(s)) / s)
      spare = v * scale
      return u * scale
    }
  }
  const exponential = (): number => -Math.log(1 - next())
  const poisson = (mean: number): number => {
    let total = 0
    let rest = mean
    while (rest > 0) {
      // exp(-mean) loses precision far from 0, so a large mean is drawn as a sum of small ones.
      const part = Math.min(rest, 30)
      rest -= part
      const limit = Math.exp(-part)
      let product = next()
      while (product > limit) {
        total++
        product *= next()
      }
    }
    return total
  }
  return {
    next,
    below: bound => Math.floor(next() * bound),
    normal,
    exponential,
    poisson,
    fork: label => createRandom(hashLabel(String(label), (seed ^ streamSeed) >>> 0), streamSeed + 1),
  }
}
