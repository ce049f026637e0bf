/** The campaign detector: one store, fed in the engine's one pass, judged when asked. */
import { z } from 'zod'
import { createRandom } from '../core/random.ts'
import { formatTime } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import {
  type Analyzer,
  type AnalyzerContext,
  type AnalyzerStatus,
  defineAnalyzer,
  type Trained,
} from '../kit/define-detector.ts'
import type { FindingDraft } from '../kit/define-rule.ts'
import { blockSources, inspectAccount, lockAccount } from '../kit/recommend.ts'
import type { Json } from '../kit/state/primitive.ts'
import type { Translation } from '../kit/state/translation.ts'
import type { Breach } from './breach.ts'
import type { Calibration } from './calibrate.ts'
import { type DetectOptions, detect } from './detect.ts'
import { FED_KINDS, Feed } from './feed.ts'
import { bodyOf, driftOf, modelOf, summaryOf, trainBaseline } from './model.ts'
import { placesOf } from './places.ts'
import { breachReason, type Teller } from './sentences.ts'
import { SprayJudge } from './spray.ts'
import { AttemptStore } from './store.ts'
import { mergeStore } from './store-merge.ts'
import { restoreStore, snapshotStore, storePieces } from './store-snapshot.ts'
import { tellCampaign } from './tell.ts'
import { cut, figure } from './words.ts'

class Campaigns implements Analyzer {
  readonly #context: AnalyzerContext
  readonly #store: AttemptStore
  readonly #feed: Feed
  readonly #sprays: SprayJudge
  #calibration: Calibration | undefined
  #off: string | undefined

  constructor(context: AnalyzerContext, pairs: number) {
    this.#context = context
    this.#store = new AttemptStore(pairs)
    this.#feed = new Feed(this.#store, context.addresses)
    this.#sprays = new SprayJudge(createRandom(context.seed, 'campaigns'))
  }

  observe(event: EventView): void {
    this.#feed.observe(event)
  }

  conclude(): FindingDraft[] {
    const { addresses, services, model } = this.#context
    const store = this.#store
    const found = detect(store, { ...this.#options(), model: model === undefined ? undefined : modelOf(model) })
    this.#calibration = found.calibration
    this.#off = found.off
    const teller: Teller = {
      store,
      addresses,
      services,
      calibration: found.calibration,
      baselines: found.baselines,
      sprays: this.#sprays,
    }
    const drafts = found.campaigns.map(campaign =>
      tellCampaign(
        teller,
        campaign,
        found.breaches.filter(breach => breach.campaign === campaign),
      ),
    )
    const alone = found.breaches.filter(breach => breach.campaign === undefined)
    return [...drafts, ...alone.map(breach => tellBreach(teller, breach))]
  }

  status(): AnalyzerStatus {
    const calibration = this.#calibration
    const notes = notesOf(this.#store)
    if (this.#off !== undefined) notes.push(`campaigns: ${this.#off}`)
    if (calibration === undefined) return { calibrated: false, notes }
    const { calibrated, band, days, threshold } = calibration
    notes.push(
      calibrated
        ? `campaigns: told from a chance of 1 in ${figure(Number((10 ** threshold).toPrecision(2)))} on, set by the most restless of ${days} clean days`
        : `campaigns: uncalibrated, since ${days} days are too few; chances rest on what servers in general see`,
    )
    return { calibrated, ...(band === undefined ? {} : { band: [band.lower, band.upper] }), notes }
  }

  train(): Trained {
    const model = trainBaseline(this.#store, this.#options())
    return { body: bodyOf(model), summary: summaryOf(model) }
  }

  drift(): string[] {
    const { model } = this.#context
    return model === undefined ? [] : driftOf(this.#store, modelOf(model), this.#options())
  }

  #options(): DetectOptions {
    const { addresses, services, budgetPerWeek } = this.#context
    return { budget: budgetPerWeek, ...placesOf(addresses, services) }
  }

  snapshot(): Json {
    return snapshotStore(this.#store)
  }

  snapshotPieces(): Iterable<string> {
    return storePieces(this.#store)
  }

  restore(snapshot: Json): void {
    restoreStore(this.#store, snapshot)
  }

  merge(snapshot: Json, from: Translation): void {
    mergeStore(this.#store, snapshot, from)
  }
}

function notesOf(store: AttemptStore): string[] {
  const notes: string[] = []
  if (store.evicted > 0)
    notes.push(
      `campaigns: ${figure(store.evicted)} of the longest unused pairs of address and name were dropped for want of room`,
    )
  if (store.names.overflow > 0)
    notes.push(
      `campaigns: more names than can be told apart; ${figure(store.names.overflow)} attempts on further ones are counted together`,
    )
  return notes
}

/** A login on an account that strangers had been failing on, with no campaign that explains it. */
function tellBreach(teller: Teller, breach: Breach): FindingDraft {
  const { store, addresses, services } = teller
  const { login } = breach
  const user = store.names.text(login.name)
  const source = addresses.format(login.source)
  return {
    identity: `breach ${addresses.identity(login.source)} ${user} ${formatTime(login.first)}`,
    rule: 'campaigns',
    kind: 'campaign',
    title: `Login as \`${cut(user)}\` from a new address after failures from several others`,
    severity: 'critical',
    confidence: 0.8,
    first: login.first,
    last: login.first,
    count: 1,
    sources: [source],
    users: [user],
    hosts: [],
    reasons: [breachReason(teller, breach)],
    evidence: login.ref === undefined ? [] : [login.ref],
    techniques: ['T1110', 'T1078'],
    recommendations: [lockAccount(user), inspectAccount(user), ...blockSources([source], services.host)],
  }
}

export default defineAnalyzer({
  id: 'campaigns',
  kind: 'campaign',
  title: 'Distributed attacks',
  description:
    'Counts new addresses, and addresses per name, from five minutes to thirty days, against what is usual for the server ' +
    '(negative binomial tails), names the participants of what is too much to be chance, and watches who logs in meanwhile.',
  techniques: ['T1110', 'T1078', 'T1595'],
  on: FED_KINDS,
  budgetShare: 0.65,
  modelVersion: 3,
  options: {
    memory_pairs: z
      .int()
      .min(1024)
      .max(1 << 19)
      .default(1 << 19)
      .describe('Pairs of address and name that are remembered at most.'),
  },
  open: ({ memory_pairs }, context) => new Campaigns(context, memory_pairs),
})
