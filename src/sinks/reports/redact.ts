import type { Finding } from '../../core/finding.ts'
import { type Incident, shortName } from '../../core/incident.ts'
import type { Report } from '../../core/report.ts'
import { collectNames } from './redact/names.ts'
import { Pseudonyms } from './redact/pseudonyms.ts'
import { createRedactText } from './redact/text.ts'

/** `names: { admin: 47 }`: under these keys of `details` the keys of an object are the log's words. */
const KEYED_BY_LOG = /^(?:names?|users?|hosts?|addresses|sources|participants|networks|prefixes|tokens)$/
/** Short ids that texts mention (a firewall comment, for example). */
const SHORTEST_ID = 8

/**
 * The same report with every address, user (but root, and names that are words of the log such as `user`) and host name
 * replaced: `ip-1`, `net-2/24`, `user-3`, `host-4`.
 * The same value has the same placeholder everywhere (fields, evidence, reasons, recommendations, details, paths),
 * different values have different ones. Finding ids are digests that an address could be guessed from, so they are
 * replaced as well. With a secret, placeholders are keyed digests, so that several reports redacted with the same
 * secret can be compared; without it they are counted. Times, ports, process ids, countries and AS numbers stay.
 */
export function redact(report: Report, secretSeed?: string): Report {
  const pseudonyms = new Pseudonyms(secretSeed)
  const ids = new Map<string, string>()
  const hideId = (sort: 'finding' | 'incident', id: string): void => {
    const placeholder = pseudonyms.of(sort, id)
    ids.set(id, placeholder)
    if (!/^\w+$/.test(id)) return
    for (let length = SHORTEST_ID; length < id.length; length++) ids.set(id.slice(0, length), placeholder)
  }
  for (const { id } of report.findings) hideId('finding', id)
  for (const { id } of report.incidents ?? []) hideId('incident', id)
  const names = collectNames(report)
  // Titles cut long names: what is left of one still tells it.
  for (const user of names.users) if (shortName(user) !== user) ids.set(shortName(user), pseudonyms.of('user', user))
  const text = createRedactText(names, ids, pseudonyms)
  const texts = (all: readonly string[]): string[] => all.map(text)

  const details = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return isMoment(value) ? value : text(value)
    if (Array.isArray(value)) return value.map(item => details(item, ''))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        KEYED_BY_LOG.test(key) && !Array.isArray(item) && typeof item !== 'string' ? text(name) : safeKey(name),
        details(item, name),
      ]),
    )
  }
  // Keys are words of the program, except those that look like nothing a program would name.
  const safeKey = (name: string): string => (/^[a-z][A-Za-z0-9_]*$/.test(name) ? name : text(name))

  const finding = (each: Finding): Finding => ({
    ...each,
    id: ids.get(each.id) ?? text(each.id),
    title: text(each.title),
    sources: texts(each.sources),
    users: texts(each.users),
    hosts: texts(each.hosts),
    reasons: each.reasons.map(reason => ({
      ...reason,
      text: text(reason.text),
      ...(typeof reason.observed === 'string' ? { observed: text(reason.observed) } : {}),
      ...(typeof reason.expected === 'string' ? { expected: text(reason.expected) } : {}),
    })),
    evidence: each.evidence.map(line => ({ ...line, path: text(line.path), text: text(line.text) })),
    recommendations: texts(each.recommendations),
    ...(each.details === undefined
      ? {}
      : {
          details: Object.fromEntries(
            Object.entries(each.details).map(([key, value]) => [safeKey(key), details(value, key)]),
          ),
        }),
  })

  const incident = (each: Incident): Incident => ({
    ...each,
    id: ids.get(each.id) ?? text(each.id),
    title: text(each.title),
    findings: each.findings.map(id => ids.get(id) ?? text(id)),
    links: texts(each.links),
    sources: texts(each.sources),
    users: texts(each.users),
    stages: texts(each.stages),
  })

  return {
    ...report,
    inputs: report.inputs.map(input => ({
      ...input,
      path: text(input.path),
      ...(input.notes === undefined ? {} : { notes: texts(input.notes) }),
      ...(input.samples === undefined ? {} : { samples: texts(input.samples) }),
    })),
    findings: report.findings.map(finding),
    ...(report.incidents === undefined ? {} : { incidents: report.incidents.map(incident) }),
    ...(report.detection === undefined
      ? {}
      : { detection: { ...report.detection, notes: texts(report.detection.notes) } }),
    ...(report.sources === undefined
      ? {}
      : {
          sources: report.sources.map(source => ({
            ...source,
            source: text(source.source),
            findings: source.findings.map(id => ids.get(id) ?? text(id)),
            ...(source.reasons === undefined ? {} : { reasons: texts(source.reasons) }),
          })),
        }),
    notes: [
      ...texts(report.notes ?? []),
      'Redacted: addresses, users, host names and finding ids are placeholders; the same value has the same placeholder.',
    ],
  }
}

const isMoment = (value: string): boolean => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)
