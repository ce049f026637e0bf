/** A period's reasons: observed against usual, in counts an owner knows. */
import type { Reason } from '../core/finding.ts'
import { escapeTerminal } from '../core/text.ts'
import { FEATURES, type FeatureSpec, isPlain, tellFeature, tellNumber } from './feature-spec.ts'
import type { Gathered } from './window-features.ts'
import type { SurfaceFeed } from './window-feed.ts'
import type { Part } from './window-period.ts'
import { rowOf } from './window-series.ts'
import type { Usual } from './yardstick.ts'

const MOST_REASONS = 4
/** Share of a feature in the score from which it is worth a reason, where its count does not stand out by itself. */
const LEAST_SHARE = 0.1
/** Fewer addresses on one name are no meeting. */
const LEAST_MEETING = 3

export interface ReasonOptions {
  feed: SurfaceFeed
  calibrated: boolean
  /** What it was compared with, in words: `the 22 other days`. */
  compared: string
}

/** What stands out first, then what the models' attribution adds to it, then the caveats. */
export function reasonsOf(peak: Part, { calibrated, compared, feed }: ReasonOptions): Reason[] {
  const { alarm, standing } = peak
  const { series, index, yardstick } = alarm
  const specs = FEATURES[series.surface]
  const row = rowOf(series, index)
  const { contributions, total } = yardstick.explain(row)
  const adds = (j: number): boolean =>
    isPlain(specs[j]) && contributions[j] >= LEAST_SHARE * total && row[j] > yardstick.usual[j].median
  const helping = specs
    .map((_, j) => j)
    .filter(j => !standing.includes(j) && adds(j))
    .sort((a, b) => contributions[b] - contributions[a] || a - b)
  const span = series.scale === 1 ? 'an hour' : `${series.scale} hours`
  const reasons = [...standing, ...helping].slice(0, MOST_REASONS).map((j, place) => {
    const reference = place === 0 ? ` in ${compared}` : ''
    return reasonOf(specs[j], row[j], yardstick.usual[j], span, reference)
  })
  const meeting = meetingOf(peak, feed)
  if (meeting !== undefined) reasons.push(meeting)
  if (yardstick.isFallback) {
    reasons.push({
      text: 'Too little history for the models: robust z-scores over less than a week, so take it as a hint',
    })
  } else if (!calibrated) {
    reasons.push({ text: 'Uncalibrated: there are too few clean days to promise how often chance alone does this' })
  }
  return reasons
}

/** `2 are usual`. */
export const tellUsual = (spec: FeatureSpec, { median }: Usual): string =>
  `${tellNumber(spec, median)} ${spec.count && median === 1 ? 'is' : 'are'} usual`

function reasonOf(spec: FeatureSpec, observed: number, usual: Usual, span: string, reference: string): Reason {
  const seen = spec.count
    ? `, and${reference} only 1 of 100 had more than ${tellNumber(spec, Math.ceil(usual.high))}`
    : ''
  return {
    text: `${tellFeature(spec, observed)} in ${span}; ${tellUsual(spec, usual)}${seen}`,
    feature: spec.id,
    observed: rounded(observed),
    expected: rounded(usual.median),
  }
}

/** To three decimals, as figures go into a report. */
export const rounded = (value: number): number => Math.round(value * 1000) / 1000

/** The name or path on which most of them met, where several did. */
function meetingOf({ alarm, gathered }: Part, feed: SurfaceFeed): Reason | undefined {
  const web = alarm.series.surface === 'web'
  const { token, width } = widest(gathered, web)
  const text = feed.tokens.textOf(token)
  if (text === undefined || width < LEAST_MEETING) return undefined
  const what = text === '' ? 'the empty name' : escapeTerminal(text)
  return { text: web ? `${width} addresses posted to ${what}` : `${width} addresses tried the name ${what}` }
}

function widest({ tokens }: Gathered, posts: boolean): { token: number; width: number } {
  const best = { token: -1, width: 0 }
  for (const [token, { sources, posters }] of tokens) {
    const width = posts ? posters : sources
    if (width > best.width || (width === best.width && width > 0 && token < best.token)) {
      best.width = width
      best.token = token
    }
  }
  return best
}
