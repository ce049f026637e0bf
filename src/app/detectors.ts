/** Every detector beyond the rules, in the order in which they conclude: a later one sees what earlier ones found. */
import { ANALYZERS as ANOMALIES } from '../anomaly/index.ts'
import { ANALYZERS as CAMPAIGNS } from '../campaigns/index.ts'
import type { AnalyzerUnit } from '../kit/define-detector.ts'
import { ANALYZERS as RATES } from '../rates/index.ts'

export const DETECTORS: readonly AnalyzerUnit[] = [...CAMPAIGNS, ...RATES, ...ANOMALIES]
