/**
 * The scan: at every arrival, over every scale, how unlikely is it that so many sources came (D1), or came for this name
 * (D2)? Answers alarms chained by what they are about, and the largest score of every day for calibration.
 */
import { DAY } from '../core/time.ts'
import { type Arrivals, GROUP } from './arrivals.ts'
import type { Expectation } from './baseline.ts'
import { followRamp, LEAST_ARRIVALS, type Ramp } from './ramp.ts'
import { LEAST_SOURCES, MERGE_GAP, SCALES } from './scales.ts'
import { surprise } from './surprise.ts'

/** What the scan asks of a baseline. */
export interface Usual {
  sources(from: number, to: number): Expectation
  name(id: number, from: number, to: number): Expectation
  group(group: number, from: number, to: number): Expectation
  /** Whether there is enough outside the window to compare it with. */
  comparable(from: number, to: number): boolean
}

/** The key of "any new source" among the keys, which are names' numbers else. */
export const ANY = -1
/** The keys of "a source on a name of this group" (arrivals.ts). */
export const RARE = -1 - GROUP.RARE
export const LISTED = -1 - GROUP.LISTED

/** The key of "failures on existing accounts" (gfi.ts); no scan has it. */
export const ACCOUNTS = -100

/** The key of "sources with one list of names" (link.ts); no scan has it. */
export const LISTS = -101

/** The group that a key below ANY stands for. */
export function groupOf(key: number): number {
  return -1 - key
}

/** One test that was passed or failed: `count` sources in the `scale` that ends at `time`. */
export interface Test {
  readonly time: number
  readonly scale: number
  readonly count: number
  readonly expected: number
  readonly shape: number
  /** See surprise.ts; the score is the best of all scales at that moment. */
  readonly score: number
  readonly tail: number
}

/** Alarms on one key with less than MERGE_GAP between them. */
export interface Chain {
  readonly key: number
  /** When it alarmed. */
  readonly times: number[]
  last: number
  best: Test
}

interface ScanResult {
  chains: Chain[]
  /** Largest score by day since 1970. */
  maxima: Map<number, number>
}

/** Sources within this many standard deviations of the mean are no news, and their exact chance is not worth working out. */
const NEWS = 1.5
/** Once a chain is alarmed, its count is looked at again when it has grown by this share. */
const GROWTH = 0.04

/** What is usual for a key in (from, to]. */
export function expectationOf(usual: Usual, key: number, from: number, to: number): Expectation {
  if (key === ANY) return usual.sources(from, to)
  return key < ANY ? usual.group(groupOf(key), from, to) : usual.name(key, from, to)
}

class KeyScan {
  readonly times: number[] = []
  readonly #starts = new Int32Array(SCALES.length)
  readonly #judged = new Int32Array(SCALES.length)
  readonly #usual: Usual
  readonly #key: number
  chain: Chain | undefined

  constructor(usual: Usual, key: number) {
    this.#usual = usual
    this.#key = key
  }

  push(time: number): void {
    this.times.push(time)
  }

