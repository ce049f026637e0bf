/** A campaign in sentences: the title and the reasons. */
import type { AddressTable } from '../core/addresses.ts'
import type { Reason } from '../core/finding.ts'
import { formatSpan, formatTime } from '../core/time.ts'
import type { Services } from '../kit/services.ts'
import type { SurfaceBaseline } from './baseline.ts'
import type { Breach } from './breach.ts'
import type { Calibration } from './calibrate.ts'
import type { Campaign } from './find.ts'
import { glueOf } from './glue.ts'
import { ABOUT, type CampaignKind, type Shape } from './kinds.ts'
import { markReasons } from './marks.ts'
import { isTarget } from './payload-tokens.ts'
import { ACCOUNTS, ANY, LISTED, LISTS, RARE } from './scan.ts'
import type { SprayJudge, SprayVerdict } from './spray.ts'
import { type AttemptStore, ROW } from './store.ts'
import { doorOf, namesAreAccounts, SURFACE, SURFACES, type Surface } from './surfaces.ts'
import { chance, cut, figure, listed, many } from './words.ts'

/** What telling needs besides the campaign. */
export interface Teller {
  store: AttemptStore
  addresses: AddressTable
  services: Services
  calibration: Calibration
  baselines: ReadonlyMap<number, SurfaceBaseline>
  sprays: SprayJudge
}

/** Attempts of an address that no usual limit counts as an attack. */
const FEW = 4
const BREACHES_TOLD = 5

const WHAT: Readonly<Record<CampaignKind, string>> = {
  botnet: 'Distributed guessing',
  spray: 'Distributed guessing of common names',
  stuffing: 'Distributed guessing of many names',
  targeted: 'Distributed guessing',
  'low-and-slow': 'Slow distributed guessing',
  recon: 'Distributed probing without a name',
  'web-scan': 'Distributed scan of the web site',
  'web-attack': 'Distributed attack on the web site',
  'form-spam': 'Distributed form posts',
}

/**
 * The finding's title: what was done, to which account or page where it was one, by how many addresses in what time,
 * and whether it got in. Raw text: whoever shows it escapes it.
 */
export function titleOf({ store }: Teller, campaign: Campaign, shape: Shape, breached: readonly Breach[]): string {
  const target = shape.target === undefined ? '' : store.names.text(shape.target)
  const what = campaign.key === LISTS ? 'Distributed guessing from one list of names' : whatOf(store, campaign, shape)
  const of =
    target === '' ? '' : namesAreAccounts(campaign.surface) ? ` of \`${cut(target)}\`` : ` on \`${cut(target)}\``
  const { members, more } = campaign.membership
  const who = `${many(members.length + more, 'address', 'addresses')} in ${formatSpan(spanOf(campaign))}`
  const got = breached.length === 0 ? '' : `; it got in as \`${cut(store.names.text(breached[0].login.name))}\``
  return `${what}${of}: ${who}${got}`
}

function whatOf(store: AttemptStore, { surface, membership }: Campaign, { kind, names }: Shape): string {
  if (surface === SURFACE['web-login']) return 'Distributed posts to a login page'
  if (kind !== 'web-attack') return WHAT[kind]
  const family = names.find(({ name }) => !isTarget(store.names.text(name)))
  const isAbout = family !== undefined && family.sources >= ABOUT * membership.members.length
  return isAbout ? `${WHAT[kind]} (${store.names.text(family.name)})` : WHAT[kind]
}

/** At least a second: "in 0 s" tells nobody anything. */
export function spanOf({ interval }: Campaign): number {
  return Math.max(1000, interval.end - interval.start)
}

/**
 * The finding's reasons, what matters most first: logins that succeeded, the count that proves the campaign with its
 * chance, what the participants have in common, and how sure their list is. Raw text, as the title.
 */
export function reasonsOf(teller: Teller, campaign: Campaign, shape: Shape, breaches: readonly Breach[]): Reason[] {
  const { store, calibration } = teller
  const { best, membership } = campaign
  const scale = formatSpan(best.scale)
  const reasons: Reason[] = breaches.slice(0, BREACHES_TOLD).map(breach => breachReason(teller, breach))
  if (breaches.length > BREACHES_TOLD)
    reasons.push({ text: `and ${many(breaches.length - BREACHES_TOLD, 'further login')} of that kind` })
  reasons.push({
    text: `${aboutOf(teller, campaign, best.count)} in ${scale}; ${figure(best.expected)} are usual; ${chance(best.score)}`,
    feature: 'new addresses',
    observed: best.count,
    expected: round(best.expected),
  })
  const attempts = membership.members.map(member => member.attempts).sort((a, b) => a - b)
  const median = attempts[attempts.length >> 1]
  reasons.push({
    text: `each address made ${many(median, 'attempt')} (median)${median <= FEW ? ': too few for any limit per address' : ''}`,
    feature: 'attempts per address',
    observed: median,
  })
  reasons.push(...namesReasons(store, campaign, shape), ...answerReason(store, campaign))
  reasons.push(...linkReason(teller, campaign), ...markReasons(teller, membership.marks))
  if (shape.privateAccounts.length > 0) {
    const accounts = shape.privateAccounts.map(name => store.names.text(name))
    reasons.push({
      text: `accounts that exist here and stand on no common list: ${listed(accounts)}`,
      feature: 'existing accounts',
      observed: accounts.length,
    })
  }
  if (membership.more > 0)
    reasons.push({
      text: `the first ${figure(membership.members.length)} are named; about ${figure(membership.more)} more took part`,
    })
  if (membership.ceiling < 0.95) {
    reasons.push({
      text: `about ${figure(membership.members.length * (1 - membership.ceiling))} of the addresses named are likely ordinary strangers who came at the same time`,
    })
  }
  if (!calibration.calibrated) {
    reasons.push({ text: 'uncalibrated: the log is too short to check how often such a thing happens here by itself' })
  }
  return reasons
}

