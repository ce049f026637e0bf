/** A campaign as a finding: title, reasons, participants, prefixes, evidence, advice. */
import type { AddressTable } from '../core/addresses.ts'
import type { EventRef } from '../core/event.ts'
import type { Severity } from '../core/finding.ts'
import { type Prefix, parsePrefix, type Words } from '../core/ip.ts'
import { formatSpan, formatTime, HOUR, MINUTE } from '../core/time.ts'
import type { FindingDraft } from '../kit/define-rule.ts'
import { blockSources, disablePasswords, inspectAccount, lockAccount, restrictRoot } from '../kit/recommend.ts'
import type { Services } from '../kit/services.ts'
import type { Breach } from './breach.ts'
import type { Campaign } from './find.ts'
import { glueOf } from './glue.ts'
import { type CampaignKind, type Shape, shapeOf } from './kinds.ts'
import { tokenText } from './marks.ts'
import { coverWithPrefixes } from './prefixes.ts'
import { answeredOf, reasonsOf, round, spanOf, sprayReason, type Teller, titleOf } from './sentences.ts'
import type { AttemptStore } from './store.ts'
import { isProbe, namesAreAccounts, SURFACE, SURFACES } from './surfaces.ts'

const EVIDENCE = 10
const NAMES_TOLD = 50
/** Names that are listed without their figures. */
const USERS_TOLD = 1000
/** Participants told one by one; `sources` has them all (30,000 at most, participants.ts). */
const PARTICIPANTS_TOLD = 2000
/** Accounts for which the advice is spelt out. */
const ACCOUNTS_ADVISED = 3
/** Members from which on, or from which on within an hour, a campaign is high. */
const LARGE = 100
const FAST = 20
/** Of so many attackers one at least must have been answered. */
const LEAST_ANSWERED = 10

/** The finding about a campaign and the breaches that belong to it. */
export function tellCampaign(teller: Teller, campaign: Campaign, breaches: readonly Breach[]): FindingDraft {
  const { store, addresses, services, calibration } = teller
  const { surface, interval, membership } = campaign
  const shape = shapeOf(store, campaign)
  const members = membership.members
  const intruders = breaches
    .map(({ login }) => login.source)
    .filter(source => !members.some(member => member.source === source))
  const sources = [...members.map(({ source }) => source), ...new Set(intruders)].map(source =>
    addresses.format(source),
  )
  const accounts = namesAreAccounts(surface)
  const names = shape.names.slice(0, NAMES_TOLD)
  const prefixes = prefixesOf(teller, campaign)
  const baseline = teller.baselines.get(surface)
  const spray = shape.kind !== 'spray' || baseline === undefined ? undefined : teller.sprays.judge(campaign, baseline)
  const severity = severityOf(store, campaign, shape, breaches.length > 0)
  return {
    identity: identityOf(teller, campaign, shape),
    rule: 'campaigns',
    kind: 'campaign',
    title: titleOf(teller, campaign, shape, breaches),
    severity,
    confidence: Math.max(breaches.length > 0 ? 0.9 : 0, calibration.confidence(campaign.best.score)),
    first: interval.start,
    last: Math.max(interval.end, ...breaches.map(({ login }) => login.first)),
    count: members.reduce((sum, { attempts }) => sum + attempts, 0),
    sources,
    users: accounts
      ? shape.names.slice(0, USERS_TOLD).map(({ name }) => store.names.text(name))
      : [...new Set(breaches.map(({ login }) => store.names.text(login.name)))],
    hosts: [],
    reasons: [...reasonsOf(teller, campaign, shape, breaches), ...sprayReason(spray)],
    evidence: evidenceOf(store, campaign, breaches),
    techniques: techniquesOf(shape.kind, breaches.length > 0),
    recommendations: adviceOf(teller, campaign, shape, breaches, prefixes),
    details: {
      campaign: {
        kind: shape.kind,
        surface: SURFACES[surface],
        interval: { start: formatTime(interval.start), end: formatTime(interval.end) },
        first_alarm: formatTime(campaign.firstAlarm),
        observed: campaign.best.count,
        expected: round(campaign.best.expected),
        scale: formatSpan(campaign.best.scale),
        log10_p: -round(campaign.best.score),
        background: round(membership.background),
        ceiling: round(membership.ceiling),
        ...(spray === undefined
          ? {}
          : { higher_criticism: { statistic: round(spray.criticism), critical: round(spray.critical) } }),
        calibrated: calibration.calibrated,
        budget: calibration.budget,
        ...(breaches.length === 0 ? {} : { breached: breaches.map(breach => breachDetail(teller, breach)) }),
        names: names.map(({ name, sources: count }) => ({
          name: store.names.text(name),
          sources: count,
          expected: round(
            baseline?.name(name, interval.start, Math.max(interval.end, interval.start + MINUTE)).mean ?? 0,
          ),
        })),
        glue: glueOf(store, baseline, campaign).map(({ name, sources: count, weight }) => ({
          token: store.names.text(name),
          sources: count,
          weight: round(weight),
        })),
        marks: membership.marks.map(mark => ({
          kind: mark.kind,
          token: tokenText(teller, mark),
          share: round(mark.share),
          usual: round(mark.usual),
        })),
        ...(campaign.waves.length === 0
          ? {}
          : { waves: campaign.waves.map(({ start, end }) => ({ start: formatTime(start), end: formatTime(end) })) }),
        networks: networksOf(
          addresses,
          members.map(({ source }) => source),
        ),
        prefixes,
        participants_in_all: members.length + membership.more,
        participants: members.slice(0, PARTICIPANTS_TOLD).map(({ source, posterior, attempts, rows, last }) => ({
          source: addresses.format(source),
          posterior: round(posterior),
          attempts,
          last_seen: formatTime(last),
          users: [...new Set(rows.map(row => store.names.text(store.name[row])))].slice(0, 8),
          ...placeOf(services, addresses.format(source)),
        })),
      },
    },
  }
}

