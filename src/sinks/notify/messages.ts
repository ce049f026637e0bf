/**
 * What people are told, in their language. Pure: the same finding gives the same message. Texts of log origin stay
 * raw; each channel escapes them for its own form. Detectors speak English: in another language their sentences are said
 * again from the catalogue; what it has no words for is announced as the original.
 */
import type { Finding, Severity } from '../../core/finding.ts'
import { severityRank } from '../../core/finding.ts'
import type { Message } from '../../core/notification.ts'
import { CATALOGUES, type Catalogue, type Language } from './catalogue/labels.ts'
import { localTime } from './clock.ts'

export interface MessageContext {
  language: Language
  /** How the host is called. */
  host: string
  /** `local` or a zone's name, for the times. */
  timezone: string
  now: number
}

/** The machine form of a message's payload is versioned like the report. */
export const PAYLOAD_VERSION = 1

const SOURCES_SHOWN = 5
const EVIDENCE_SHOWN = 5
const ADVICE_SHOWN = 3
const REASONS_SHOWN = 8
/** Longer lines of a log are cut: a message proves, the report has all of it. */
const LINE_SHOWN = 400
/** A campaign may have thousands of sources; a webhook gets this many of each list. */
const LIST_SENT = 200

const cutLine = (text: string): string => {
  if (text.length <= LINE_SHOWN) return text
  return `${text
    .slice(0, LINE_SHOWN)
    .toWellFormed()
    .replace(/\ufffd$/, '')}…`
}

function listed(values: readonly string[], words: Catalogue): string {
  const shown = values.slice(0, SOURCES_SHOWN).map(cutLine)
  const rest = values.length - shown.length
  return [...shown, ...(rest > 0 ? [words.more(rest)] : [])].join(words.separator)
}

function ruleTitle(rule: string, words: Catalogue): string | undefined {
  const titles: Readonly<Record<string, string>> = words.rules
  return Object.hasOwn(titles, rule) ? titles[rule] : undefined
}

/** What the finding is, in one line of the message's language. */
export function headline({ title, rule, sources, count }: Finding, words: Catalogue): string {
  const said = words.sentence(rule, title)
  return said === undefined
    ? words.headline({ title: cutLine(title), rule: ruleTitle(rule, words), sources, count })
    : cutLine(said)
}

/** From when to when it lasted, in the zone of the messages; one moment where both are the same. */
export function periodOf({ first_seen, last_seen }: Finding, { timezone }: MessageContext, words: Catalogue): string {
  const [from, to] = [first_seen, last_seen].map(moment => {
    const time = Date.parse(moment)
    return Number.isFinite(time) ? localTime(time, timezone) : moment
  })
  return from === to ? from : words.period(from, to)
}

/** The finding without what would make a message larger than any service takes: lists and details are bounded. */
export function sentForm(finding: Finding): Finding {
  const { details: _, ...rest } = finding
  return {
    ...rest,
    sources: rest.sources.slice(0, LIST_SENT),
    users: rest.users.slice(0, LIST_SENT),
    hosts: rest.hosts.slice(0, LIST_SENT),
    evidence: rest.evidence.slice(0, EVIDENCE_SHOWN * 2),
  }
}

/** What a message says of a finding, for machines, and for the planner when the finding has gone on. */
export interface FindingPayload {
  version: number
  host: string
  finding: Finding
  /** How many sources the finding had; `finding.sources` may be cut. */
  sources: number
}

/** A first message about a finding. */
export function findingMessage(finding: Finding, context: MessageContext): Message {
  const words = CATALOGUES[context.language]
  const { labels } = words
  const rule = ruleTitle(finding.rule, words)
  const reasons = finding.reasons
    .slice(0, REASONS_SHOWN)
    .map(({ text }) => ({ text, said: words.sentence(finding.rule, text) }))
  const advices = finding.recommendations.slice(0, ADVICE_SHOWN).map(text => ({ text, said: words.advice(text) }))
  const isWhole = [...reasons, ...advices].every(({ said }) => said !== undefined)
  const payload: FindingPayload = {
    version: PAYLOAD_VERSION,
    host: context.host,
    finding: sentForm(finding),
    sources: finding.sources.length,
  }
  return {
    kind: 'finding',
    severity: finding.severity,
    title: words.title(context.host, words.severity[finding.severity], headline(finding, words)),
    lines: [
      ...(words.sentence(finding.rule, finding.title) === undefined ? [words.original(cutLine(finding.title))] : []),
      ...(isWhole ? [] : [words.partlyOriginal]),
      ...reasons.map(({ text, said }) => cutLine(said ?? text)),
    ],
    fields: [
      { label: labels.severity, value: words.severity[finding.severity] },
      { label: labels.host, value: context.host },
      { label: labels.time, value: periodOf(finding, context, words) },
      ...(finding.sources.length > 0 ? [{ label: labels.sources, value: listed(finding.sources, words) }] : []),
      ...(finding.users.length > 0 ? [{ label: labels.accounts, value: listed(finding.users, words) }] : []),
      { label: labels.count, value: words.number(finding.count) },
      { label: labels.rule, value: rule === undefined ? finding.rule : `${rule} (${finding.rule})` },
      { label: labels.finding, value: finding.id },
    ],
    recommendations: advices.map(({ text, said }) => said ?? text),
    evidence: finding.evidence.slice(0, EVIDENCE_SHOWN).map(({ text }) => cutLine(text)),
    payload,
  }
}