function namesReasons(store: AttemptStore, { surface }: Campaign, shape: Shape): Reason[] {
  const names = shape.names.map(({ name }) => store.names.text(name))
  const tried = (some: readonly string[], thing: string, verb: string): Reason[] =>
    some.length < 2
      ? []
      : [{ text: `${many(some.length, thing)} ${verb}: ${listed(some)}`, feature: `${thing}s`, observed: some.length }]
  if (surface !== SURFACE['web-payload']) return tried(names, namesAreAccounts(surface) ? 'name' : 'path', 'tried')
  return [
    ...tried(
      names.filter(name => !isTarget(name)),
      'attack',
      'tried',
    ),
    ...tried(names.filter(isTarget), 'path', 'attacked'),
  ]
}

/** How many of the attackers were given an answer; what came of it no access log tells. */
function answerReason(store: AttemptStore, campaign: Campaign): Reason[] {
  if (campaign.surface !== SURFACE['web-payload']) return []
  const answered = answeredOf(store, campaign)
  const text =
    answered === 0
      ? 'what they asked for is not there, or was refused'
      : `${many(answered, 'address', 'addresses')} got an answer without an error; whether an attack took effect the log does not tell`
  return [{ text, feature: 'attacks answered', observed: answered }]
}

/** Members of whose attacks one was answered without an error. */
export function answeredOf({ bits }: AttemptStore, { membership: { members } }: Campaign): number {
  return members.filter(({ rows }) => rows.some(row => (bits[row] & ROW.KNOWN) !== 0)).length
}

function aboutOf({ store }: Teller, { key, surface }: Campaign, count: number): string {
  const who = many(count, 'address', 'addresses')
  switch (key) {
    case ANY:
      return `${many(count, 'new address', 'new addresses')}${CAME_TO[SURFACES[surface]] ?? ''}`
    case RARE:
      return surface === SURFACE['web-payload']
        ? `${who} that attacked what hardly anybody attacks`
        : `${who} on names that hardly anybody tries`
    case LISTS:
      return `${who} that go through one list of names`
    case ACCOUNTS:
      return `${many(count, 'failure')} on existing accounts`
    case LISTED:
      return `${who} on the names of the common lists`
    default:
      if (surface === SURFACE['web-payload']) return attackOf(who, store.names.text(key))
      return `${who} on \`${cut(store.names.text(key))}\`${namesAreAccounts(surface) ? '' : ` of ${doorOf(surface)}`}`
  }
}

/** What new addresses did, where they tried no name. */
const CAME_TO: Readonly<Partial<Record<Surface, string>>> = {
  'ssh-probe': ' that only knocked',
  'web-payload': ' that attacked the web site',
}

function attackOf(who: string, name: string): string {
  return isTarget(name) ? `${who} that attacked \`${cut(name)}\`` : `${who} that tried ${cut(name)}`
}

/** What holds it together, where that is no moment in time. */
function linkReason({ store, baselines }: Teller, campaign: Campaign): Reason[] {
  const glue = glueOf(store, baselines.get(campaign.surface), campaign).map(({ name }) => store.names.text(name))
  if (glue.length === 0 || (campaign.waves.length === 0 && campaign.key !== LISTS)) return []
  const what = `names that hardly anybody else tries: ${listed(glue)}`
  if (campaign.waves.length === 0)
    return [{ text: `linked by ${what}`, feature: 'shared names', observed: glue.length }]
  const days = campaign.waves.map(({ start }) => formatTime(start).slice(0, 10))
  return [
    {
      text: `${many(campaign.waves.length, 'wave')} (${listed([...new Set(days)])}) told as one, linked by ${what}`,
      feature: 'linked waves',
      observed: campaign.waves.length,
    },
  ]
}

/** The breach in one sentence. */
export function breachReason({ store, addresses }: Teller, breach: Breach): Reason {
  const { login, posterior, failures, strangers, logins, networks, novelty, unkeyed } = breach
  const name = cut(store.names.text(login.name))
  const from = addresses.format(login.source)
  const part = posterior > 0 ? 'one of the participants' : 'an address that never logged in here before'
  const past =
    logins === 0
      ? 'with no login before'
      : `which had logged in ${many(logins, 'time')} from ${many(networks, 'network')}, never from that ${novelty}`
  const siege =
    failures > 0
      ? `; ${many(failures, 'failure')} by ${many(strangers, 'other address', 'other addresses')} in the day before`
      : ''
  const odd = unkeyed ? '; by password, on an account that had used keys only' : ''
  return {
    text: `${from}, ${part}, logged in as \`${name}\` at ${formatTime(login.first)}, ${past}${odd}${siege}`,
    feature: 'surprise of the login (bits)',
    observed: round(breach.surprise),
  }
}

/** One reason where higher criticism (Donoho & Jin 2004) is beyond its critical value; none otherwise. */
export function sprayReason(spray: SprayVerdict | undefined): Reason[] {
  if (spray === undefined || spray.criticism <= spray.critical) return []
  return [
    {
      text: 'the names rose together, each a little: one list is being gone through',
      feature: 'higher criticism',
      observed: round(spray.criticism),
      expected: round(spray.critical),
    },
  ]
}

/** Three significant digits: more would be noise in a report that must be the same on every machine. */
export function round(value: number): number {
  return Number(value.toPrecision(3))
}
