/**
 * The engine: events in event-time order go in, stories and findings come out. No I/O and no wall clock: batch and live
 * runs are the same calls.
 */
import { type AddressTable, SOURCE_CLASS } from '../core/addresses.ts'
import { Problem } from '../core/errors.ts'
import type { EventKind } from '../core/event.ts'
import { CLOCK_KINDS, EVENT_KINDS, KIND } from '../core/event.ts'
import type { Severity } from '../core/finding.ts'
import { severityRank } from '../core/finding.ts'
import type { EventView } from '../core/view.ts'
import type { Analyzer, Concluding, RunningAnalyzer } from '../kit/define-detector.ts'
import type { Detector, FindingDraft, OpenRule, Raise, Rule } from '../kit/define-rule.ts'
import type { Services } from '../kit/services.ts'
import { State } from '../kit/state/index.ts'
import { objectPieces } from '../kit/state/pieces.ts'
import type { Json } from '../kit/state/primitive.ts'
import { Translation } from '../kit/state/translation.ts'
import { engineSnapshotOf } from './engine-snapshot.ts'
import { findingOf, riskOf } from './findings.ts'
import { STORY_LIMITS, StoryBook, type StoryLimits } from './stories.ts'

const IS_CLOCK = EVENT_KINDS.map(kind => CLOCK_KINDS.some(clock => clock === kind))

export interface EngineOptions {
  rules: readonly Rule[]
  /** Raw option tables by rule id; what the config loader has already checked. */
  ruleOptions: Readonly<Record<string, Record<string, unknown>>>
  analyzers: readonly RunningAnalyzer[]
  addresses: AddressTable
  services: Services
  limits?: Partial<StoryLimits>
}

interface RunningRule {
  rule: Rule
  open: OpenRule
  /** That of `open`: one step less for every event and rule. */
  detector: Detector
  state: State
  book: StoryBook
  raise: Raise
}

export interface EngineTotals {
  events: number
  byKind: Float64Array
  whitelisted: number
}

export class Engine {
  readonly addresses: AddressTable
  readonly totals: EngineTotals = { events: 0, byKind: new Float64Array(EVENT_KINDS.length), whitelisted: 0 }
  readonly #services: Services
  readonly #rules: RunningRule[] = []
  readonly #analyzers: readonly RunningAnalyzer[]
  /** Analyzers that threw, by id: they are not asked again. */
  readonly #failed = new Set<string>()
  /** Live: what each analyzer concluded last. */
  readonly #concluded = new Map<string, readonly FindingDraft[]>()
  /** Who is called with an event, by kind. */
  readonly #rulesByKind: RunningRule[][] = EVENT_KINDS.map(() => [])
  readonly #analyzersByKind: Analyzer[][] = EVENT_KINDS.map(() => [])
  /** A whitelisted source's doings are nobody's business; only what accuses no source goes on. */
  readonly #limits: StoryLimits

  constructor(options: EngineOptions) {
    this.addresses = options.addresses
    this.#services = options.services
    this.#limits = { ...STORY_LIMITS, ...options.limits }
    for (const rule of options.rules) this.#openRule(rule, options)
    this.#analyzers = options.analyzers
    for (const { on, analyzer } of options.analyzers) {
      for (const kind of on) this.#analyzersByKind[KIND[kind]].push(analyzer)
    }
  }

  #openRule(rule: Rule, options: EngineOptions): void {
    const state = new State()
    const open = rule.open(options.ruleOptions[rule.id] ?? {}, {
      state,
      services: options.services,
      addresses: options.addresses,
    })
    if (!open.enabled) return
    const book = new StoryBook(this.#limits)
    const running: RunningRule = {
      rule,
      open,
      detector: open.detector,
      state,
      book,
      raise: { hit: (key, event, hit = {}) => book.hit(key, event, hit) },
    }
    this.#rules.push(running)
    for (const kind of rule.on) this.#rulesByKind[KIND[kind]].push(running)
  }