/** What a person was last told of a finding. */
export interface Told {
  severity: Severity
  /** Whether somebody had got in. */
  breached: boolean
  sources: number
  /** Events. */
  count: number
}

/** ATT&CK's "Valid Accounts": the finding says that a login of the attacker's succeeded. */
const VALID_ACCOUNTS = /^T1078(\.|$)/

/** What a message about the finding as it stands tells. */
export function toldOf(finding: Finding): Told {
  return {
    severity: finding.severity,
    breached: finding.techniques.some(technique => VALID_ACCOUNTS.test(technique)),
    sources: finding.sources.length,
    count: finding.count,
  }
}

/** A later message about a finding: what is new comes first, then the finding as it stands. */
export function updateMessage(finding: Finding, previous: Told, context: MessageContext): Message {
  const words = CATALOGUES[context.language]
  const now = toldOf(finding)
  const whole = findingMessage(finding, context)
  return {
    ...whole,
    kind: 'update',
    title: words.title(context.host, words.severity[finding.severity], words.updated(headline(finding, words))),
    lines: [
      ...(now.breached && !previous.breached ? [words.gotIn] : []),
      ...(severityRank(now.severity) < severityRank(previous.severity)
        ? [words.severityRose(words.severity[previous.severity], words.severity[now.severity])]
        : []),
      ...(now.sources > previous.sources ? [words.grew(previous.sources, now.sources)] : []),
      ...whole.lines,
    ],
  }
}

/** Why messages were held. */
export type HeldFor = 'quiet' | 'maintenance' | 'budget'

export interface DigestPayload {
  version: number
  host: string
  /** Ids of the notices that the digest tells: they are settled by it. */
  covers: string[]
  findings: {
    id: string
    rule: string
    severity: Severity
    title: string
    first_seen: string
    last_seen: string
    sources: number
  }[]
}

/** A message that was held: its notice's id and what it would have told. */
export interface HeldMessage {
  id: string
  message: Message
}

/** Lines of a digest that are written out; the rest is a number. All of them are in the payload. */
const DIGEST_LINES = 40

/** One message for those that were held. Titles come as they were written. */
export function digestMessage(
  held: readonly HeldMessage[],
  reasons: readonly HeldFor[],
  context: MessageContext,
): Message {
  const words = CATALOGUES[context.language]
  const sorted = [...held].sort(
    (a, b) => severityRank(a.message.severity) - severityRank(b.message.severity) || (a.id < b.id ? -1 : 1),
  )
  const findings = sorted.map(({ message }) => findingOf(message)).filter(finding => finding !== undefined)
  const lines = sorted.map(({ message }) => {
    const found = findingOf(message)
    return found === undefined
      ? message.title
      : words.digestLine(
          words.severity[message.severity],
          headline(found.finding, words),
          periodOf(found.finding, context, words),
        )
  })
  const payload: DigestPayload = {
    version: PAYLOAD_VERSION,
    host: context.host,
    covers: sorted.map(({ id }) => id),
    findings: findings.map(({ finding, sources }) => ({
      id: finding.id,
      rule: finding.rule,
      severity: finding.severity,
      title: cutLine(finding.title),
      first_seen: finding.first_seen,
      last_seen: finding.last_seen,
      sources,
    })),
  }
  return {
    kind: 'digest',
    severity: sorted[0]?.message.severity ?? 'info',
    title: words.plainTitle(context.host, words.digestTitle(held.length)),
    lines: [
      words.digestIntro(
        held.length,
        reasons.map(reason => words.held[reason]),
      ),
      ...lines.slice(0, DIGEST_LINES),
      ...(lines.length > DIGEST_LINES ? [words.more(lines.length - DIGEST_LINES)] : []),
    ],
    fields: [{ label: words.labels.host, value: context.host }],
    recommendations: [],
    evidence: [],
    payload,
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** The finding that a message tells; undefined where it tells none. What the outbox gives back was written by us. */
export function findingOf({ kind, payload }: Message): FindingPayload | undefined {
  if (kind !== 'finding' && kind !== 'update') return undefined
  // Written by findingMessage into a file that only this program writes.
  return isRecord(payload) && isRecord(payload.finding) ? (payload as unknown as FindingPayload) : undefined
}

/** Ids of the notices that a digest tells; empty where the message is none. */
export function coveredBy({ kind, payload }: Message): string[] {
  if (kind !== 'digest' || !isRecord(payload) || !Array.isArray(payload.covers)) return []
  return payload.covers.filter(id => typeof id === 'string')
}
