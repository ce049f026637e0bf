/** An episode as a finding, in words: what was seen, what is usual, who was at it. */
import type { AddressTable } from '../core/addresses.ts'
import type { Reason, Severity } from '../core/finding.ts'
import { formatSpan, formatTime, MINUTE } from '../core/time.ts'
import type { Concluding } from '../kit/define-detector.ts'
import type { FindingDraft } from '../kit/define-rule.ts'
import { negativeBinomialTail } from '../kit/math/tails.ts'
import { advise, blockSources } from '../kit/recommend.ts'
import type { HostFacts } from '../kit/services.ts'
import type { Episode, Peak } from './episodes.ts'
import { FAMILIES, MEASURES, type Measure } from './measures.ts'
import type { MonitorSettings } from './series.ts'

export interface TellOptions {
  addresses: AddressTable
  host: HostFacts
  settings: MonitorSettings
  calibrated: boolean
  context: Concluding
}

/** A source stands out that made so much of the whole; only those are accused. */
const SHARE = 0.02
const LEAST_OF_SOURCE = 5
const MOST_ACCUSED = 50
const SOURCES_TOLD = 3
const GROUPS_TOLD = 3
/** A rule's finding explains a source's part when it tells of at least so many events, at that time. */
const EXPLAINS = 10
const MARGIN = 5 * MINUTE
/** Ratios from which on a rate is medium and high, against at least a fifth of the floor. */
const RATIO = { medium: 5, high: 25, base: 0.2 }

const TECHNIQUES: Readonly<Record<(typeof FAMILIES)[number], readonly string[]>> = {
  web: ['T1499.002'],
  login: ['T1110'],
  other: ['T1498.001'],
}

const NOUNS: Readonly<Record<Measure, string>> = {
  requests: 'requests',
  errors: 'requests refused or failed (4xx, 5xx)',
  logins: 'failed logins',
  others: 'other events',
}

/** The finding, or undefined where what rules and campaigns tell leaves nothing unusual. */
export function tellEpisode(episode: Episode, options: TellOptions): FindingDraft | undefined {
  const { addresses, host, calibrated } = options
  const [lead] = episode.peaks
  const told = toldBy(episode, options)
  const left = episode.total - told.events
  if (told.events > 0 && left < Math.max(options.settings.floors[lead.measure], 2 * lead.mean)) return undefined
  const accused = accusedOf(episode).map(({ source }) => addresses.format(source))
  const family = FAMILIES[episode.family]
  return {
    identity: `${family} ${formatTime(episode.first)}`,
    rule: 'rate-anomaly',
    kind: 'rate',
    title: `${titleOf(lead, addresses)}; ${usual(lead.mean)} usual`,
    severity: severityOf(lead, options.settings.floors[lead.measure]),
    confidence: calibrated ? 0.7 : 0.5,
    first: episode.first,
    last: episode.last,
    count: episode.count,
    sources: accused,
    users: [],
    hosts: [],
    reasons: [
      ...episode.peaks.slice(0, 4).map((peak, i) => reasonOf(peak, i === 0, options)),
      ...lastingReason(episode),
      ...sourceReason(episode, addresses),
      ...groupReason(episode),
      ...(told.rules.length === 0 ? [] : [{ text: `Part of it is told by ${told.rules.join(', ')}` }]),
      ...(calibrated ? [] : [{ text: 'Uncalibrated: there are too few clean days to check the chance against' }]),
    ],
    evidence: episode.evidence,
    techniques: TECHNIQUES[family],
    recommendations: [
      advise(
        'A rate says that it is more than usual, not that it is an attack: a link that went round, a backup or a test of your own looks the same. Look at the lines.',
      ),
      ...(accused.length === 0 ? [] : blockSources(accused, host)),
    ],
    details: { rate: detailsOf(episode, options) },
  }
}

/** `312 requests in 60 s`, `312 requests for /api in 60 s`, `900 requests from 203.0.113.7 in 60 s`. */
function titleOf({ scope, group, key, measure, observed }: Peak, addresses: AddressTable): string {
  const what = `${figure(observed)} ${NOUNS[MEASURES[measure]]}`
  if (scope === 'source') return `${what} from ${addresses.format(key)} in 60 s`
  return scope === 'server' ? `${what} in 60 s` : `${what} for ${group === 'other' ? 'rare paths' : group} in 60 s`
}

function usual(mean: number): string {
  if (mean < 0.5) return 'hardly any is'
  return mean < 1.5 ? '1 is' : `${figure(Math.round(mean))} are`
}

const figure = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',')

