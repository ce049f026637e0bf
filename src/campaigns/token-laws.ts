/**
 * Glue besides names: what the sources of an interval show of their program and place, against what the rest of the log
 * shows. A kind of token speaks only where the two differ by more than chance; then its ratio c/q weighs like
 * a name's, but no token by itself changes the odds more than tenfold: programs are shared, and texts are the client's.
 */
import { stabilityIndex } from '../kit/math/drift.ts'
import type { TokenFamily } from '../kit/math/excess-mixture.ts'
import type { Arrivals } from './arrivals.ts'
import type { Places } from './places.ts'
import { TEXT_KINDS, type TextKind } from './source-tokens.ts'
import type { AttemptStore } from './store.ts'
import { isOfTheWeb, SURFACE } from './surfaces.ts'

type MarkKind = TextKind | 'way' | 'port' | 'pace' | 'network' | 'provider'

/** What most participants show and others hardly. */
export interface Mark {
  kind: MarkKind
  /** The text's number, the lower end of the class, a digest, or a network. */
  token: Token
  /** A participant that shows it. */
  example: number
  /** Share of the participants that show it, and of the strangers at other times. */
  share: number
  usual: number
}

/** A kind of token as a family of the mixture. */
interface GlueFamily extends TokenFamily {
  kind: MarkKind
  /** What each number stands for; the first is everything rare. */
  tokens: readonly Token[]
}

/** A number of a text, a digest, the lower end of a class, a neighbourhood (`N` and its number) or a provider (`A...`). */
type Token = number | string

/** The rest: tokens that hardly anybody shows. */
const REST = ''
/** Sources that must show a token of the kind, in the interval and outside, before their laws are compared. */
const LEAST_INSIDE = 5
const LEAST_OUTSIDE = 20
/**
 * A token is one by itself where this share shows it, in the interval (five sources at least) or outside. Below that
 * chance makes little groups: three of one /24 are no campaign's mark, and taken for one they cost precision.
 */
const COMMON = 0.05
const TOGETHER = 5
/** Sources that the interval's own law weighs in q: what was never seen before is no proof. */
const WEIGHT = 5
/** Chance at which an interval seems to differ from the rest when it does not. */
const ALPHA = 0.001
const SMOOTHING = 0.02
const LIMIT = 10
/** Sources outside whose provider is looked up; a database is slow. */
const MOST_LOOKUPS = 5000
/** Lower ends of the classes of ports: below 1024 are privileged ones, from 32768 to 60999 those that Linux gives. */
export const PORTS = [1, 1024, 32_768, 61_000]
/** Lower ends of the classes of attempts a connection. */
export const PACES = [1, 2, 3, 5, 10]
/** A token is told where at least half of the participants show it, and three times the usual share. */
const TOLD_SHARE = 0.5
const TOLD_RATIO = 3

interface Glue {
  store: AttemptStore
  arrivals: Arrivals
  places: Places
  /** The sources of the interval, and the arrivals' indices of each. */
  sources: readonly number[]
  bySource: ReadonlyMap<number, number[]>
  taken: Uint8Array
}

/** The kinds of tokens that tell the interval's sources from others. */
export function glueFamilies(glue: Glue): GlueFamily[] {
  const others = othersOf(glue)
  const families: GlueFamily[] = []
  for (const { kind, tokenOf, most } of kindsOf(glue)) {
    const family = familyOf(kind, tokenOf, glue.sources, others, most)
    if (family !== undefined) families.push(family)
  }
  return families
}

/** What the participants (by their posteriors) have in common that others have not. */
export function marksOf(families: readonly GlueFamily[], sources: readonly number[], posterior: Float64Array): Mark[] {
  const marks: Mark[] = []
  for (const { kind, tokens, sources: lists, baseline } of families) {
    const counts = new Float64Array(tokens.length)
    let total = 0
    const examples = new Map<number, number>()
    for (const [i, shown] of lists.entries()) {
      if (posterior[i] <= 0.5 || shown.length === 0) continue
      counts[shown[0]]++
      if (!examples.has(shown[0])) examples.set(shown[0], sources[i])
      total++
    }
    for (let u = 1; u < tokens.length; u++) {
      const share = counts[u] / Math.max(1, total)
      const example = examples.get(u)
      if (example !== undefined && share >= TOLD_SHARE && share >= TOLD_RATIO * baseline[u])
        marks.push({ kind, token: tokens[u], example, share, usual: baseline[u] })
    }
  }
  return marks.sort((a, b) => b.share / b.usual - a.share / a.usual || (a.kind < b.kind ? -1 : 1))
}

/** Sources that came at other times, without those that campaigns explain, in order of their numbers. */
function othersOf({ arrivals, bySource, taken }: Glue): number[] {
  const others: number[] = []
  for (let i = 0; i < arrivals.length; i++) {
    if (arrivals.first[i] === 1 && taken[i] === 0 && !bySource.has(arrivals.source[i])) others.push(arrivals.source[i])
  }
  return others
}

interface KindOfToken {
  kind: MarkKind
  /** The source's token; undefined where it shows none. */
  tokenOf: (source: number) => Token | undefined
  /** Sources outside that are looked at. */
  most?: number
}

