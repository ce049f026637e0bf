/**
 * D5, the breach: a login that should not have been. A success within or after a campaign, by one of its participants or
 * on an account it wants, from where that account never came. No budget holds it back; but whoever was at
 * home before is not accused, nor a job that logs in by the thousand.
 */
import { DAY, HOUR } from '../core/time.ts'
import type { Campaign } from './find.ts'
import type { Login } from './logins.ts'
import { isCommonName } from './name-law.ts'
import type { Residents } from './residents.ts'
import { LEAST_SOURCES } from './scales.ts'
import type { AttemptStore } from './store.ts'

export interface Breach {
  login: Login
  /** The campaign it belongs to; none where only the failures on the account speak. */
  campaign: Campaign | undefined
  /** The source's own posterior of having taken part, 0 where it only profits from the campaign's target. */
  posterior: number
  /** Failures on the account by strangers in the 24 hours before, and how many strangers. */
  failures: number
  strangers: number
  /** -log2 of the chance of a login of the account from there (residents.ts). */
  surprise: number
  /** The widest place from which the account never came, as far as databases say. */
  novelty: 'network' | 'provider' | 'country'
  /** Logins of the account before, and networks they came from. */
  logins: number
  networks: number
  /** A password on an account that had only ever used keys. */
  unkeyed: boolean
}

/** How long after a campaign a login on its target still belongs to it. */
const AFTERMATH = 7 * DAY
const BEFORE = DAY
/** Failures by strangers that make a stranger's login a breach even without a campaign. */
const LEAST_FAILURES = 5
/** Who failed amid a campaign and then got in needs less of a posterior to be suspect than one who merely failed. */
const SUSPECT = 0.1
/** An account that came from so many networks is on the move: another one is no proof. */
const ROAMING = 5
/** More breaches than this, and than this share of the members, are none. */
const MANY = 10
const MANY_SHARE = 0.2
/** A pair that logs in so often over so long is a job. */
const JOB_LOGINS = 50
const JOB_SPAN = 2 * DAY

/** Logins that look like break-ins, in the order of time. */
export function findBreaches(store: AttemptStore, residents: Residents, campaigns: readonly Campaign[]): Breach[] {
  const rowsByName = new Map<number, number[]>()
  for (const { name } of store.logins.entries()) rowsByName.set(name, [])
  for (let row = 0; row < store.rows; row++) rowsByName.get(store.name[row])?.push(row)
  const breaches: Breach[] = []
  for (const login of store.logins.entries()) {
    const breach = judge(store, residents, campaigns, login, rowsByName.get(login.name) ?? [])
    if (breach !== undefined) breaches.push(breach)
  }
  return believable(breaches).sort((a, b) => a.login.first - b.login.first || compareNames(store, a, b))
}

/** Guessing hardly ever succeeds: where many "got in", it is an outage or a busy service, and nobody is accused. */
function believable(breaches: readonly Breach[]): Breach[] {
  const byCampaign = new Map<Campaign | undefined, number>()
  for (const { campaign } of breaches) byCampaign.set(campaign, (byCampaign.get(campaign) ?? 0) + 1)
  return breaches.filter(({ campaign }) => {
    const most = campaign === undefined ? MANY : Math.max(MANY, MANY_SHARE * campaign.membership.members.length)
    return (byCampaign.get(campaign) ?? 0) <= most
  })
}

function compareNames(store: AttemptStore, a: Breach, b: Breach): number {
  const [mine, other] = [store.names.text(a.login.name), store.names.text(b.login.name)]
  return mine < other ? -1 : mine > other ? 1 : 0
}

function judge(
  store: AttemptStore,
  residents: Residents,
  campaigns: readonly Campaign[],
  login: Login,
  rows: readonly number[],
): Breach | undefined {
  const { source, name, first } = login
  const surface = store.names.surfaceOf(name)
  if (login.count >= JOB_LOGINS && login.last - login.first >= JOB_SPAN) return undefined
  if (residents.wasHere(source, first)) return undefined
  const history = residents.history(name, source, first)
  const unkeyed = history.keyOnly && login.byPassword > 0
  let campaign: Campaign | undefined
  let posterior = 0
  for (const candidate of campaigns) {
    const { start, end } = candidate.interval
    if (candidate.surface !== surface || first > end + AFTERMATH) continue
    const weight = candidate.membership.weighed.get(source) ?? 0
    const wanted = candidate.membership.names.get(name) ?? 0
    const guessable = first >= start && login.byPassword > 0 && !history.known && wanted >= LEAST_SOURCES
    // Whose account knows keys only has no password to mistype: in the midst of guessing one was found, or set.
    const odd = unkeyed && !history.known && isDuring(candidate, first) && first >= start
    if (weight < SUSPECT && !guessable && !odd) continue
    if (campaign !== undefined && weight <= posterior) continue
    campaign = candidate
    posterior = weight
  }
  // Who roams comes from many networks, and hardly from a country new to the account.
  const roams = history.networks >= ROAMING && history.knownCountry !== false
  if (posterior < SUSPECT && (history.known || roams || login.byPassword === 0)) return undefined
  const { failures, strangers } = failuresBefore(store, residents, login, rows)
  const besieged = failures >= LEAST_FAILURES && strangers >= 2 && !isCommonName(store.names.text(name))
  // A dynamic address of the account's own provider is no stranger's, unless a campaign says so.
  if (campaign === undefined && (!besieged || history.knownProvider === true)) return undefined
  // Without a history everything is new: then only a login in the midst of the attack is a surprise.
  if (posterior < SUSPECT && history.logins === 0 && !isDuring(campaign, first) && failures === 0) return undefined
  return {
    login,
    campaign,
    posterior,
    failures,
    strangers,
    surprise: history.surprise,
    novelty: history.knownCountry === false ? 'country' : history.knownProvider === false ? 'provider' : 'network',
    logins: history.logins,
    networks: history.networks,
    unkeyed,
  }
}

function isDuring(campaign: Campaign | undefined, time: number): boolean {
  return campaign !== undefined && time <= campaign.interval.end + HOUR
}

/** Failures on the account by strangers other than the one who got in, in the day before. */
function failuresBefore(
  store: AttemptStore,
  residents: Residents,
  login: Login,
  rows: readonly number[],
): { failures: number; strangers: number } {
  let failures = 0
  let strangers = 0
  for (const row of rows) {
    if (store.first[row] < login.first - BEFORE || store.first[row] > login.first) continue
    if (residents.everIn(store.source[row]) || residents.together(store.source[row], login.source)) continue
    failures += store.count[row]
    strangers++
  }
  return { failures, strangers }
}
