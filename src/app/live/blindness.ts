/**
 * Blindness alarms: signs that the program no longer sees what it should. A log that has fallen silent against its own
 * rhythm, lines that are no longer understood, a new shape of line that keeps coming, a queue that grows. What nobody
 * reads raises no alarm by itself; that is why these do.
 */
import { DAY, HOUR, MINUTE } from '../../core/time.ts'
import type { Pumped } from './lane.ts'

/** A sign that stands now. */
export interface BlindSpot {
  /** Stable while it stands. */
  key: string
  text: string
  since: number
}

interface Watched {
  /** When the last bytes came; this and the other moments are of a steady clock. */
  last: number
  /** Longest silence of each of the last days, and of the present one. */
  daily: number[]
  /** When the present day began: days are counted from the first bytes on, while the program runs. */
  day: number
  longest: number
  /** Share of lines not understood: lately (about the last 300 lines) and over all. */
  recent: number
  recentLines: number
  usual: number
  lines: number
  badSince: number | null
}

interface Shape {
  path: string
  sample: string
  count: number
  /** Met while the log was new: it is what the log has always had, and no news. */
  learnt: boolean
  first: number
  last: number
}

const DAYS_KEPT = 28
const DAYS_NEEDED = 3
const LEAST_SILENCE = 30 * MINUTE
const FIRST_DAYS_SILENCE = DAY
const RECENT = 300
const UNKNOWN_SHARE = 0.5
const SHAPES = 256
const SHAPE_REPEATS = 20
/** A shape that has not come for so long does not keep coming. */
const SHAPE_REST = DAY
/** Shapes of the first lines are what the log has always had. */
const SHAPE_LEARNING = 10_000
const BEHIND = 2 * MINUTE

/**
 * Told of every read by `note` and asked by `check`. Logs are known by their paths; all moments are of a steady
 * clock, in milliseconds, and go into a snapshot as ages.
 */
export class Blindness {
  readonly #watched = new Map<string, Watched>()
  readonly #shapes = new Map<string, Shape>()
  #behindSince: number | null = null

  /** What a read brought. */
  note(path: string, pumped: Pumped, now: number): void {
    const watched = this.#watched.get(path) ?? begin(now)
    this.#watched.set(path, watched)
    const silence = now - watched.last
    if (silence > watched.longest) watched.longest = silence
    watched.last = now
    if (now - watched.day >= DAY) {
      watched.daily.push(watched.longest)
      if (watched.daily.length > DAYS_KEPT) watched.daily.shift()
      watched.day = now
      watched.longest = 0
    }
    this.#countUnknown(watched, pumped, now)
    for (const sample of pumped.samples) this.#noteShape(path, sample, watched.lines, now)
  }

