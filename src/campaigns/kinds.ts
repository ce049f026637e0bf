/** What a campaign is: named from where it knocks, what it tries and how fast. */
import { DAY } from '../core/time.ts'
import type { Campaign } from './find.ts'
import { isCommonName } from './name-law.ts'
import { isTarget } from './payload-tokens.ts'
import { LISTS } from './scan.ts'
import { type AttemptStore, ROW } from './store.ts'
import { namesAreAccounts, SURFACE } from './surfaces.ts'

const CAMPAIGN_KINDS = [
  'botnet',
  'spray',
  'stuffing',
  'targeted',
  'low-and-slow',
  'recon',
  'web-scan',
  'web-attack',
  'form-spam',
] as const
export type CampaignKind = (typeof CAMPAIGN_KINDS)[number]

/** Share of the members that must have tried a name for it to be what the campaign is about. */
export const ABOUT = 0.6
/** Longer than this at fewer members a day than that is slow. */
const SLOW_SPAN = 3 * DAY
const SLOW_RATE = 12

export interface Shape {
  kind: CampaignKind
  /** The name that most members tried, where there is one. */
  target: number | undefined
  /** Names by members, most first. */
  names: { name: number; sources: number }[]
  /** Whether an existing account that no list has is among the names several members tried. */
  privateAccounts: number[]
}

/** Tells by the names and the pace what kind of campaign it is. */
export function shapeOf(store: AttemptStore, campaign: Campaign): Shape {
  const { members, names: counts } = campaign.membership
  const names = [...counts]
    .map(([name, sources]) => ({ name, sources }))
    .filter(({ name }) => !store.names.isRest(name))
    .sort((a, b) => b.sources - a.sources || (store.names.text(a.name) < store.names.text(b.name) ? -1 : 1))
  const top =
    campaign.surface === SURFACE['web-payload'] ? names.find(({ name }) => isTarget(store.names.text(name))) : names[0]
  // Who goes through a list is after none of its names.
  const aims = campaign.key !== LISTS && top !== undefined && top.sources >= ABOUT * members.length
  const target = aims ? top.name : undefined
  const known = new Set<number>()
  for (const { rows } of members)
    for (const row of rows) if ((store.bits[row] & ROW.KNOWN) !== 0) known.add(store.name[row])
  const accounts = namesAreAccounts(campaign.surface) ? names : []
  const privateAccounts = accounts
    .filter(({ name, sources }) => sources >= 2 && known.has(name) && !isCommonName(store.names.text(name)))
    .map(({ name }) => name)
  return { kind: kindOf(store, campaign, names, target), target, names, privateAccounts }
}

function kindOf(
  store: AttemptStore,
  { surface, key, interval, membership: { members } }: Campaign,
  names: readonly { name: number; sources: number }[],
  target: number | undefined,
): CampaignKind {
  if (surface === SURFACE['web-form']) return 'form-spam'
  if (surface === SURFACE['web-probe']) return 'web-scan'
  if (surface === SURFACE['web-payload']) return 'web-attack'
  if (surface === SURFACE['ssh-probe']) return 'recon'
  if (surface === SURFACE['web-login']) return 'stuffing'
  if (key === LISTS) return 'stuffing'
  const span = interval.end - interval.start
  if (span > SLOW_SPAN && (members.length * DAY) / span < SLOW_RATE) return 'low-and-slow'
  if (target !== undefined) return store.names.text(target) === '' ? 'recon' : 'targeted'
  const rows = members.reduce((sum, member) => sum + member.rows.length, 0)
  const rare = names.filter(({ name, sources }) => sources <= 2 && !isCommonName(store.names.text(name)))
  const rareRows = rare.reduce((sum, { sources }) => sum + sources, 0)
  if (rareRows * 2 > rows) return 'stuffing'
  return names.length >= 4 ? 'spray' : 'botnet'
}
