/** Who of a finding's sources may be blocked for it: only those it accuses, and no more surely than it does. */
import type { Evidence, Finding } from '../../core/finding.ts'
import { formatAddress, isV4, maskWords, type Prefix, PrefixSet, parseAddress, parsePrefix } from '../../core/ip.ts'
import { blockPrefix, blockText } from '../responders/target.ts'
import type { ResponsePolicy } from './config.ts'
import { PrefixMap } from './prefix-map.ts'

export interface Candidate {
  prefix: Prefix
  /** Canonical text of the block. */
  text: string
  /** Its newest event, milliseconds; the finding's own where it does not tell single sources apart. */
  last: number
  /** Whether `last` is this candidate's own. */
  own: boolean
  origin: 'policy' | 'campaign'
  /** Sources of the finding that stand for it. */
  members: number
  /** Of a network: its sources alone, should the network not be blockable. */
  singly: readonly Candidate[]
}

/** Findings about a login that was not its owner's: there a success is the crime, not the excuse. */
const ABOUT_SUCCESS: ReadonlySet<string> = new Set([
  'breach-detection',
  'credential-stuffing',
  'cross-service',
  'campaigns',
  'blacklisted-source',
])
/** An intruder amid a campaign may be a user with bad luck: more is asked than of who only failed. */
const INTRUDER = 0.95
/** Members that make a network of neighbours worth blocking as one. */
const NEIGHBOURS = 2

/** The candidates, networks of a campaign first; sources that are host names or that belong to users are left out. */
export function candidatesOf(finding: Finding, policy: ResponsePolicy): Candidate[] {
  const last = Date.parse(finding.last_seen)
  if (!Number.isFinite(last)) return []
  const spared = usersOf(finding)
  const campaign = campaignOf(finding)
  const origin = campaign === undefined ? 'policy' : 'campaign'
  const singles = new Map<string, Candidate>()
  const accuse = (source: string, time: number, own: boolean): void => {
    const named = parsePrefix(source)
    // A host name is no target: its owner chooses what it points to. A user's login spares them.
    if (named === undefined || spared.has(named.words)) return
    const prefix = blockPrefix(named)
    const text = blockText(prefix)
    const known = singles.get(text)
    singles.set(text, {
      prefix,
      text,
      last: Math.max(time, known?.last ?? time),
      own,
      origin,
      members: (known?.members ?? 0) + 1,
      singly: [],
    })
  }
  if (campaign === undefined) {
    const own = finding.sources.length === 1
    for (const source of finding.sources) accuse(source, last, own)
    return [...singles.values()]
  }
  for (const { source, posterior, seen } of campaign.participants) {
    if (posterior >= policy.minPosterior) accuse(source, seen ?? last, seen !== undefined)
  }
  for (const { source, posterior, seen } of campaign.breached) {
    if (posterior >= Math.max(INTRUDER, policy.minPosterior)) accuse(source, seen ?? last, seen !== undefined)
  }
  return intoNetworks([...singles.values()], campaign.prefixes)
}

function intoNetworks(singles: readonly Candidate[], prefixes: readonly Prefix[]): Candidate[] {
  const wider = prefixes.filter(({ words, length }) => length < (isV4(words) ? 128 : 64))
  const index = new PrefixMap(wider.map(prefix => [prefix, prefix] as const))
  const groups = new Map<Prefix, Candidate[]>()
  const alone: Candidate[] = []
  for (const single of singles) {
    const network = index.containing(single.prefix)
    const group = network === undefined ? alone : (groups.get(network) ?? [])
    group.push(single)
    if (network !== undefined) groups.set(network, group)
  }
  const networks: Candidate[] = []
  for (const [prefix, inside] of groups) {
    if (inside.length < NEIGHBOURS) {
      alone.push(...inside)
      continue
    }
    networks.push({
      prefix,
      text: blockText(prefix),
      last: Math.max(...inside.map(one => one.last)),
      own: inside.every(one => one.own),
      origin: 'campaign',
      members: inside.length,
      singly: inside,
    })
  }
  return [...networks, ...alone]
}

interface Accused {
  source: string
  posterior: number
  seen: number | undefined
}

interface CampaignDetails {
  participants: Accused[]
  breached: Accused[]
  prefixes: Prefix[]
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** A campaign's own figures; findings come back from the store as JSON, so nothing of their shape is taken on trust. */
function campaignOf({ kind, details }: Finding): CampaignDetails | undefined {
  if (kind !== 'campaign') return undefined
  const campaign: unknown = details?.campaign
  if (!isObject(campaign)) return { participants: [], breached: [], prefixes: [] }
  const accused = (list: unknown, time: string): Accused[] =>
    arrayOf(list)
      .filter(isObject)
      .map(item => {
        const text = item[time]
        const seen = typeof text === 'string' ? Date.parse(text) : Number.NaN
        return {
          source: typeof item.source === 'string' ? item.source : '',
          posterior: typeof item.posterior === 'number' ? item.posterior : 0,
          seen: Number.isFinite(seen) ? seen : undefined,
        }
      })
  return {
    participants: accused(campaign.participants, 'last_seen'),
    breached: accused(campaign.breached, 'time'),
    prefixes: arrayOf(campaign.prefixes)
      .map(text => (typeof text === 'string' ? parsePrefix(text) : undefined))
      .filter(prefix => prefix !== undefined),
  }
}

/**
 * sshd's line of a login, whole: the first bracket of the line is the tag's, so that no user name can write one, and the
 * address is the last that the line names.
 */
const ACCEPTED = /^[^[\]]*\bsshd(?:-session)?\[\d+\]: Accepted (\S+) for .* from (\S+) port \d+(?: ssh2(?:: .*)?)?$/
const BY_KEY = /^(publickey|gssapi|hostbased)/

/** Addresses that the finding's own lines show logging in: by key always, by password where that is not the accusation. */
function usersOf({ rule, evidence }: Finding): PrefixSet {
  const users = new PrefixSet()
  for (const login of evidence.map(loginOf).filter(one => one !== undefined)) {
    if (ABOUT_SUCCESS.has(rule) && !BY_KEY.test(login.method)) continue
    const words = parseAddress(login.address)
    if (words === undefined) continue
    const length = isV4(words) ? 128 : 64
    users.add({ words: maskWords(words, length), length })
  }
  return users
}

function loginOf({ text }: Evidence): { method: string; address: string } | undefined {
  if (text.length > 1024) return undefined
  const match = ACCEPTED.exec(text)
  if (match === null) return undefined
  const words = parseAddress(match[2])
  return words === undefined ? undefined : { method: match[1], address: formatAddress(words) }
}