  #countUnknown(watched: Watched, { lines, unknown }: Pumped, now: number): void {
    if (lines === 0) return
    const share = unknown / lines
    const weight = Math.min(1, lines / RECENT)
    watched.recent += (share - watched.recent) * weight
    watched.recentLines += lines
    watched.lines += lines
    watched.usual += (share - watched.usual) * (lines / Math.min(watched.lines, 1_000_000))
    const bad = watched.recentLines >= RECENT && watched.recent > Math.max(UNKNOWN_SHARE, watched.usual + 0.2)
    watched.badSince = bad ? (watched.badSince ?? now) : null
  }

  #noteShape(path: string, sample: string, linesBefore: number, now: number): void {
    const key = `${path}\n${shapeOf(sample)}`
    const known = this.#shapes.get(key)
    if (known !== undefined) {
      known.count++
      known.last = now
      return
    }
    if (this.#shapes.size >= SHAPES) {
      // The rarest goes; a flood of different lines must not push out one that repeats.
      const [rarest] = [...this.#shapes].reduce((a, b) => (b[1].count < a[1].count ? b : a))
      this.#shapes.delete(rarest)
    }
    this.#shapes.set(key, { path, sample, count: 1, learnt: linesBefore < SHAPE_LEARNING, first: now, last: now })
  }

  /** Lets go of what is known of other logs than these: nobody reads them any more. */
  keepOnly(paths: ReadonlySet<string>): void {
    for (const path of this.#watched.keys()) if (!paths.has(path)) this.#watched.delete(path)
    for (const [key, { path }] of this.#shapes) if (!paths.has(path)) this.#shapes.delete(key)
  }

  /** Whether all there was has been read at any moment since the last call. */
  noteQueue(caughtUp: boolean, now: number): void {
    this.#behindSince = caughtUp ? null : (this.#behindSince ?? now)
  }

  /** The signs that stand at `now`. All moments are of a steady clock: a jump of the wall clock is no silence. */
  check(now: number): BlindSpot[] {
    const spots: BlindSpot[] = []
    for (const [path, watched] of this.#watched) {
      const silence = now - watched.last
      const limit = silenceLimit(watched)
      if (silence > limit) {
        spots.push({
          key: `silent ${path}`,
          text: `${path} has been silent for ${hours(silence)}; its longest silence so far was ${hours(Math.max(...watched.daily, watched.longest))}. Does the program that writes it still run, and write there?`,
          since: watched.last,
        })
      }
      if (watched.badSince !== null) {
        spots.push({
          key: `unread ${path}`,
          text: `${Math.round(watched.recent * 100)} % of the latest lines of ${path} are not understood; ${Math.round(watched.usual * 100)} % are usual. Has its format changed?`,
          since: watched.badSince,
        })
      }
    }
    for (const [key, { path, sample, count, learnt, first, last }] of this.#shapes) {
      if (learnt || count < SHAPE_REPEATS || now - last > SHAPE_REST) continue
      spots.push({
        key: `shape ${key}`,
        text: `a new kind of line in ${path} is not understood and keeps coming: ${sample}`,
        since: first,
      })
    }
    if (this.#behindSince !== null && now - this.#behindSince > BEHIND) {
      spots.push({
        key: 'behind',
        text: `reading cannot keep up with the logs: behind for ${hours(now - this.#behindSince)}`,
        since: this.#behindSince,
      })
    }
    return spots
  }

  /** Moments as ages: the next process has another steady clock. */
  snapshot(now: number): BlindnessSnapshot {
    return {
      watched: [...this.#watched].map(([path, { badSince, day, ...watched }]) => ({
        path,
        ...watched,
        day: now - day,
        badSince: badSince === null ? null : now - badSince,
      })),
      shapes: [...this.#shapes].map(([key, { first, last, ...shape }]) => ({
        key,
        ...shape,
        first: now - first,
        last: now - last,
      })),
    }
  }

  /** The program did not run in between: the time until `now` is no silence of the logs'. */
  restore(saved: BlindnessSnapshot, now: number): void {
    for (const { path, day, badSince, ...watched } of saved.watched) {
      const since = badSince === null ? null : now - badSince
      this.#watched.set(path, { ...watched, last: now, day: now - day, badSince: since })
    }
    for (const { key, count, learnt = count === null, first, last = 0, ...shape } of saved.shapes) {
      this.#shapes.set(key, { ...shape, count: count ?? 0, learnt, first: now - first, last: now - last })
    }
  }
}

export interface BlindnessSnapshot {
  watched: ({ path: string } & Watched)[]
  /** A checkpoint of an older version has no `learnt` and no `last`, and a count of null for what was learnt. */
  shapes: ({ key: string; count: number | null; learnt?: boolean; last?: number } & Pick<
    Shape,
    'path' | 'sample' | 'first'
  >)[]
}

function begin(now: number): Watched {
  return {
    last: now,
    daily: [],
    day: now,
    longest: 0,
    recent: 0,
    recentLines: 0,
    usual: 0,
    lines: 0,
    badSince: null,
  }
}

/** Twice the longest silence known; while few days are known, a day. */
function silenceLimit({ daily, longest }: Watched): number {
  if (daily.length < DAYS_NEEDED) return FIRST_DAYS_SILENCE
  return Math.max(LEAST_SILENCE, 2 * Math.max(...daily, longest))
}

const hours = (milliseconds: number): string =>
  milliseconds < 2 * HOUR ? `${Math.round(milliseconds / MINUTE)} minutes` : `${Math.round(milliseconds / HOUR)} hours`

/** A line with everything that varies taken out: numbers, hexadecimal words, quoted texts. */
function shapeOf(line: string): string {
  return line
    .slice(0, 200)
    .replace(/"[^"]*"/g, '""')
    .replace(/\b[0-9a-f]{6,}\b/gi, '#')
    .replace(/\d+/g, '#')
}