function placeOf(services: Services, address: string): { country?: string; asn?: number } {
  const country = services.geo?.place(address)?.country
  const asn = services.geo?.network(address)?.asn
  return { ...(country === undefined ? {} : { country }), ...(asn === undefined ? {} : { asn }) }
}

/** Stable while a campaign goes on: what it is about and the day it began. */
function identityOf({ store }: Teller, campaign: Campaign, shape: Shape): string {
  const about = shape.target === undefined ? shape.kind : store.names.text(shape.target)
  return `${SURFACES[campaign.surface]} ${about} ${formatTime(campaign.interval.start)}`
}

function severityOf(store: AttemptStore, campaign: Campaign, shape: Shape, breached: boolean): Severity {
  if (breached) return 'critical'
  const members = campaign.membership.members.length
  if (isProbe(campaign.surface)) return 'low'
  // Attacks on what is not there are scans.
  if (campaign.surface === SURFACE['web-payload'] && answeredOf(store, campaign) * LEAST_ANSWERED < members)
    return 'low'
  if (shape.privateAccounts.length > 0 || members >= LARGE) return 'high'
  return members >= FAST && spanOf(campaign) <= HOUR ? 'high' : 'medium'
}

function techniquesOf(kind: CampaignKind, breached: boolean): string[] {
  const own: Readonly<Record<CampaignKind, string[]>> = {
    botnet: ['T1110'],
    spray: ['T1110.003'],
    stuffing: ['T1110.004'],
    targeted: ['T1110.001'],
    'low-and-slow': ['T1110'],
    recon: ['T1595'],
    'web-scan': ['T1595.003'],
    'web-attack': ['T1190'],
    'form-spam': [],
  }
  return breached ? [...own[kind], 'T1078'] : own[kind]
}

function breachDetail({ store, addresses }: Teller, breach: Breach): Record<string, unknown> {
  return {
    user: store.names.text(breach.login.name),
    source: addresses.format(breach.login.source),
    time: formatTime(breach.login.first),
    posterior: round(breach.posterior),
    surprise_bits: round(breach.surprise),
  }
}

function prefixesOf({ store, addresses }: Teller, campaign: Campaign): string[] {
  const spared: Words[] = []
  for (const { source } of store.logins.entries()) {
    const words = addresses.words(source)
    if (words !== undefined) spared.push(words)
  }
  const members = campaign.membership.members
    .map(({ source }) => parsePrefix(addresses.format(source)))
    .filter((prefix): prefix is Prefix => prefix !== undefined)
  return coverWithPrefixes(members, spared)
}

function networksOf(addresses: AddressTable, sources: readonly number[]): { network: string; sources: number }[] {
  const counts = new Map<string, number>()
  for (const source of sources) {
    const network = addresses.formatNetwork(source)
    counts.set(network, (counts.get(network) ?? 0) + 1)
  }
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([network, count]) => ({ network, sources: count }))
    .sort((a, b) => b.sources - a.sources || (a.network < b.network ? -1 : 1))
    .slice(0, 20)
}

/** About ten lines of different members, from beginning to end, and the line of every breach. */
function evidenceOf(
  store: AttemptStore,
  { membership: { members } }: Campaign,
  breaches: readonly Breach[],
): EventRef[] {
  const breachRefs = breaches
    .map(({ login }) => login.ref)
    .filter(ref => ref !== undefined)
    .slice(0, EVIDENCE / 2)
  const room = EVIDENCE - breachRefs.length
  const byTime = [...members].sort((a, b) => a.first - b.first)
  const step = Math.max(1, (byTime.length - 1) / Math.max(1, room - 1))
  const chosen = new Set<number>()
  for (let i = 0; i < room; i++) chosen.add(Math.min(byTime.length - 1, Math.round(i * step)))
  const refs = [...chosen].map(i => store.refOf(byTime[i].rows[0])).filter(ref => ref !== undefined)
  return [...refs, ...breachRefs]
}

function adviceOf(
  { store, services: { host } }: Teller,
  campaign: Campaign,
  shape: Shape,
  breaches: readonly Breach[],
  prefixes: readonly string[],
): string[] {
  const users = [...new Set(breaches.map(({ login }) => store.names.text(login.name)))].slice(0, ACCOUNTS_ADVISED)
  const first = users.flatMap(user => [lockAccount(user), inspectAccount(user)])
  if (campaign.surface !== SURFACE.ssh) return [...first, ...blockSources(prefixes, host)]
  const root = shape.target !== undefined && store.names.text(shape.target) === 'root' ? [restrictRoot()] : []
  return [...first, ...blockSources(prefixes, host), ...disablePasswords(host), ...root]
}
