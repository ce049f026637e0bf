/** The detectors beyond the rules: which run, with what budget and model, and what the report says of them. */
import type { AddressTable } from '../core/addresses.ts'
import type { DetectionReport } from '../core/report.ts'
import type { Engine } from '../engine/engine.ts'
import type { AnalyzerSpec } from '../kit/define-detector.ts'
import type { Services } from '../kit/services.ts'

export interface DetectionSettings {
  enabled: boolean
  budgetPerWeek: number
  seed: number
}

export function openAnalyzers(settings: DetectionSettings, addresses: AddressTable, services: Services): AnalyzerSpec[] {
  void addresses
  void services
  return settings.enabled ? [] : []
}

export function describeDetection(settings: DetectionSettings, engine: Engine, days: number): DetectionReport {
  void engine
  void days
  return { mode: settings.enabled ? 'self' : 'rules-only', calibrated: false, budget_per_week: settings.budgetPerWeek, notes: [] }
}