function kindsOf({ store: { tokens, count }, arrivals, places, sources, bySource }: Glue): KindOfToken[] {
  const texts = TEXT_KINDS.map(kind => ({ kind, tokenOf: (source: number) => some(tokens.textId(kind, source)) }))
  const way = { kind: 'way', tokenOf: (source: number) => some(tokens.wayOf(source)) } as const
  const port = { kind: 'port', tokenOf: (source: number) => classOf(PORTS, tokens.portOf(source)) } as const
  const isSsh = arrivals.surface === SURFACE.ssh
  const attempts = new Map<number, number>()
  if (isSsh) {
    for (let i = 0; i < arrivals.length; i++) {
      const source = arrivals.source[i]
      // A single connection's attempts are told by those of its name.
      if (tokens.connectionsOf(source) > 1) attempts.set(source, (attempts.get(source) ?? 0) + count[arrivals.row[i]])
    }
  }
  const pace = {
    kind: 'pace',
    tokenOf: (source: number) =>
      classOf(PACES, (attempts.get(source) ?? 0) / Math.max(1, tokens.connectionsOf(source))),
  } as const
  const neighbours = new Map<number, number>()
  for (const source of sources) {
    const network = places.networkOf(source)
    neighbours.set(network, (neighbours.get(network) ?? 0) + 1)
  }
  const together = (source: number): string | undefined =>
    (neighbours.get(places.networkOf(source)) ?? 0) >= leastOf(sources.length)
      ? `N${places.networkOf(source)}`
      : undefined
  const network = { kind: 'network', tokenOf: (source: number) => together(source) ?? REST } as const
  const provider = {
    kind: 'provider',
    tokenOf: (source: number) => {
      if (together(source) !== undefined) return undefined
      const number = places.providerOf?.(source)
      return number === undefined ? undefined : `A${number}`
    },
    most: MOST_LOOKUPS,
  } as const
  // Over SSH a source's web tokens say nothing, and the other way round.
  const isWeb = isOfTheWeb(arrivals.surface)
  const own = isWeb ? ['agent', 'query'] : ['farewell', 'method', 'key']
  return [
    ...texts.filter(({ kind }) => own.includes(kind)),
    ...(isWeb ? [way] : [port]),
    ...(isSsh && bySource.size > 0 ? [pace] : []),
    network,
    ...(places.providerOf === undefined ? [] : [provider]),
  ]
}

function familyOf(
  kind: MarkKind,
  tokenOf: (source: number) => Token | undefined,
  sources: readonly number[],
  others: readonly number[],
  most = Infinity,
): GlueFamily | undefined {
  const shown = sources.map(tokenOf)
  const inside = tally(shown)
  if (inside.total < LEAST_INSIDE) return undefined
  const step = Math.max(1, Math.ceil(others.length / most))
  const outside = tally(others.filter((_, i) => i % step === 0).map(tokenOf))
  if (outside.total < LEAST_OUTSIDE) return undefined
  const tokens: Token[] = [REST]
  for (const [token, count] of [...inside.counts, ...outside.counts]) {
    if (token === REST || tokens.includes(token)) continue
    const here = (inside.counts.get(token) ?? 0) >= leastOf(inside.total)
    if (here || (count >= TOGETHER && (outside.counts.get(token) ?? 0) >= COMMON * outside.total)) tokens.push(token)
  }
  if (tokens.length < 2) return undefined
  const numbers = new Map(tokens.map((token, u) => [token, u]))
  const countsOf = ({ counts }: Tally): Float64Array => {
    const sums = new Float64Array(tokens.length)
    for (const [token, count] of counts) sums[numbers.get(token) ?? 0] += count
    return sums
  }
  const here = countsOf(inside)
  const there = countsOf(outside)
  if (!stabilityIndex(there, here, ALPHA).drifted) return undefined
  const baseline = here.map((count, u) => {
    const own = (count + 0.5) / (inside.total + 0.5 * tokens.length)
    return (there[u] + WEIGHT * own) / (outside.total + WEIGHT)
  })
  return {
    kind,
    tokens,
    sources: shown.map(token => (token === undefined ? [] : [numbers.get(token) ?? 0])),
    baseline,
    smoothing: SMOOTHING,
    limit: LIMIT,
  }
}

/** Sources of so many that must show a token. */
function leastOf(sources: number): number {
  return Math.max(TOGETHER, COMMON * sources)
}

interface Tally {
  counts: Map<Token, number>
  total: number
}

function tally(shown: readonly (Token | undefined)[]): Tally {
  const counts = new Map<Token, number>()
  let total = 0
  for (const token of shown) {
    if (token === undefined) continue
    counts.set(token, (counts.get(token) ?? 0) + 1)
    total++
  }
  return { counts, total }
}

function some(id: number): number | undefined {
  return id === 0 ? undefined : id
}

/** The lower end of the class that the value is in; undefined below the first. */
function classOf(ends: readonly number[], value: number): number | undefined {
  return ends.findLast(end => value >= end)
}