  /** The most surprising count among the windows that end at `time`; undefined where none is a surprise. */
  judge(time: number): Test | undefined {
    let best: Test | undefined
    let most = 0
    const times = this.times
    if (times.length < LEAST_SOURCES) return undefined
    for (let s = 0; s < SCALES.length; s++) {
      const from = time - SCALES[s]
      let start = this.#starts[s]
      while (times[start] <= from) start++
      this.#starts[s] = start
      const count = times.length - start
      const judged = this.#judged[s]
      if (count < LEAST_SOURCES) {
        this.#judged[s] = 0
        continue
      }
      if (this.chain !== undefined && judged > 0 && count >= judged && count < judged * (1 + GROWTH)) {
        this.chain.last = time
        continue
      }
      if (!this.#usual.comparable(from, time)) continue
      const { mean, shape } = expectationOf(this.#usual, this.#key, from, time)
      const spread = Math.sqrt(mean + (mean * mean) / shape)
      this.#judged[s] = 0
      if (count <= mean + NEWS * spread) continue
      this.#judged[s] = count
      const { score, tail } = surprise(count, { mean, shape })
      most = Math.max(most, score)
      if (best === undefined || tail > best.tail)
        best = { time, scale: SCALES[s], count, expected: mean, shape, score, tail }
    }
    return best === undefined ? undefined : { ...best, score: most }
  }
}

/** The strongest ramp of one key, as a chain; its scores go into the days' maxima like all others. */
function ramps(
  times: readonly number[],
  key: number,
  usual: Usual,
  threshold: number,
  maxima: Map<number, number>,
): Chain | undefined {
  const alarms: Ramp[] = []
  const expect = (from: number, to: number): Expectation | undefined =>
    usual.comparable(from, to) ? expectationOf(usual, key, from, to) : undefined
  followRamp(times, times[0], times[times.length - 1], expect, ramp => {
    const day = Math.floor((ramp.time - 1) / DAY)
    if (ramp.score > (maxima.get(day) ?? 0)) maxima.set(day, ramp.score)
    if (ramp.score >= threshold) alarms.push(ramp)
  })
  if (alarms.length === 0) return undefined
  const top = alarms.reduce((a, b) => (b.score > a.score ? b : a))
  const best: Test = {
    time: top.time,
    scale: top.time - top.since,
    count: top.count,
    expected: top.expected,
    shape: Infinity,
    score: top.score,
    tail: top.score,
  }
  return { key, times: alarms.filter(({ since }) => since >= top.since).map(({ time }) => time), last: top.time, best }
}

/** Scans arrivals in time order. A score of `threshold` or more is an alarm. */
export function scan(
  arrivals: Arrivals,
  usual: Usual,
  threshold: number,
  isRest: (name: number) => boolean,
): ScanResult {
  const keys = new Map<number, KeyScan>()
  const chains: Chain[] = []
  const maxima = new Map<number, number>()
  const touched = new Set<number>()
  // Most names have a source or two and cannot alarm: they get no state of their own.
  const tried = new Map<number, number>()
  for (let i = 0; i < arrivals.length; i++)
    if (arrivals.named[i] === 1) tried.set(arrivals.name[i], (tried.get(arrivals.name[i]) ?? 0) + 1)
  const followed = (name: number): boolean => (tried.get(name) ?? 0) >= LEAST_SOURCES && !isRest(name)
  for (let i = 0; i < arrivals.length; ) {
    const time = arrivals.time[i]
    touched.clear()
    // All that happened at one moment is counted before it is judged: its order in the log means nothing.
    for (; i < arrivals.length && arrivals.time[i] === time; i++) {
      if (arrivals.first[i] === 1) note(ANY)
      if (arrivals.group[i] !== GROUP.NONE) note(-1 - arrivals.group[i])
      if (arrivals.named[i] === 1 && followed(arrivals.name[i])) note(arrivals.name[i])
    }
    for (const key of touched) judge(key, time)
    function note(key: number): void {
      let state = keys.get(key)
      if (state === undefined) {
        state = new KeyScan(usual, key)
        keys.set(key, state)
      }
      state.push(time)
      touched.add(key)
    }
  }

  function judge(key: number, time: number): void {
    const state = keys.get(key)
    const test = state?.judge(time)
    if (state === undefined || test === undefined) return
    const day = Math.floor(time / DAY)
    if (test.score > (maxima.get(day) ?? 0)) maxima.set(day, test.score)
    if (test.score < threshold) return
    // A long window still sees what a chain was about after that is over.
    if (state.chain === undefined || time - Math.max(MERGE_GAP, test.scale) > state.chain.last) {
      state.chain = { key, times: [time], last: time, best: test }
      chains.push(state.chain)
      return
    }
    state.chain.times.push(time)
    state.chain.last = time
    if (test.tail > state.chain.best.tail) state.chain.best = test
  }

  for (const [key, state] of keys) {
    if (state.times.length < LEAST_ARRIVALS) continue
    const chain = ramps(state.times, key, usual, threshold, maxima)
    if (chain !== undefined) chains.push(chain)
  }
  return { chains: chains.sort((a, b) => b.best.tail - a.best.tail || a.times[0] - b.times[0]), maxima }
}
