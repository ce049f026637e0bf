/** The features of a window, with their words: what a model learns from and what a finding's reasons say. */
import { grouped } from '../core/figure.ts'
import { hashLabel } from '../core/random.ts'

export type Surface = 'ssh' | 'web'

export interface FeatureSpec {
  readonly id: string
  /** Counts are taken as log1p and may be told as "more than ever"; the rest are shares, bits and ratios. */
  readonly count: boolean
  /** What the number is of, as it stands after it: `38 addresses`. */
  readonly one: string
  readonly many: string
  /** How a number is written; counts are whole. */
  readonly unit?: 'percent' | 'bits' | 'ratio' | 'bytes'
}

const count = (id: string, one: string, many: string): FeatureSpec => ({ id, count: true, one, many })
const measure = (id: string, unit: NonNullable<FeatureSpec['unit']>, words: string): FeatureSpec => ({
  id,
  count: false,
  one: words,
  many: words,
  unit,
})

/** Fourteen for SSH. `first-seen` and `never-seen` are against everything before the window. */
const SSH: readonly FeatureSpec[] = [
  count('attempts', 'failed login', 'failed logins'),
  count('sources', 'address that failed', 'addresses that failed'),
  count('new_sources', 'address never seen before', 'addresses never seen before'),
  count('names', 'name tried', 'names tried'),
  count('fan_in', 'address on one name', 'addresses on one name'),
  count('fan_out', 'name from one address', 'names from one address'),
  measure('name_entropy', 'bits', 'of variety in the names'),
  count('new_names', 'name never tried before', 'names never tried before'),
  count('valid_failures', 'failure on accounts that exist', 'failures on accounts that exist'),
  measure('single_share', 'percent', 'of the addresses with one connection only'),
  measure('network_ratio', 'ratio', '/24 networks for each address'),
  measure('connection_tries', 'ratio', 'tries for each connection'),
  measure('arrival_cv', 'ratio', 'spread of the gaps between arrivals (1 is chance)'),
  count('new_network_logins', 'login from a network new to this host', 'logins from networks new to this host'),
]

/** Their counterparts for web logs: name -> path template. */
const WEB: readonly FeatureSpec[] = [
  count('requests', 'request', 'requests'),
  count('sources', 'address', 'addresses'),
  count('new_sources', 'address never seen before', 'addresses never seen before'),
  count('paths', 'path', 'different paths'),
  count('new_paths', 'path never asked for before', 'paths never asked for before'),
  count('form_fan_in', 'address posting to one path', 'addresses posting to one path'),
  count('posts', 'POST', 'POSTs'),
  measure('error_share', 'percent', 'of the requests refused or not found'),
  count('agents', 'kind of client', 'kinds of client'),
  { id: 'bytes', count: true, one: 'bytes sent', many: 'bytes sent', unit: 'bytes' },
  measure('path_entropy', 'bits', 'of variety in the paths'),
  count('failing_sources', 'address refused or led to nothing', 'addresses refused or led to nothing'),
  measure('single_share', 'percent', 'of the addresses with one request only'),
  measure('arrival_cv', 'ratio', 'spread of the gaps between arrivals (1 is chance)'),
]

export const FEATURES: Readonly<Record<Surface, readonly FeatureSpec[]>> = { ssh: SSH, web: WEB }

/** Features that need a past: in the first day of a log everything is new, so they say nothing there. */
export const NOVELTY: ReadonlySet<string> = new Set(['new_sources', 'new_names', 'new_paths', 'new_network_logins'])

/** Lengths of the windows in hours. */
export const SCALES = [1, 6] as const
export type Scale = (typeof SCALES)[number]

/** Changes when a feature, its order, its transform or a window's length does: a model of another hash is refused. */
export function featureSpecHash(): string {
  const text = Object.entries(FEATURES).map(
    ([surface, specs]) => `${surface}:${specs.map(({ id, count }) => `${id}${count ? '#' : ''}`).join()}`,
  )
  return hashLabel(`${text.join(';')}|${SCALES.join()}`)
    .toString(16)
    .padStart(8, '0')
}

/** A feature's number in words with its noun: `38 addresses that failed`, `92 % of the requests ...`. */
export function tellFeature(spec: FeatureSpec, value: number): string {
  return `${tellNumber(spec, value)} ${value === 1 ? spec.one : spec.many}`
}

/** A feature's number in its unit, for people. */
export function tellNumber({ unit }: FeatureSpec, value: number): string {
  if (unit === 'percent') return `${Math.round(value * 100)} %`
  if (unit === 'bits') return `${value.toFixed(1)} bits`
  if (unit === 'ratio') return value.toFixed(value < 10 ? 1 : 0)
  if (unit === 'bytes') return tellBytes(value)
  if (value < 10 && !Number.isInteger(value)) return value.toFixed(1)
  return grouped(value)
}

/** Bits and ratios are for details: no owner thinks in them. */
export const isPlain = ({ count, unit }: FeatureSpec): boolean => count || unit === 'percent'

function tellBytes(bytes: number): string {
  if (bytes < 10_000) return `${Math.round(bytes)}`
  return bytes < 1e7 ? `${Math.round(bytes / 1e3)} thousand` : `${grouped(bytes / 1e6)} million`
}
