/** Messages to people, on their way out. */
import type { Severity } from './finding.ts'

export const NOTICE_KINDS = ['finding', 'update', 'digest', 'report', 'health', 'test'] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]

/** What a person is told, before a channel gives it its form. Texts of log origin are unescaped: each channel escapes. */
export interface Message {
  kind: NoticeKind
  severity: Severity
  /** One line. */
  title: string
  /** Paragraphs, most important first; a channel with little room cuts from the end. */
  lines: string[]
  /** Labelled facts: host, time, sources, rule ... */
  fields: { label: string; value: string }[]
  recommendations: string[]
  /** The proving lines. */
  evidence: string[]
  /** The machine form that webhooks get: a finding as in the report's contract, or a report. */
  payload: unknown
}

export type NoticeState = 'waiting' | 'sent' | 'failed' | 'dropped'

/** One message for one channel in the outbox: written before it is sent. */
export interface Notice {
  /** Unique and made from what it tells: the same thing told twice has the same id. */
  id: string
  channel: string
  /** What it is about (a finding's or campaign's id): later messages of one group are updates. */
  group: string
  message: Message
  created: number
  /** Not before this moment, milliseconds. */
  due: number
  state: NoticeState
  attempts: number
  /** The last failure, or why it was dropped. */
  error: string | null
  /** When it was sent, failed for good or was dropped. */
  settled: number | null
  /** What the service calls the message that shows it; null where it was not sent, or the service names none. */
  reference: string | null
  /** Whether it took the place of a message sent before, so that nobody's phone rang. */
  edited: boolean
}

/** How a notice was sent, as the outbox keeps it. */
export type SentAs = Pick<Notice, 'reference' | 'edited'>

export interface NoticeQuery {
  channel?: string
  group?: string
  state?: NoticeState
  /** When it was settled or, while it waits, made. */
  since?: number
  edited?: boolean
  limit?: number
}

/** Where notices wait. All calls are synchronous and durable when they return. */
export interface Outbox {
  /** Adds those whose id is new; answers how many. */
  enqueue(notices: readonly Notice[]): number
  /** Waiting and due, oldest first. */
  due(now: number, limit: number): Notice[]
  /** `as` goes with `sent`. */
  settle(id: string, state: 'sent' | 'failed' | 'dropped', at: number, error?: string, as?: SentAs): void
  /** To be tried again at `due`, after an attempt that failed. */
  postpone(id: string, due: number, error: string): void
  /** Not tried before `due`: quiet hours, the budget of an hour, maintenance. */
  hold(id: string, due: number, why: string): void
  /** Notices of a channel (all where undefined) in a state since a moment, newest first. */
  notices(query: NoticeQuery): Notice[]
  sentSince(channel: string, time: number): number
}