  /** Takes one event. Events must come in the order that order.ts gives them. */
  observe(event: EventView): void {
    const kind = event.open.batch.columns.kind[event.row]
    if (!IS_CLOCK[kind]) this.totals.events++
    this.totals.byKind[kind]++
    const { source } = event
    if (source >= 0 && (this.addresses.classOf(source) & SOURCE_CLASS.whitelisted) !== 0) {
      this.totals.whitelisted++
      return
    }
    const rules = this.#rulesByKind[kind]
    for (let i = 0; i < rules.length; i++) {
      const running = rules[i]
      running.detector.observe(event, running.raise)
    }
    const analyzers = this.#analyzersByKind[kind]
    for (let i = 0; i < analyzers.length; i++) analyzers[i].observe(event)
  }

  /** The analyzers that run and have not failed, in their order: for their status, ranks and training. */
  get analyzers(): readonly RunningAnalyzer[] {
    return this.#analyzers.filter(({ id }) => !this.#failed.has(id))
  }

  countOf(kind: EventKind): number {
    return this.totals.byKind[KIND[kind]]
  }

  /**
   * What the rules' stories say and what the analyzers conclude, worst first. With `onFailure` an analyzer with an error of
   * its own costs its own findings only; a Problem (a model that cannot be used) is thrown all the same.
   */
  findings(onFailure?: (id: string, error: unknown) => void): FindingDraft[] {
    const drafts = this.#ruleFindings()
    return [...drafts, ...this.#conclude(drafts, this.analyzers, onFailure)].sort(compareDrafts)
  }

  /** Live: what the rules' stories say that were hit since the last call, worst first. The first call tells none. */
  changedFindings(): FindingDraft[] {
    return this.#rules
      .flatMap(({ rule, open, book }) =>
        book
          .takeTouched()
          .map(story => findingOf({ rule, open, story, addresses: this.addresses, host: this.#services.host })),
      )
      .sort(compareDrafts)
  }

  /**
   * Live: what one analyzer concludes now, worst first; later answers replace its earlier ones. Those before it in their
   * order count with what they concluded last, so that each can be asked as often as its cost allows.
   */
  conclusionsOf(id: string, onFailure?: (id: string, error: unknown) => void): FindingDraft[] {
    const running = this.analyzers
    const at = running.findIndex(one => one.id === id)
    if (at < 0) return []
    const before = running.slice(0, at).flatMap(one => this.#concluded.get(one.id) ?? [])
    const concluded = this.#conclude([...this.#ruleFindings(), ...before], [running[at]], onFailure)
    this.#concluded.set(id, concluded)
    return concluded.sort(compareDrafts)
  }

  /** Live: lets go of stories that ended before `time` (milliseconds). */
  forget(time: number): void {
    for (const { book } of this.#rules) book.forget(time)
  }

  #conclude(
    before: readonly FindingDraft[],
    analyzers: readonly RunningAnalyzer[],
    onFailure?: (id: string, error: unknown) => void,
  ): FindingDraft[] {
    const drafts = [...before]
    const flagged = this.exclusions()
    for (const { id, analyzer } of analyzers) {
      try {
        for (const draft of analyzer.conclude({ flagged, findings: drafts })) {
          drafts.push({ ...draft, risk: draft.risk ?? riskOf(draft.severity, draft.confidence, draft.count) })
        }
      } catch (error) {
        if (onFailure === undefined || error instanceof Problem) throw error
        this.#failed.add(id)
        onFailure(id, error)
      }
    }
    return drafts.slice(before.length)
  }

  /** What analyzers need to learn from what was observed. */
  concluding(): Concluding {
    return { flagged: this.exclusions(), findings: this.#ruleFindings() }
  }

  #ruleFindings(): FindingDraft[] {
    const drafts: FindingDraft[] = []
    for (const { rule, open, book } of this.#rules) {
      for (const story of book.stories()) {
        drafts.push(findingOf({ rule, open, story, addresses: this.addresses, host: this.#services.host }))
      }
    }
    return drafts
  }

  /** Sources whose events training must leave out, with the interval in which a rule had them: the rules' second output. */
  exclusions(): Map<number, [number, number]> {
    const out = new Map<number, [number, number]>()
    for (const { rule, book } of this.#rules) {
      if (!rule.cleansTraining) continue
      for (const story of book.stories()) {
        for (const source of story.sources) {
          const known = out.get(source)
          if (known === undefined) out.set(source, [story.first, story.last])
          else out.set(source, [Math.min(known[0], story.first), Math.max(known[1], story.last)])
        }
      }
    }
    return out
  }

  /** Sentences about tables that were full: what the report must own up to. */
  limitsReached(): string[] {
    const notes: string[] = []
    for (const { rule, state, book } of this.#rules) {
      if (state.evicted > 0)
        notes.push(`${rule.id}: its table was full; ${state.evicted} of the longest unused entries were dropped`)
      if (book.omitted > 0)
        notes.push(`${rule.id}: over ${this.#limits.stories} findings; ${book.omitted} further hits are not told`)
    }
    if (this.addresses.overflow > 0) {
      notes.push(
        `more than ${this.addresses.limit} sources: ${this.addresses.overflow} look-ups of later ones are told as groups, without an address`,
      )
    }
    return notes
  }

  snapshot(): Json {
    const parsed: Json = JSON.parse([...this.snapshotJson()].join(''))
    return parsed
  }

  /** The snapshot as JSON, in pieces: all of it at once takes several times the memory of what it describes. */
  *snapshotJson(): Generator<string> {
    const { events, whitelisted, byKind } = this.totals
    yield `{"addresses":${JSON.stringify(this.addresses.snapshot())}`
    yield `,"totals":${JSON.stringify({ events, whitelisted, byKind: [...byKind] })},"rules":`
    yield* objectPieces(
      this.#rules.values().map(({ rule, state, book }) => {
        const parts = [['state', state.snapshotPieces()] as const, ['book', book.snapshotPieces()] as const]
        return [rule.id, objectPieces(parts)] as const
      }),
    )
    yield ',"analyzers":'
    yield* objectPieces(
      this.#analyzers.values().map(({ id, analyzer }) => {
        return [id, analyzer.snapshotPieces?.() ?? [JSON.stringify(analyzer.snapshot())]] as const
      }),
    )
    yield '}'
  }

  /** Fills a fresh engine of the same rules and options from a snapshot. */
  restore(snapshot: Json): void {
    const saved = engineSnapshotOf(snapshot)
    this.addresses.restore(saved.addresses)
    this.totals.events = saved.totals.events
    this.totals.whitelisted = saved.totals.whitelisted
    this.totals.byKind.set(saved.totals.byKind)
    for (const { rule, state, book } of this.#rules) {
      const mine = saved.rules[rule.id]
      if (mine === undefined) continue
      state.restore(mine.state)
      book.restore(mine.book)
    }
    for (const { id, analyzer } of this.#analyzers) {
      const mine = saved.analyzers[id]
      if (mine !== undefined) analyzer.restore(mine)
    }
  }

  /**
   * Adds what another node of the same rules, options and model saw: its snapshot. Analyzers then conclude as if this
   * engine had seen both nodes' events (each says how far). Rules do at every hit, and what is past is not judged anew: what
   * either node told is told, as one story where it is one identity's, and the next event counts on from what both
   * counted. Where each source's events all went to one node, rules that judge by the source alone have then told the same.
   *
   * @param inputs number of inputs here: in evidence the other node's follow them
   */
  merge(snapshot: Json, inputs = 0): void {
    const saved = engineSnapshotOf(snapshot)
    const from = new Translation(this.addresses.merge(saved.addresses), inputs)
    this.totals.events += saved.totals.events
    this.totals.whitelisted += saved.totals.whitelisted
    for (const [kind, count] of saved.totals.byKind.entries()) this.totals.byKind[kind] += count
    for (const { rule, state, book } of this.#rules) {
      const theirs = saved.rules[rule.id]
      if (theirs === undefined) continue
      state.merge(theirs.state, from)
      book.merge(theirs.book, from)
    }
    for (const { id, analyzer } of this.#analyzers) {
      const theirs = saved.analyzers[id]
      if (theirs !== undefined) analyzer.merge(theirs, from)
    }
    this.#concluded.clear()
  }
}

function compareDrafts(a: FindingDraft, b: FindingDraft): number {
  const severity = (level: Severity): number => severityRank(level)
  return (
    severity(a.severity) - severity(b.severity) ||
    (b.risk ?? 0) - (a.risk ?? 0) ||
    a.first - b.first ||
    (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0) ||
    (a.identity < b.identity ? -1 : a.identity > b.identity ? 1 : 0)
  )
}
