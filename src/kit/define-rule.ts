/** Declarations of rules and other detectors. */
import { z } from 'zod'
import type { AddressTable } from '../core/addresses.ts'
import type { EventKind, EventRef } from '../core/event.ts'
import type { FindingKind, Reason, Severity } from '../core/finding.ts'
import { severityRank } from '../core/finding.ts'
import type { EventView } from '../core/view.ts'
import type { HostFacts, Network, Place, Services } from './services.ts'
import type { Key, State, Trail } from './state/index.ts'

export type FactValue = number | string | boolean | readonly string[]
export type Facts = Readonly<Record<string, FactValue>>

/** What a rule says when it has seen something. */
export interface Hit {
  /** What led up to it; counts into the story when it opens one. */
  trail?: Trail | undefined
  /** Occurrences that this event adds to the story (default: its attempts, or its count where it is no attempt). */
  weight?: number
  /** Figures for `explain`; later hits' replace earlier ones'. */
  facts?: Facts
  /** Accused sources besides the event's own. */
  sources?: Iterable<number>
  /** Whether the event's own source is accused (default true). */
  accuse?: boolean
  users?: Iterable<string>
  /** Raises the story to at least this severity. */
  severity?: Severity
}

export interface Raise {
  /**
   * Opens the story of this identity, or updates it. `key` is a source id, or a stable text (never one that contains a
   * source id: ids differ from run to run).
   */
  hit(key: Key, event: EventView, hit?: Hit): void
}

/** A rule's observer. It is called with the events whose kinds it asked for, in event-time order. */
export interface Detector {
  observe(event: EventView, raise: Raise): void
}

/** What a story has gathered when it is told. */
export interface Story {
  readonly key: Key
  readonly first: number
  readonly last: number
  readonly count: number
  /** As people read them: addresses, /64 prefixes, host names; in order of appearance. */
  readonly sources: readonly string[]
  readonly users: readonly string[]
  readonly hosts: readonly string[]
  readonly services: readonly string[]
  readonly facts: Facts
}

export interface Explanation {
  title?: string
  reasons: Reason[]
  severity?: Severity
  confidence?: number
  recommendations?: string[]
}

export interface RuleContext {
  state: State
  services: Services
  addresses: AddressTable
}

type Options<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>

export interface RuleSamples {
  /** Raw log lines; a case may set options. */
  fires: RuleSample[]
  quiet: RuleSample[]
}

export interface RuleSample {
  name: string
  lines: string[]
  options?: Record<string, unknown>
  /** Sources that the finding must accuse, where that is the point. */
  accuses?: string[]
  severity?: Severity
  /** The [blacklist] in force. */
  blacklist?: string[]
  /** What the offline databases say of addresses; absent: nothing. */
  places?: Readonly<Record<string, Place>>
  networks?: Readonly<Record<string, Network>>
}

export interface RuleSpec<Shape extends z.ZodRawShape> {
  /** = file name; its TOML table is [rules.<id with underscores>]. */
  id: string
  title: string
  severity: Severity
  /** 0 to 1: how sure a hit is when the explanation does not say. */
  confidence?: number
  techniques: string[]
  /** What it catches and how, for the reference. */
  description: string
  on: readonly EventKind[]
  options: Shape
  /** Off unless the config switches it on. */
  optIn?: boolean
  /** Whether the events of its stories must stay out of training (default true). */
  cleansTraining?: boolean
  detect: (options: Options<Shape>, context: RuleContext) => Detector
  explain: (story: Story, options: Options<Shape>, host: HostFacts) => Explanation
  /** Made only when they are asked for: who watches for months need not hold them. */
  examples: () => RuleSamples
  falsePositives: string[]
}

/** A rule whose option types are folded away: what the engine and the config hold. */
export interface Rule {
  readonly id: string
  readonly kind: FindingKind
  readonly title: string
  readonly severity: Severity
  readonly confidence: number
  readonly techniques: readonly string[]
  readonly description: string
  readonly on: readonly EventKind[]
  readonly optIn: boolean
  readonly cleansTraining: boolean
  /** The TOML table: enabled, severity and the rule's own keys. */
  readonly schema: z.ZodObject
  /** @throws TypeError where it has no samples of either kind */
  readonly examples: () => RuleSamples
  readonly falsePositives: readonly string[]
  /** Opens the rule with the options as configured (absent keys get their defaults). @throws z.ZodError */
  open(raw: Record<string, unknown>, context: RuleContext): OpenRule
}

export interface OpenRule {
  readonly enabled: boolean
  readonly severity: Severity
  readonly detector: Detector
  explain(story: Story, host: HostFacts): Explanation
}

/**
 * A severity that the config has changed is the least a finding gets: a rule may tell a hit that is harmless lower than
 * its own default, but not lower than what a person has asked for.
 */
function heeding(configured: Severity, fallback: Severity, explanation: Explanation): Explanation {
  if (configured === fallback || explanation.severity === undefined) return explanation
  return severityRank(explanation.severity) <= severityRank(configured)
    ? explanation
    : { ...explanation, severity: configured }
}

export const SEVERITY_OPTION = z.enum(['critical', 'high', 'medium', 'low', 'info'])

/** Declares a rule. */
export function defineRule<const Shape extends z.ZodRawShape>(spec: RuleSpec<Shape>): Rule {
  const own = z.strictObject(spec.options)
  const common = z.object({
    enabled: z
      .boolean()
      .default(spec.optIn !== true)
      .describe('Whether the rule runs.'),
    severity: SEVERITY_OPTION.default(spec.severity).describe(
      'Severity of its findings where the rule does not raise it itself.',
    ),
  })
  return Object.freeze({
    id: spec.id,
    kind: 'rule',
    title: spec.title,
    severity: spec.severity,
    confidence: spec.confidence ?? 0.8,
    techniques: spec.techniques,
    description: spec.description,
    on: spec.on,
    optIn: spec.optIn === true,
    cleansTraining: spec.cleansTraining ?? true,
    schema: z.strictObject({ ...common.shape, ...spec.options }),
    examples() {
      const { fires, quiet } = spec.examples()
      if (fires.length === 0 || quiet.length === 0)
        throw new TypeError(`rule ${spec.id}: a rule has samples that fire and samples that stay quiet`)
      return { fires, quiet }
    },
    falsePositives: spec.falsePositives,
    open(raw: Record<string, unknown>, context: RuleContext): OpenRule {
      const { enabled, severity, ...rest } = raw
      const { enabled: on, severity: level } = common.parse({ enabled, severity })
      const options = own.parse(rest)
      return {
        enabled: on,
        severity: level,
        detector: spec.detect(options, context),
        explain: (story, host) => heeding(level, spec.severity, spec.explain(story, options, host)),
      }
    },
  })
}

/** A finding before its evidence has been read back from the logs. Times in milliseconds, sources as ids. */
export interface FindingDraft {
  /** Stable identity within the detector. */
  identity: string
  rule: string
  kind: FindingKind
  title: string
  severity: Severity
  confidence: number
  risk?: number
  /** The moment that its id is made of, where `first` may still move back. */
  begun?: number
  first: number
  last: number
  count: number
  sources: string[]
  users: string[]
  hosts: string[]
  reasons: Reason[]
  evidence: EventRef[]
  techniques: readonly string[]
  recommendations: string[]
  details?: Record<string, unknown>
}
