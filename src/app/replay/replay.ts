/**
 * `replay`: what the response would have done, had it enforced while these logs were written. The same pipeline, engine,
 * judge and decisions as the daemon's, in event time. What a block would have kept out is taken out of the log from there
 * on, so that what follows is judged as it would have been seen; an attacker who would have gone elsewhere is not guessed.
 */
import { AddressTable } from '../../core/addresses.ts'
import { EVENT_KINDS, KIND, OTHER_AUTH_FAILED_KINDS, SSH_ATTEMPT_KINDS } from '../../core/event.ts'
import type { Finding } from '../../core/finding.ts'
import { HOUR, MINUTE, SECOND } from '../../core/time.ts'
import type { EventView } from '../../core/view.ts'
import { Engine } from '../../engine/engine.ts'
import type { Services } from '../../kit/services.ts'
import { RULES } from '../../rules/index.ts'
import type { ResponsePolicy } from '../../sinks/policy/config.ts'
import type { ProtectionFacts } from '../../sinks/policy/protection.ts'
import { type DetectionSettings, openAnalyzers } from '../detection.ts'
import { EvidenceReader } from '../evidence.ts'
import { Judge } from '../live/judge.ts'
import { type PipelineOptions, type PipelineRun, runPipeline } from '../pipeline.ts'
import { Collateral, looksHuman } from './collateral.ts'
import { type DryBlock, DryEnforcer } from './dry-enforcer.ts'

export interface ReplayOptions extends PipelineOptions {
  ruleOptions: Readonly<Record<string, Record<string, unknown>>>
  detection: DetectionSettings
  services: Services
  evidenceLines: number
  policy: ResponsePolicy
  facts: Partial<ProtectionFacts>
  keyLoginDays: number
  onDetectorFailure: (id: string, error: unknown) => void
}

/** What went by, and what of it would have been kept out. */
export interface Tally {
  failed: number
  accepted: number
  web: number
  other: number
}

export interface Replayed {
  run: PipelineRun
  first: number
  last: number
  all: Tally
  stopped: Tally
  blocks: readonly DryBlock[]
  refused: ReadonlyMap<string, string>
  leftOut: number
  collateral: Collateral
}

/** How often, in event time, the rules' news are answered: the daemon does it within a second. */
const ANSWER = 5 * SECOND
/** Analyzers conclude so often, in event time, while new sources come, and so often else: about as the daemon does. */
const CONCLUDE = 10 * MINUTE
const CONCLUDE_IDLE = HOUR
const NEW_SOURCES = 5
/** And never before so large a part of the log so far has come anew: the cost of months of log stays in bounds. */
const NEW_EVENTS = 1 / 300

const FAILED: ReadonlySet<string> = new Set([...SSH_ATTEMPT_KINDS, ...OTHER_AUTH_FAILED_KINDS])
type Meaning = keyof Tally
const MEANING: readonly Meaning[] = EVENT_KINDS.map(kind =>
  FAILED.has(kind)
    ? 'failed'
    : kind.endsWith('.auth.accepted') || kind === 'login.accepted'
      ? 'accepted'
      : kind === 'web.request'
        ? 'web'
        : 'other',
)
const BY_KEY = KIND['ssh.auth.accepted']

/** Reads everything once. @throws Problem for what ends the run */
export async function replay(options: ReplayOptions): Promise<Replayed> {
  const addresses = new AddressTable(options.classify)
  const paths = options.sources.map(({ path }) => path)
  const reader = new EvidenceReader(options.sources)
  try {
    const rehearsal = new Rehearsal(options, addresses, paths, reader)
    const run = await runPipeline(options, event => rehearsal.observe(event), addresses)
    return rehearsal.end(run)
  } finally {
    reader.close()
  }
}

class Rehearsal {
  readonly #engine: Engine
  readonly #judge: Judge
  readonly #enforcer: DryEnforcer
  readonly #collateral: Collateral
  readonly #findings = new Map<string, Finding>()
  readonly #all: Tally = { failed: 0, accepted: 0, web: 0, other: 0 }
  readonly #stopped: Tally = { failed: 0, accepted: 0, web: 0, other: 0 }
  #first = Number.NaN
  #last = Number.NaN
  #answered = Number.NEGATIVE_INFINITY
  #concluded = Number.NEGATIVE_INFINITY
  /** Sources and events at the last conclusion. */
  #sources = 0
  #events = 0

