/** The anomaly detectors, in the order in which they conclude; one line each. */
import type { AnalyzerUnit } from '../kit/define-detector.ts'
import sourceRanking from './source-ranking.ts'
import windowAnomaly from './window-anomaly.ts'

export const ANALYZERS: readonly AnalyzerUnit[] = [windowAnomaly, sourceRanking]
