/**
 * Declarations of analyzers: detectors that look at the whole (campaigns, anomalies) and so conclude at the end, or
 * whenever they are asked, rather than at an event. An analyzer declares itself like a rule: one file, one line in its
 * folder's index; config table, docs and `train` follow from the declaration.
 */
import { z } from 'zod'
import type { AddressTable } from '../core/addresses.ts'
import type { EventKind } from '../core/event.ts'
import type { FindingKind } from '../core/finding.ts'
import type { EventView } from '../core/view.ts'
import type { FindingDraft } from './define-rule.ts'
import type { Services } from './services.ts'
import type { Json } from './state/primitive.ts'
import type { Translation } from './state/translation.ts'

/** What the rules have found so far, for analyzers that build on it. */
export interface Concluding {
  /** Sources that rules flagged, with the interval: their events stay out of training. */
  flagged: ReadonlyMap<number, readonly [number, number]>
  /** Findings raised before this analyzer's turn: the rules', and those of analyzers declared before it. */
  findings: readonly FindingDraft[]
}

/** A source's place in the overview: how unusual it is and what it behaves like. Never an alarm of its own. */
export interface SourceRank {
  /** 0 (ordinary) to 1. */
  score: number
  group: string
  reasons: string[]
}

/** What an analyzer says of itself in the report's `detection` part. */
export interface AnalyzerStatus {
  /** Whether its thresholds rest on enough clean history to keep the budget. */
  calibrated: boolean
  /** 95 % band of the false alarms a week that its share of the budget can promise, where calibrated. */
  band?: [number, number]
  /** First and last moment learnt from, milliseconds. */
  trained?: { first: number; last: number; events: number; excluded: number }
  /** Plain sentences: what was too little, switched off, drifted. */
  notes: string[]
}

/** A trained baseline for one analyzer and a summary of it for people. */
export interface Trained {
  body: Json
  /** Plain lines for `train --check`: features, rates, thresholds. */
  summary: string[]
}

export interface Analyzer {
  observe(event: EventView): void
  /** Findings from all that was observed. May be called more than once (live); later answers replace earlier ones by identity. */
  conclude(context: Concluding): FindingDraft[]
  /** What the last `conclude` rested on. */
  status(): AnalyzerStatus
  /** Ranks the sources that were observed, where the analyzer does that; called after `conclude`. */
  rankSources?(): ReadonlyMap<number, SourceRank>
  /** Learns from all that was observed, leaving out what the context flags. @throws Problem (exit 6) where it is too little. */
  train(context: Concluding): Trained
  /** How far what was observed has drifted from the model it was opened with: plain lines, empty where it has not. */
  drift(): string[]
  snapshot(): Json
  /** Where the snapshot is large: the same as JSON, in pieces. */
  snapshotPieces?(): Iterable<string>
  restore(snapshot: Json): void
  /**
   * Adds another node's state (its snapshot, with the same options and model) to this one: from then on the analyzer
   * concludes as one that saw both nodes' events in time order, as far as its class says. `from` translates the numbers.
   */
  merge(snapshot: Json, from: Translation): void
}

/** What an analyzer is opened with. */
export interface AnalyzerContext {
  addresses: AddressTable
  services: Services
  /** False alarms a week that all detectors together may raise; each analyzer takes its declared share. */
  budgetPerWeek: number
  seed: number
  /** The body that `train` gave, where there is a model. */
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
  /** Which part of the alarm budget is its own, 0 to 1: campaigns .65, window anomalies .25, rates .10. */
  budgetShare: number
  /** Raised when the trained body's shape or meaning changes: older models are then refused. */
  modelVersion: number
  options: Shape
  open: (options: z.infer<z.ZodObject<Shape>>, context: AnalyzerContext) => Analyzer
}

/** An analyzer whose option types are folded away: what the engine, the config and `train` hold. */
export interface AnalyzerUnit {
  readonly id: string
  readonly kind: FindingKind
  readonly title: string
  readonly description: string
  readonly techniques: readonly string[]
  readonly on: readonly EventKind[]
  readonly budgetShare: number
  readonly modelVersion: number
  readonly schema: z.ZodObject
  /** Opens it with the options as configured. @throws z.ZodError */
  open(raw: Record<string, unknown>, context: AnalyzerContext): Analyzer | undefined
}

/** Declares an analyzer. `open` answers undefined where the config has switched it off. */
export function defineAnalyzer<const Shape extends z.ZodRawShape>(
  declaration: AnalyzerDeclaration<Shape>,
): AnalyzerUnit {
  const own = z.strictObject(declaration.options)
  const enabled = z.boolean().default(true).describe('Whether the detector runs.')
  const { id, kind, title, description, techniques, on, budgetShare, modelVersion } = declaration
  return Object.freeze({
    id,
    kind,
    title,
    description,
    techniques,
    on,
    budgetShare,
    modelVersion,
    schema: z.strictObject({ enabled, ...declaration.options }),
    open(raw: Record<string, unknown>, context: AnalyzerContext): Analyzer | undefined {
      const { enabled: on, ...rest } = raw
      if (!enabled.parse(on)) return undefined
      return declaration.open(own.parse(rest), context)
    },
  })
}

/** An opened analyzer as the engine takes it. */
export interface RunningAnalyzer {
  readonly id: string
  readonly on: readonly EventKind[]
  readonly analyzer: Analyzer
}