  constructor(options: ReplayOptions, addresses: AddressTable, paths: readonly string[], reader: EvidenceReader) {
    this.#engine = new Engine({
      rules: RULES,
      ruleOptions: options.ruleOptions,
      analyzers: openAnalyzers(options.detection, addresses, options.services),
      addresses,
      services: options.services,
      limits: { evidence: options.evidenceLines },
    })
    this.#engine.changedFindings()
    const record = {
      get: (id: string) => {
        const finding = this.#findings.get(id)
        return finding === undefined ? undefined : { finding, first: 0, last: 0, closed: false }
      },
      concludedSince: () => [],
      put: (finding: Finding) => void this.#findings.set(finding.id, finding),
      withdraw: (id: string) => void this.#findings.delete(id),
    }
    this.#judge = new Judge({ engine: this.#engine, addresses, paths }, record, {
      onFailure: options.onDetectorFailure,
      stopwatch: () => 0,
      prove: ref => reader.read(ref),
    })
    this.#enforcer = new DryEnforcer({ ...options, addresses })
    this.#collateral = new Collateral(addresses)
  }

  observe(event: EventView): void {
    const { time, source } = event
    const kind = event.open.batch.columns.kind[event.row]
    if (Number.isNaN(this.#first)) this.#first = time
    this.#last = time
    this.#answer(time)
    const meaning = MEANING[kind]
    const weight = meaning === 'failed' ? event.attempts : event.count
    this.#all[meaning] += weight
    const block = this.#enforcer.blockOf(source, time)
    if (block !== undefined) {
      this.#stop(event, block, meaning, weight)
      return
    }
    if (meaning === 'accepted') this.#collateral.noteThrough(event, 'login')
    else if (meaning === 'web' && isVisit(event)) this.#collateral.noteThrough(event, 'visit')
    if (kind === BY_KEY && event.method === 'publickey' && event.address !== undefined)
      this.#enforcer.noteKeyLogin(event.address, time)
    this.#engine.observe(event)
  }

  #stop(event: EventView, block: DryBlock, meaning: Meaning, weight: number): void {
    block[meaning] += weight
    this.#stopped[meaning] += weight
    if (meaning === 'accepted') this.#collateral.loseLogin(event, block)
    else if (meaning === 'web' && isVisit(event)) this.#collateral.loseVisit(event, block)
  }

  /** A clock that jumps back asks at once, as the daemon would. */
  #answer(time: number): void {
    if (time - this.#answered < ANSWER && time >= this.#answered) return
    const changes = this.#judge.rules(time, false)
    if (this.#mayConclude(time)) {
      changes.push(...this.#judge.conclude(time, false, true))
      this.#concluded = time
      this.#sources = this.#engine.addresses.size
      this.#events = this.#engine.totals.events
    }
    this.#answered = time
    this.#enforcer.answer([...changes.map(({ finding }) => finding), ...this.#judge.takeRested()], time)
  }

  #mayConclude(time: number): boolean {
    const since = time - this.#concluded
    const { addresses, totals } = this.#engine
    if (since < 0) return true
    const isDue = since >= (addresses.size - this.#sources >= NEW_SOURCES ? CONCLUDE : CONCLUDE_IDLE)
    return isDue && totals.events - this.#events > totals.events * NEW_EVENTS
  }

  end(run: PipelineRun): Replayed {
    if (!Number.isNaN(this.#last)) {
      const changes = [...this.#judge.rules(this.#last, false), ...this.#judge.conclude(this.#last, false, true)]
      this.#enforcer.answer(
        changes.map(({ finding }) => finding),
        this.#last,
      )
    }
    return {
      run,
      first: this.#first,
      last: this.#last,
      all: this.#all,
      stopped: this.#stopped,
      blocks: this.#enforcer.made,
      refused: this.#enforcer.refused,
      leftOut: this.#enforcer.leftOut,
      collateral: this.#collateral,
    }
  }
}

/** A request that was served to what calls itself a browser. */
const isVisit = (event: EventView): boolean => event.status >= 200 && event.status < 300 && looksHuman(event.agent)
