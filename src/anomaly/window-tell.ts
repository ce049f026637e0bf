/** From unusual periods to findings. */

import type { AddressTable } from '../core/addresses.ts'
import { grouped } from '../core/figure.ts'
import { formatTime, HOUR } from '../core/time.ts'
import type { FindingDraft } from '../kit/define-rule.ts'
import { advise } from '../kit/recommend.ts'
import { FEATURES, tellFeature } from './feature-spec.ts'
import { doingsOf, makersOf, type Part, type Period, usersOf } from './window-period.ts'
import { type ReasonOptions, reasonsOf, rounded, tellUsual } from './window-reasons.ts'
import { rowOf } from './window-series.ts'

export interface TellOptions extends ReasonOptions {
  addresses: AddressTable
}

/** The finding about a period; its title names what stood out most. */
export function tellPeriod(period: Period, options: TellOptions): FindingDraft {
  const { feed, addresses } = options
  const { peak, parts } = period
  const { series, index } = peak.alarm
  const specs = FEATURES[series.surface]
  const vector = rowOf(series, index)
  const [telling] = peak.standing
  const usual = peak.alarm.yardstick.usual[telling]
  const { accused, doers, residents } = makersOf(period, feed)
  const { first, count, evidence } = doingsOf(period, doers, feed)
  const from = Math.min(...parts.map(({ alarm }) => alarm.series.windows[alarm.index].from)) * HOUR
  const to = Math.max(...parts.map(({ alarm }) => alarm.series.windows[alarm.index].to)) * HOUR
  const span = series.scale === 1 ? 'hour' : `${series.scale} hours`
  const ssh = series.surface === 'ssh'
  return {
    identity: `${series.surface} ${formatTime(from)}`,
    rule: 'window-anomaly',
    kind: 'anomaly',
    title: `Unusual ${span} on ${ssh ? 'SSH' : 'the web site'}: ${tellFeature(specs[telling], vector[telling])}, ${tellUsual(specs[telling], usual)}`,
    ...gravityOf(peak, options.calibrated),
    first: Math.max(from, Number.isFinite(first) ? first : from),
    last: to - 1,
    count,
    sources: accused.map(source => addresses.format(source)),
    users: ssh ? usersOf(period, feed) : [],
    hosts: [],
    reasons: [...reasonsOf(peak, options), ...tellResidents(residents, accused.length)],
    evidence,
    techniques: ssh ? ['T1110'] : ['T1595'],
    recommendations: [
      advise(
        'Nobody is proven to attack: it is only more than this server has seen. Look at the lines; if it was you (a new service, a test, many guests), nothing is to be done.',
      ),
    ],
    details: detailsOf(period, options.calibrated),
  }
}

/** That who has a key to the house is not named, where many have. */
function tellResidents(residents: number, accused: number): { text: string }[] {
  if (residents === 0) return []
  const who = residents === 1 ? '1 address' : `${grouped(residents)} addresses`
  const text = `${who} of the period also logged in here and ${residents === 1 ? 'is' : 'are'} not named`
  return [{ text: accused === 0 ? `${text}: expired or changed passwords look like this` : text }]
}

/** Low, as it is only unusual; medium where ten sources or more make what is far beyond what is seen. */
function gravityOf(
  { alarm, standing, gathered }: Part,
  calibrated: boolean,
): { severity: 'low' | 'medium'; confidence: number } {
  const row = rowOf(alarm.series, alarm.index)
  const extreme = standing.some(j => row[j] >= 3 * alarm.yardstick.usual[j].high + 10)
  const severity = extreme && gathered.sources.size >= 10 ? 'medium' : 'low'
  if (alarm.yardstick.isFallback) return { severity, confidence: 0.2 }
  return { severity, confidence: severity === 'medium' ? (calibrated ? 0.5 : 0.4) : calibrated ? 0.4 : 0.3 }
}

/** For machines: the windows with their scores, and the peak's features, what was usual, and their shares of the score. */
function detailsOf({ parts, peak }: Period, calibrated: boolean): Record<string, unknown> {
  const { series, index, yardstick } = peak.alarm
  const specs = FEATURES[series.surface]
  const vector = rowOf(series, index)
  const { contributions, total } = yardstick.explain(vector)
  const byFeature = (value: (j: number) => number): Record<string, number> =>
    Object.fromEntries(specs.map(({ id }, j) => [id, rounded(value(j))]))
  return {
    windows: parts.map(({ alarm }) => ({
      start: formatTime(alarm.series.windows[alarm.index].from * HOUR),
      hours: alarm.series.scale,
      score: rounded(alarm.statistic),
    })),
    features: byFeature(j => vector[j]),
    usual: byFeature(j => yardstick.usual[j].median),
    contributions: byFeature(j => (total > 0 ? contributions[j] / total : 0)),
    calibrated,
  }
}
