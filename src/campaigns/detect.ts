/** All of it over a store: campaigns of every surface, breaches, calibration. Knows no events, only numbers. */
import { DAY, WEEK } from '../core/time.ts'
import { findOnAccounts } from './accounts.ts'
import { type Arrivals, gatherArrivals } from './arrivals.ts'
import type { SurfaceBaseline, SurfaceModel } from './baseline.ts'
import { openCalendar } from './blocks.ts'
import { type Breach, findBreaches } from './breach.ts'
import { BEYOND_DOUBT, Calibration, type DayScore, modelThreshold } from './calibrate.ts'
import { type Campaign, findOnSurface } from './find.ts'
import { findFormSpam, isProgramsTraffic } from './form-spam.ts'
import { shareSources } from './merge.ts'
import type { Places } from './places.ts'
import { type KnownLogins, Residents, type Standing } from './residents.ts'
import type { AttemptStore } from './store.ts'
import { namesAreAccounts, SURFACE, SURFACES, type Surface } from './surfaces.ts'

/** What training leaves behind. */
export interface CampaignModel {
  surfaces: Readonly<Partial<Record<Surface, SurfaceModel>>>
  /** Largest scores of the clean days of training. */
  maxima: readonly number[]
  /** Logins by surface and account ("0 alice"), with the numbers of the networks they came from. */
  logins: Readonly<Record<string, KnownLogins>>
  /** Participants of campaigns that training left out. */
  excluded: number
}

export interface DetectOptions extends Places {
  /** False alarms a week that all detectors together may raise. */
  budget: number
  model?: CampaignModel | undefined
}

export interface Detection {
  campaigns: Campaign[]
  breaches: Breach[]
  calibration: Calibration
  baselines: Map<number, SurfaceBaseline>
  /** Largest score of each clean day of this log. */
  scores: DayScore[]
  residents: Residents
  /** Why the indicator on existing accounts did not run, where it did not. */
  off: string | undefined
}

/** Share of members, and accounts for each of them, that got in as who they had failed as: no guessing is so lucky. */
const PEOPLE_SHARE = 1 / 3

/** Finds campaigns and breaches in all that the store has; judged anew each time, and the same for the same store. */
export function detect(store: AttemptStore, { budget, model, ...places }: DetectOptions): Detection {
  const residents = new Residents(store, places, model?.logins)
  const surfaces = store.surfaces()
  const span = store.lastTime - store.firstTime
  const calendar = openCalendar(store.firstTime, store.lastTime, store.days)
  const tried = guessers(store)
  const gather = (surface: number, told: ReadonlySet<number> = new Set()): Arrivals =>
    gatherArrivals(
      store,
      surface,
      row => (told.has(store.source[row]) ? 'own' : standingOf(store, residents, surface, row, tried)),
      model?.surfaces[SURFACES[surface]]?.names,
    )
  const arrivals = surfaces.map(surface => gather(surface))
  const total = arrivals.reduce((sum, { length }) => sum + length, 0)
  const floor = modelThreshold(total, span / WEEK, budget)
  const baselines = new Map<number, SurfaceBaseline>()
  const maxima = new Map<number, number>()
  const found: Campaign[] = []
  // Attacks on pages that are not there are scans as well: who attacked is told, and does not make a scan besides.
  const attackers = new Set<number>()
  for (const first of arrivals.toSorted((a, b) => orderOf(a) - orderOf(b))) {
    const isEcho = first.surface === SURFACE['web-probe'] && attackers.size > 0
    const all = isEcho ? gather(first.surface, attackers) : first
    const result = findOnSurface(store, calendar, all, places, floor, model?.surfaces[SURFACES[all.surface]])
    baselines.set(all.surface, result.baseline)
    for (const [day, score] of result.maxima) maxima.set(day, Math.max(score, maxima.get(day) ?? 0))
    found.push(...result.campaigns)
    if (all.surface !== SURFACE['web-payload']) continue
    for (const { membership } of result.campaigns) for (const { source } of membership.members) attackers.add(source)
  }
  found.push(...formSpam(store, arrivals, found, floor))
  const accounts = findOnAccounts(store, SURFACE.ssh, residents, span / WEEK, budget)
  const trained = trainedScores(model, surfaces)
  const judge = new Calibration(floor, trained ?? dailyScores(store, maxima, found), budget)
  const campaigns = found
    .filter(campaign => judge.passes(campaign.best.score, daysOf(campaign)))
    .filter(campaign => !arePeople(store, residents, campaign) && !isProgramsTraffic(store, campaign))
    .sort((a, b) => a.interval.start - b.interval.start || b.best.score - a.best.score || a.surface - b.surface)
  // D4 keeps its own part of the budget by its run length; what the scan has told already is not told again.
  campaigns.push(
    ...accounts.campaigns.filter(
      slow => !campaigns.some(told => told.surface === slow.surface && shareSources(told, slow)),
    ),
  )
  const scores = dailyScores(
    store,
    maxima,
    found.filter(campaign => !campaigns.includes(campaign)),
  )
  const calibration = new Calibration(floor, trained ?? scores, budget)
  return {
    campaigns,
    breaches: findBreaches(store, residents, campaigns),
    calibration,
    baselines,
    scores,
    residents,
    off: accounts.off,
  }
}

