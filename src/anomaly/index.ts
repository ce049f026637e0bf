import type { AnalyzerUnit } from '../kit/define-detector.ts'

/** The anomaly detectors, in the order in which they conclude. */
export const ANALYZERS: readonly AnalyzerUnit[] = []
