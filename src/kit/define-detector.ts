/**
 * Declarations of analyzers: detectors that look at the whole (campaigns, anomalies) and so conclude at the end, or
 * whenever they are asked, rather than at an event.
 */
import type { z } from 'zod'
import type { AddressTable } from '../core/addresses.ts'
import type { EventKind } from '../core/event.ts'
import type { FindingKind } from '../core/finding.ts'
import type { EventView } from '../core/view.ts'
import type { FindingDraft } from './define-rule.ts'
import type { Services } from './services.ts'
import type { Json } from './state/primitive.ts'

/** What the rules have found so far, for analyzers that build on it. */
export interface Concluding {
  /** Sources that rules flagged, with the interval: their events stay out of training. */
  flagged: ReadonlyMap<number, readonly [number, number]>
  findings: readonly FindingDraft[]
}

export interface Analyzer {
  observe(event: EventView): void
  /** Findings from all that was observed. May be called more than once (live); later answers replace earlier ones by identity. */
  conclude(context: Concluding): FindingDraft[]
  snapshot(): Json
  restore(snapshot: Json): void
}

/** What an analyzer is opened with. */
export interface AnalyzerContext {
  addresses: AddressTable
  services: Services
  /** False alarms a week that all detectors together may raise. */
  budgetPerWeek: number
  seed: number
  /** The trained baseline's body for this analyzer, where there is a model. */
  model?: Json
}

export interface AnalyzerDeclaration<Shape extends z.ZodRawShape> {
  /** = file name; its TOML table is [detectors.<id with underscores>]. */
  id: string
  kind: FindingKind
  title: string
  description: string
  techniques: string[]
  on: readonly EventKind[]
  options: Shape
  open: (options: z.infer<z.ZodObject<Shape>>, context: AnalyzerContext) => Analyzer
}

/** An analyzer ready to be opened by the engine. */
export interface AnalyzerSpec {
  readonly id: string
  readonly on: readonly EventKind[]
  open(): Analyzer
}
