/** What is to be done about a finding. Pure: the same finding, ledger and protection give the same decisions. */
import type { Block } from '../../core/decision.ts'
import { type Finding, type Severity, severityRank } from '../../core/finding.ts'
import type { Prefix } from '../../core/ip.ts'
import { formatSpan, MINUTE, SECOND } from '../../core/time.ts'
import { type Candidate, candidatesOf } from './candidates.ts'
import type { ResolvedPolicy, ResponseMode, ResponsePolicy } from './config.ts'
import type { Protection } from './protection.ts'

/** What has been decided before, as far as a decision asks. */
export interface LedgerView {
  /** Of exactly this prefix, newest first. */
  blocksOf(prefix: string): readonly Block[]
  /** The active block of a prefix that contains this one, or is it. */
  activeCover(prefix: Prefix): Block | undefined
}

export interface DecideInput {
  finding: Finding
  /** Milliseconds. */
  now: number
  mode: ResponseMode
  policy: ResponsePolicy
  ledger: LedgerView
  protection: Protection
  /**
   * Milliseconds that the logs' stamps lie behind the wall clock (a wrong zone, a wrong clock): by what is written now,
   * not by what it says of itself, is judged whether an attack goes on.
   */
  skew?: number
}

export interface Decision {
  /** Canonical, as in Block. */
  prefix: string
  /** observe: what would be done is written down, nothing else. none: `reason` says why not. */
  action: 'block' | 'permanent' | 'observe' | 'none'
  /** How long; null for ever, and where nothing is done. */
  seconds: number | null
  /** A plain sentence. May hold text of the log: escape it. */
  reason: string
  /** Which guard forbids it; `action` is none then. */
  refused?: string
  /** Blocks of this prefix before, as far as they count. */
  level: number
  finding: string
  rule: string
  policy: string
  origin: 'policy' | 'campaign'
  evidenceUntil: number
  severity: Severity
  risk: number
}

/** A decision as the ledger keeps it from `now` (milliseconds) on. */
export function blockOf(
  decision: Decision,
  { id, watching, now }: { id: string; watching: boolean; now: number },
): Block {
  const { prefix, seconds, finding, rule, reason, origin, level, evidenceUntil } = decision
  return {
    id,
    prefix,
    state: watching ? 'observed' : 'active',
    created: now,
    expires: seconds === null ? null : now + seconds * SECOND,
    ended: null,
    finding,
    rule,
    reason,
    origin,
    level,
    evidenceUntil,
  }
}

/** A firewall that has just failed is not asked again for every update of a finding. */
const RETRY = MINUTE
/** Characters of a title that a reason takes over. */
const TITLE = 300

/**
 * Decides about every source that the finding accuses; empty where no policy answers such findings.
 * A block needs events after the end of the one before: the same finding seen twice decides nothing the second time.
 */
export function decide(input: DecideInput): Decision[] {
  const { finding, policy } = input
  const matched = policy.policies.find(one => answers(one, finding))
  if (matched === undefined) return []
  const skew = input.skew ?? 0
  return candidatesOf(finding, policy)
    .map(candidate => (skew === 0 ? candidate : shifted(candidate, skew)))
    .flatMap(candidate => judge(input, matched, candidate))
}

const shifted = (candidate: Candidate, skew: number): Candidate => ({
  ...candidate,
  last: candidate.last + skew,
  singly: candidate.singly.map(single => shifted(single, skew)),
})

function answers(policy: ResolvedPolicy, finding: Finding): boolean {
  return (
    policy.rules.has(finding.rule) &&
    severityRank(finding.severity) <= severityRank(policy.severity) &&
    finding.confidence >= policy.minConfidence &&
    finding.risk >= policy.minRisk &&
    finding.count >= policy.minCount
  )
}

