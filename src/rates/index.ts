/** The rate detectors; one line each. */
import type { AnalyzerUnit } from '../kit/define-detector.ts'
import rateAnomaly from './rate-anomaly.ts'

export const ANALYZERS: readonly AnalyzerUnit[] = [rateAnomaly]
export { type BoardView, RateBoard } from './board.ts'
export { RateAnomaly } from './rate-anomaly.ts'
