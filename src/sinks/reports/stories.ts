/** A report's findings as a reader wants them: those of one incident together, the others by themselves, worst first. */
import type { Finding } from '../../core/finding.ts'
import type { Incident } from '../../core/incident.ts'
import type { Report } from '../../core/report.ts'
import { sortFindings } from './words.ts'

/** What stands in a report's list: a finding by itself, or a story of several. */
export interface Entry {
  /** The finding itself, or the worst of the story: it gives the entry its place and its severity. */
  worst: Finding
  story?: Story
}

export interface Story {
  incident: Incident
  /** Two or more, in order of time. */
  findings: Finding[]
}

/**
 * Every finding in exactly one entry, in the order of `sortFindings` of each entry's worst. What a report from elsewhere
 * says of its incidents is believed only as far as that holds: unknown ids are left out, and a finding's first incident
 * counts.
 */
export function entriesOf({ findings, incidents = [] }: Report): Entry[] {
  const free = new Map(findings.map(finding => [finding.id, finding]))
  const stories = new Map<Finding, Story>()
  const told = new Set<Finding>()
  for (const incident of incidents) {
    const members = [...new Set(incident.findings)].flatMap(id => free.get(id) ?? [])
    for (const { id } of members) free.delete(id)
    if (members.length < 2) continue
    for (const member of members) told.add(member)
    stories.set(sortFindings(members)[0], { incident, findings: members })
  }
  return sortFindings(findings).flatMap<Entry>(worst => {
    const story = stories.get(worst)
    return story !== undefined ? [{ worst, story }] : told.has(worst) ? [] : [{ worst }]
  })
}

/** The findings in the order of the entries, a story's together. */
export const findingsOf = (entries: readonly Entry[]): Finding[] =>
  entries.flatMap(({ worst, story }) => story?.findings ?? [worst])

/**
 * The finding whose reasons and proof stand for the story: the worst, but where nothing in it is urgent, the campaign that
 * the others are parts of.
 */
export function leadOf({ findings }: Story): Finding {
  const [worst] = sortFindings(findings)
  if (worst.severity === 'critical' || worst.severity === 'high') return worst
  return sortFindings(findings.filter(({ kind }) => kind === 'campaign'))[0] ?? worst
}

/** By a finding's id its incident's; nothing where the report does not group. */
export function incidentIds({ incidents = [] }: Report): Map<string, string> {
  const ids = new Map<string, string>()
  for (const { id, findings } of incidents) for (const one of findings) if (!ids.has(one)) ids.set(one, id)
  return ids
}

/** `access attempt → access → persistence`. */
export const stagesText = ({ stages }: Incident): string => stages.join(' → ')
