/**
 * Incidents: findings that belong to one story. Pure: findings in, incidents out, whatever their order; a further finding
 * joins incidents or makes one, and never splits one.
 */
import type { Finding } from '../core/finding.ts'
import { severityRank } from '../core/finding.ts'
import type { Incident } from '../core/incident.ts'
import { hashLabel } from '../core/random.ts'
import { formatTime } from '../core/time.ts'
import { UnionFind } from '../kit/math/union-find.ts'
import { linksOf, type Member, memberOf } from './incident-links.ts'
import { stagesOf } from './incident-stages.ts'
import { titleOf } from './incident-title.ts'

/** Reasons told an incident; a campaign's hundred sources are one reason, so more are rare. */
const MOST_LINKS = 50

/**
 * Groups findings into incidents, worst first (then earliest). Every finding is in exactly one; a finding that nothing ties
 * to another is an incident of its own. The id is a digest of the earliest finding's id: what joins later leaves it as it is.
 */
export function groupIncidents(findings: readonly Finding[]): Incident[] {
  const members = findings.map(memberOf).sort(byTime)
  const links = linksOf(members)
  const sets = new UnionFind(members.length)
  for (const { a, b } of links) sets.union(a, b)
  const reasons = new Map<number, Set<string>>()
  for (const { a, why } of links) {
    const root = sets.find(a)
    const known = reasons.get(root)
    if (known === undefined) reasons.set(root, new Set([why]))
    else known.add(why)
  }
  return sets
    .groups()
    .map(group =>
      tell(
        group.map(i => members[i]),
        reasons.get(sets.find(group[0])) ?? new Set(),
      ),
    )
    .sort(
      (a, b) =>
        severityRank(a.severity) - severityRank(b.severity) ||
        b.risk - a.risk ||
        compare(a.first_seen, b.first_seen) ||
        compare(a.id, b.id),
    )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** By first moment; the id tells equal ones apart, so that the order of the input does not matter. */
function byTime(a: Member, b: Member): number {
  return a.first - b.first || compare(a.finding.id, b.finding.id) || a.last - b.last
}

/** `group` in order of time. */
function tell(group: readonly Member[], reasons: ReadonlySet<string>): Incident {
  const findings = group.map(({ finding }) => finding)
  const [worst] = [...findings].sort((a, b) => severityRank(a.severity) - severityRank(b.severity))
  return {
    id: incidentId(findings[0].id),
    title: titleOf(findings),
    severity: worst.severity,
    risk: Math.max(...findings.map(({ risk }) => risk)),
    first_seen: formatTime(group[0].first),
    last_seen: formatTime(group.reduce((latest, { last }) => Math.max(latest, last), group[0].last)),
    findings: findings.map(({ id }) => id),
    links: told([...reasons].sort()),
    sources: [...new Set(findings.flatMap(({ sources }) => sources))],
    users: [...new Set(findings.flatMap(({ users }) => users))],
    stages: stagesOf(findings),
  }
}

function told(links: string[]): string[] {
  if (links.length <= MOST_LINKS) return links
  return [...links.slice(0, MOST_LINKS), `and ${links.length - MOST_LINKS} more`]
}

/** 16 hexadecimal digits over the first finding's id. */
function incidentId(first: string): string {
  const text = `incident\n${first}`
  const hex = (value: number): string => value.toString(16).padStart(8, '0')
  return hex(hashLabel(text)) + hex(hashLabel(text, 0x9e3779b9))
}
