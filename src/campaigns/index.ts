/** The detectors of distributed attacks; one line each. */
import type { AnalyzerUnit } from '../kit/define-detector.ts'
import campaigns from './campaigns.ts'

export const ANALYZERS: readonly AnalyzerUnit[] = [campaigns]