function judge(input: DecideInput, matched: ResolvedPolicy, candidate: Candidate): Decision[] {
  const { finding, now, mode, ledger, protection } = input
  const common = {
    prefix: candidate.text,
    level: 0,
    finding: finding.id,
    rule: finding.rule,
    policy: matched.name,
    origin: candidate.origin,
    evidenceUntil: candidate.last,
    severity: finding.severity,
    risk: finding.risk,
  }
  const none = (reason: string): Decision => ({ ...common, action: 'none', seconds: null, reason })
  const guard = protection.covers(candidate.prefix)
  if (guard !== undefined) {
    const refused = { ...none(`not blocked: ${guard}`), refused: guard }
    // Neighbours of somebody protected are still blocked one by one.
    return [refused, ...candidate.singly.flatMap(single => judge(input, matched, single))]
  }
  const active = mode === 'enforce' ? ledger.activeCover(candidate.prefix) : undefined
  if (active !== undefined) return [none(`already blocked by ${active.prefix}`)]
  const history = historyOf(ledger.blocksOf(candidate.text), mode, matched, now)
  if (history.current) return [none('already written down as what would be blocked')]
  if (history.failed > now - RETRY) return [none('the firewall has just refused it')]
  if (candidate.last <= history.until) return [none('no new events since its last block')]
  if (!candidate.own && history.findings.has(finding.id)) {
    return [none('the finding does not tell which of its sources went on after the last block')]
  }
  const level = history.ended.filter(block => endOf(block) > now - input.policy.permanentWindow).length
  const ttl = Math.min(matched.ttl * 2 ** Math.min(level, 30), input.policy.maxTtl)
  if (now - candidate.last >= ttl) {
    return [none(`its last event was ${formatSpan(now - candidate.last)} ago: a block would be over by now`)]
  }
  const permanent =
    matched.action === 'permanent_block' || (matched.permanentAfter > 0 && level >= matched.permanentAfter)
  return [
    {
      ...common,
      action: matched.action === 'observe' ? 'observe' : permanent ? 'permanent' : 'block',
      seconds: permanent ? null : Math.ceil(ttl / 1000),
      reason: reasonOf(finding, candidate, level),
      level,
    },
  ]
}

interface History {
  /** Blocks that ended by themselves and count towards longer ones. */
  ended: readonly Block[]
  /** Only events after this moment are new. */
  until: number
  /** When the firewall last refused it. */
  failed: number
  /** Whether it is on record as observed, and that has not run out. */
  current: boolean
  /** Findings that were answered before. */
  findings: ReadonlySet<string>
}

const endOf = (block: Block): number => block.ended ?? block.expires ?? block.created

function historyOf(blocks: readonly Block[], mode: ResponseMode, matched: ResolvedPolicy, now: number): History {
  const watching = mode === 'observe' || matched.action === 'observe'
  // What was only observed kept nobody out: once blocks are real, it neither counts nor excuses.
  const done = blocks.filter(
    block => block.state === 'expired' || block.state === 'removed' || (watching && block.state === 'observed'),
  )
  // Who takes a block away says that it was wrong: what came before counts no more, and what it rested on is answered.
  const pardon = Math.max(...done.filter(block => block.state === 'removed').map(endOf), Number.NEGATIVE_INFINITY)
  return {
    ended: done.filter(block => block.state !== 'removed' && endOf(block) > pardon),
    until: Math.max(...done.map(block => Math.max(endOf(block), block.evidenceUntil)), Number.NEGATIVE_INFINITY),
    failed: Math.max(
      ...blocks.filter(block => block.state === 'failed').map(block => block.ended ?? block.created),
      Number.NEGATIVE_INFINITY,
    ),
    current: done.some(block => block.state === 'observed' && (block.expires === null || block.expires > now)),
    findings: new Set(done.map(block => block.finding).filter(id => id !== undefined)),
  }
}

function reasonOf(finding: Finding, candidate: Candidate, level: number): string {
  const title = finding.title.length > TITLE ? `${finding.title.slice(0, TITLE)} ...` : finding.title
  const network = candidate.singly.length === 0 ? '' : `; ${candidate.members} of its sources are in this network`
  return `${title}${network}${level === 0 ? '' : `; it came back after ${level === 1 ? 'a block' : `${level} blocks`}`}`
}