function reasonOf(peak: Peak, leads: boolean, { addresses, settings }: TellOptions): Reason {
  const measure = MEASURES[peak.measure]
  const where = peak.scope === 'source' ? 'one source' : peak.scope === 'group' ? 'this part of the site' : 'the server'
  return {
    text: `${titleOf(peak, addresses)}; ${usual(peak.mean)} usual${leads ? ` for ${where}` : ''}; ${chanceOf(peak, settings)}`,
    feature: `rate.${peak.scope}.${measure}`,
    observed: peak.observed,
    expected: Math.round(peak.mean * 10) / 10,
  }
}

function chanceOf({ observed, mean, shape, deviation }: Peak, { mode }: MonitorSettings): string {
  if (mode === 'z') {
    const z = deviation > 0 ? (observed - mean) / deviation : Infinity
    return z < 1000
      ? `${z.toFixed(1)} standard deviations above the mean of 30 minutes`
      : 'the 30 minutes before did not vary at all'
  }
  if (mode === 'ratio') return mean > 0 ? `${(observed / mean).toFixed(1)} times the mean of 30 minutes` : 'none before'
  const power = Math.floor(-negativeBinomialTail(observed, mean, shape))
  return `one chance in 10^${Math.min(power, 300)}`
}

function lastingReason({ first, last, count, peaks: [lead] }: Episode): Reason[] {
  if (last - first < 2 * MINUTE) return []
  return [
    {
      text: `It lasted ${formatSpan(last - first)}: ${figure(count)} ${NOUNS[MEASURES[lead.measure]]} in all`,
      feature: 'rate.lasting_seconds',
      observed: Math.round((last - first) / 1000),
    },
  ]
}

function accusedOf({ sources, total, peaks: [lead] }: Episode): Episode['sources'] {
  if (lead.scope === 'source') return sources
  const least = Math.max(LEAST_OF_SOURCE, SHARE * total)
  return sources.filter(({ count }) => count >= least).slice(0, MOST_ACCUSED)
}

function sourceReason(episode: Episode, addresses: AddressTable): Reason[] {
  const { sources, active, total, peaks } = episode
  if (peaks[0].scope === 'source' || sources.length === 0) return []
  const accused = accusedOf(episode)
  const feature = { feature: 'rate.sources', observed: active }
  if (accused.length === 0) {
    return [
      { text: `Spread over ${figure(active)} addresses, of which none made more than ${sources[0].count}`, ...feature },
    ]
  }
  const names = accused
    .slice(0, SOURCES_TOLD)
    .map(({ source, count }) => `${addresses.format(source)} ${figure(count)}`)
  return [{ text: `Of ${figure(total)} by ${figure(active)} addresses: ${names.join(', ')}`, ...feature }]
}

function groupReason({ groups, peaks: [lead] }: Episode): Reason[] {
  if (lead.scope === 'group' || groups.length === 0) return []
  const names = groups.slice(0, GROUPS_TOLD).map(({ group, count }) => `${group} ${figure(count)}`)
  return [{ text: `By path: ${names.join(', ')}` }]
}

/** '5x' lives on as a label: how grave, not whether. */
function severityOf({ observed, mean }: Peak, floor: number): Severity {
  const ratio = observed / Math.max(mean, RATIO.base * floor)
  return ratio >= RATIO.high ? 'high' : ratio >= RATIO.medium ? 'medium' : 'low'
}

/** Events at the height that findings of rules and campaigns explain, and whose findings those are. */
function toldBy(episode: Episode, { addresses, context }: TellOptions): { events: number; rules: string[] } {
  const near = context.findings.filter(
    ({ kind, count, first, last }) =>
      (kind === 'rule' || kind === 'campaign') &&
      count >= EXPLAINS &&
      first <= episode.last + MARGIN &&
      last >= episode.first - MARGIN,
  )
  if (near.length === 0) return { events: 0, rules: [] }
  const known = new Map(near.flatMap(({ rule, sources }) => sources.map(source => [source, rule] as const)))
  let events = 0
  const rules = new Set<string>()
  for (const { source, count } of episode.sources) {
    const rule = known.get(addresses.format(source))
    if (rule === undefined) continue
    events += count
    rules.add(rule)
  }
  return { events, rules: [...rules].sort() }
}

function detailsOf({ peaks, sources, active, groups }: Episode, { addresses, settings }: TellOptions) {
  return {
    mode: settings.mode,
    window_seconds: 60,
    peaks: peaks.map(peak => ({
      scope: peak.scope,
      ...(peak.scope === 'source' ? { source: addresses.format(peak.key) } : {}),
      ...(peak.scope === 'group' ? { group: peak.group } : {}),
      measure: MEASURES[peak.measure],
      observed: peak.observed,
      expected: Math.round(peak.mean * 100) / 100,
      time: formatTime(peak.time),
    })),
    active_sources: active,
    top_sources: sources
      .slice(0, MOST_ACCUSED)
      .map(({ source, count }) => ({ source: addresses.format(source), count })),
    groups: groups.slice(0, 10),
  }
}