/** Attacks are looked at before scans, other surfaces in their order. */
function orderOf({ surface }: Arrivals): number {
  return surface === SURFACE['web-payload'] ? SURFACE['web-probe'] - 0.5 : surface
}

/** The model's clean days, where it knows a door of this log: of other doors they are no witnesses. */
function trainedScores(model: CampaignModel | undefined, surfaces: readonly number[]): DayScore[] | undefined {
  if (model === undefined || !surfaces.some(surface => model.surfaces[SURFACES[surface]] !== undefined))
    return undefined
  return model.maxima.map((score, day) => ({ day: -1 - day, score }))
}

/** Sources that tried a login over SSH, by number: they are more than probers. */
function guessers(store: AttemptStore): Uint8Array {
  let sources = 0
  for (let row = 0; row < store.rows; row++) sources = Math.max(sources, store.source[row] + 1)
  const tried = new Uint8Array(sources)
  for (let row = 0; row < store.rows; row++)
    if (store.names.surfaceOf(store.name[row]) === SURFACE.ssh) tried[store.source[row]] = 1
  return tried
}

/** On the web a person is told by the browser, and a scanner by what it does not find. */
function standingOf(
  store: AttemptStore,
  residents: Residents,
  surface: number,
  row: number,
  tried: Uint8Array,
): Standing {
  if (namesAreAccounts(surface)) return residents.standing(row)
  const source = store.source[row]
  if (surface === SURFACE['ssh-probe'])
    return tried[source] === 1 || residents.everIn(source) ? 'own' : residents.standing(row)
  if (surface === SURFACE['web-probe']) return store.visits.isProber(source) ? 'stranger' : 'own'
  return store.visits.isBrowser(source) ? 'own' : 'stranger'
}

/** Spam that goes on all the time; what the scan saw of it (a burst of the same sources) gives way to the whole. */
function formSpam(
  store: AttemptStore,
  arrivals: readonly Arrivals[],
  found: Campaign[],
  threshold: number,
): Campaign[] {
  const forms = arrivals.filter(({ surface }) => surface === SURFACE['web-form'] || surface === SURFACE['web-login'])
  const spam = findFormSpam(store, forms, threshold)
  for (const whole of spam) {
    for (let i = found.length - 1; i >= 0; i--) {
      if (!namesAreAccounts(found[i].surface) && shareSources(whole, found[i])) found.splice(i, 1)
    }
  }
  return spam
}

/**
 * Whether it is a morning on which passwords had expired: a third of its members got in after all, each as one of many
 * that they had failed as. Guessing hardly ever succeeds, and a stolen password opens one account.
 */
function arePeople(store: AttemptStore, residents: Residents, { membership: { members } }: Campaign): boolean {
  const accounts = new Set<number>()
  let inside = 0
  for (const { source, rows } of members) {
    const own = rows.find(row => residents.gotIn(source, store.name[row]))
    if (own === undefined) continue
    inside++
    accounts.add(store.name[own])
  }
  return inside >= PEOPLE_SHARE * members.length && accounts.size >= PEOPLE_SHARE * members.length
}

/** The days on which the campaign's tests ended. */
function daysOf({ keys }: Campaign): Set<number> {
  return new Set(keys.map(({ test }) => Math.floor(test.time / DAY)))
}

/**
 * One number for every day the log lived through: its largest score. Days with campaigns beyond doubt count by what is left
 * without them; a campaign near the threshold counts in full, or else the threshold would never learn of restless days.
 */
function dailyScores(
  store: AttemptStore,
  clean: ReadonlyMap<number, number>,
  campaigns: readonly Campaign[],
): DayScore[] {
  const scores = new Map(clean)
  for (const { best } of campaigns) {
    if (best.score >= BEYOND_DOUBT) continue
    const day = Math.floor(best.time / DAY)
    scores.set(day, Math.max(best.score, scores.get(day) ?? 0))
  }
  return [...store.days].sort((a, b) => a - b).map(day => ({ day, score: scores.get(day) ?? 0 }))
}
