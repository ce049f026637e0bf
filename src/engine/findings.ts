/** From stories to finding drafts: identity, risk, the rule's words. */
import type { AddressTable } from '../core/addresses.ts'
import type { EventRef } from '../core/event.ts'
import type { Severity } from '../core/finding.ts'
import { severityRank } from '../core/finding.ts'
import { hashLabel } from '../core/random.ts'
import type { FindingDraft, OpenRule, Rule } from '../kit/define-rule.ts'
import type { HostFacts } from '../kit/services.ts'
import type { Key } from '../kit/state/index.ts'
import { type StoryRecord, tell } from './stories.ts'

interface StoryToTell {
  rule: Rule
  open: OpenRule
  story: StoryRecord
  addresses: AddressTable
  host: HostFacts
}

/** What a story says as it stands: the rule's words, the worst severity that a hit gave it, its risk. */
export function findingOf({ rule, open, story, addresses, host }: StoryToTell): FindingDraft {
  const told = tell(story, addresses)
  const explanation = open.explain(told, host)
  const severity = worst(explanation.severity ?? open.severity, story.severity)
  const confidence = explanation.confidence ?? rule.confidence
  return {
    identity: identityOf(story.key, addresses),
    rule: rule.id,
    kind: rule.kind,
    title: explanation.title ?? rule.title,
    severity,
    confidence,
    risk: riskOf(severity, confidence, story.count),
    begun: story.begun,
    first: story.first,
    last: story.last,
    count: story.count,
    sources: [...told.sources],
    users: [...told.users],
    hosts: [...told.hosts],
    reasons: explanation.reasons,
    evidence: evidenceOf(story),
    techniques: rule.techniques,
    recommendations: explanation.recommendations ?? [],
  }
}

/** A source id differs from run to run; its text does not. */
function identityOf(key: Key, addresses: AddressTable): string {
  return typeof key === 'number' ? addresses.identity(key) : key
}

function evidenceOf(story: StoryRecord): EventRef[] {
  const seen = new Set<string>()
  return [...story.opening, ...story.latest].filter(ref => {
    const place = `${ref.input}:${ref.line}:${ref.offset}`
    if (seen.has(place)) return false
    seen.add(place)
    return true
  })
}

function worst(a: Severity, b: Severity | undefined): Severity {
  return b !== undefined && severityRank(b) < severityRank(a) ? b : a
}

const BASE_RISK: Readonly<Record<Severity, number>> = { critical: 88, high: 68, medium: 45, low: 22, info: 6 }

/**
 * Risk from 0 to 100: the severity's base, up to 8 points for confidence above one half and up to 4 for volume
 * (log10 of the count), so that findings of one severity have an order and no volume lifts one over the next severity.
 */
export function riskOf(severity: Severity, confidence: number, count: number): number {
  const sure = 16 * Math.max(-0.5, Math.min(0.5, confidence - 0.5))
  const volume = Math.min(4, Math.log10(Math.max(1, count)))
  return Math.round(Math.max(0, Math.min(100, BASE_RISK[severity] + sure + volume)))
}

/** A finding's public id: 16 hexadecimal digits over detector, identity and the moment it began. */
export function findingId({ rule, identity, begun, first }: FindingDraft): string {
  const text = `${rule}\n${identity}\n${begun ?? first}`
  const high = hashLabel(text)
  const low = hashLabel(text, 0x9e3779b9)
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}
