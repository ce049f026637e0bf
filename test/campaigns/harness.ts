/** Streams of attempts for the campaign detector: strangers as every server has them, and campaigns among them. */
import { type CampaignModel, type Detection, detect } from '../../src/campaigns/detect.ts'
import { AttemptStore, ROW } from '../../src/campaigns/store.ts'
import { SURFACE } from '../../src/campaigns/surfaces.ts'
import { createRandom } from '../../src/core/random.ts'
import { DAY } from '../../src/core/time.ts'

export interface Attempt {
  time: number
  source: string
  user: string
  known?: boolean
  accepted?: boolean
  byKey?: boolean
}

export const START = Date.UTC(2026, 0, 5)
export const TOP = ['root', 'admin', 'test', 'user', 'ubuntu', 'oracle', 'postgres', 'pi', 'ubnt', 'guest']

export const inOrder = (attempts: readonly Attempt[]): Attempt[] => attempts.toSorted((a, b) => a.time - b.time)

/** Strangers: `rate` new ones a day for `days`, the usual names, one to three tries; and an owner, alice, at home. */
export function background(rate: number, days: number, seed: number): Attempt[] {
  const random = createRandom(seed, 'background')
  const attempts: Attempt[] = []
  let stranger = 0
  for (let day = 0; day < days; day++) {
    const today = random.poisson(rate)
    for (let i = 0; i < today; i++) {
      const source = `stranger${stranger++}`
      let time = START + (day + random.next()) * DAY
      const user =
        random.next() < 0.4 ? 'root' : random.next() < 0.5 ? TOP[random.below(TOP.length)] : `name${random.below(400)}`
      for (let tries = 1 + random.below(3); tries > 0 && time < START + days * DAY; tries--) {
        attempts.push({ time, source, user, known: user === 'root' })
        time += 2000 + random.next() * 4000
      }
    }
    for (let i = 0; i < 4; i++)
      attempts.push({
        time: START + (day + 0.3 + i * 0.1) * DAY,
        source: 'home',
        user: 'alice',
        known: true,
        accepted: true,
      })
  }
  return inOrder(attempts)
}

export type Strategy = 'root' | 'spray' | 'stuffing' | 'valid'

export interface Plan {
  sources: number
  tries?: number
  duration: number
  strategy: Strategy
  start: number
  seed: number
}

/** A campaign of sources `bot0`, `bot1` ... */
export function campaign({ sources, tries = 1, duration, strategy, start, seed }: Plan): Attempt[] {
  const random = createRandom(seed, 'campaign')
  const nameOf = (): string => {
    switch (strategy) {
      case 'root':
        return 'root'
      case 'valid':
        return 'alice'
      case 'spray':
        return TOP[random.below(TOP.length)]
      case 'stuffing':
        return `leaked${random.below(1_000_000)}`
    }
  }
  const attempts: Attempt[] = []
  for (let bot = 0; bot < sources; bot++) {
    for (let i = 0; i < tries; i++) {
      const user = nameOf()
      attempts.push({
        time: start + random.next() * duration,
        source: `bot${bot}`,
        user,
        known: user === 'root' || user === 'alice',
      })
    }
  }
  return inOrder(attempts)
}

export interface Filled {
  store: AttemptStore
  sources: string[]
}

/** Feeds attempts into a store; sources get their numbers in order of appearance. */
export function fill(attempts: readonly Attempt[], store = new AttemptStore(), sources: string[] = []): Filled {
  const ids = new Map(sources.map((source, id) => [source, id]))
  for (const { time, source, user, known, accepted, byKey } of attempts) {
    let id = ids.get(source)
    if (id === undefined) {
      id = ids.size
      ids.set(source, id)
      sources.push(source)
    }
    const name = store.names.idOf(SURFACE.ssh, user)
    store.alive(time)
    if (accepted === true) store.logins.add(time, id, name, byKey === true)
    else store.add(time, id, name, 1, known === true ? ROW.KNOWN : 0)
  }
  return { store, sources }
}

export interface Judged {
  detection: Detection
  /** The campaigns' members by name, one list a campaign. */
  members: string[][]
}

/** Judges a stream. Every source is its own network. */
export function judge(
  attempts: readonly Attempt[],
  budget = 1,
  model?: CampaignModel,
  placeOf?: (source: string) => { provider: number; country: string },
): Judged {
  const { store, sources } = fill(attempts)
  const detection = detect(store, {
    budget,
    networkOf: source => source,
    ...(placeOf === undefined
      ? {}
      : {
          providerOf: source => placeOf(sources[source]).provider,
          countryOf: source => placeOf(sources[source]).country,
        }),
    model,
  })
  return {
    detection,
    members: detection.campaigns.map(({ membership }) => membership.members.map(({ source }) => sources[source])),
  }
}

/** Precision and recall of the bots among those named. */
export function hits(named: readonly string[], bots: number): { precision: number; recall: number; f1: number } {
  const right = named.filter(source => source.startsWith('bot')).length
  const precision = named.length === 0 ? 0 : right / named.length
  const recall = right / bots
  return { precision, recall, f1: right === 0 ? 0 : (2 * precision * recall) / (precision + recall) }
}
