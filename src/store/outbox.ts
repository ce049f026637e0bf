/** Notices on their way: written before they are sent, kept until they are old. */
import type { Message, Notice, NoticeQuery, NoticeState, Outbox, SentAs } from '../core/notification.ts'
import type { Database } from './database.ts'
import { Conditions, DEFAULT_LIMIT } from './lookup.ts'
import { json, number, optionalNumber, optionalText, type Row, readable, text, whole, word } from './row.ts'

const STATES: readonly NoticeState[] = ['waiting', 'sent', 'failed', 'dropped']

/** A failure's text comes from the other side: it is cut here. */
const MAX_ERROR = 2000

/**
 * The outbox that every process of this host shares. Every call throws a StoreProblem where the database has
 * trouble; moments are milliseconds of the wall clock.
 */
export class OutboxTable implements Outbox {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  enqueue(notices: readonly Notice[]): number {
    return this.#database.transaction(() => {
      let added = 0
      for (const notice of notices) {
        added += this.#database.run(
          `INSERT INTO notices
          (id, channel, topic, message, created, due, state, attempts, error, settled, reference, edited)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
          notice.id,
          notice.channel,
          notice.group,
          JSON.stringify(notice.message),
          whole(notice.created),
          whole(notice.due),
          notice.state,
          notice.attempts,
          notice.error,
          whole(notice.settled),
          notice.reference,
          notice.edited ? 1 : 0,
        ).changes
      }
      return added
    })
  }

  due(now: number, limit: number): Notice[] {
    const rows = this.#database.all(
      "SELECT * FROM notices WHERE state = 'waiting' AND due <= ? ORDER BY due, created, id LIMIT ?",
      now,
      limit,
    )
    return readable(rows, readNotice)
  }

  /** Counts as an attempt unless it was dropped. One that is settled stays as it is. */
  settle(id: string, state: 'sent' | 'failed' | 'dropped', at: number, error?: string, as?: SentAs): void {
    this.#database.run(
      `UPDATE notices SET state = ?, settled = ?, error = ?, attempts = attempts + ?, reference = ?, edited = ?
      WHERE id = ? AND state = 'waiting'`,
      state,
      whole(at),
      error?.slice(0, MAX_ERROR) ?? null,
      state === 'dropped' ? 0 : 1,
      as?.reference ?? null,
      as?.edited === true ? 1 : 0,
      id,
    )
  }

  /** Counts as an attempt. */
  postpone(id: string, due: number, error: string): void {
    this.#database.run(
      "UPDATE notices SET due = ?, error = ?, attempts = attempts + 1 WHERE id = ? AND state = 'waiting'",
      whole(due),
      error.slice(0, MAX_ERROR),
      id,
    )
  }

  hold(id: string, due: number, why: string): void {
    this.#database.run(
      "UPDATE notices SET due = ?, error = ? WHERE id = ? AND state = 'waiting'",
      whole(due),
      why.slice(0, MAX_ERROR),
      id,
    )
  }

  notices(query: NoticeQuery): Notice[] {
    const conditions = new Conditions()
      .add('channel = ?', query.channel)
      .add('topic = ?', query.group)
      .add('state = ?', query.state)
      .add('coalesce(settled, created) >= ?', query.since)
      .add('edited = ?', query.edited === undefined ? undefined : Number(query.edited))
    const rows = this.#database.all(
      `SELECT * FROM notices ${conditions.sql} ORDER BY coalesce(settled, created) DESC, id DESC LIMIT ?`,
      ...conditions.values,
      query.limit ?? DEFAULT_LIMIT,
    )
    return readable(rows, readNotice)
  }

  sentSince(channel: string, time: number): number {
    return this.#database.figure(
      "SELECT count(*) FROM notices WHERE channel = ? AND state = 'sent' AND settled >= ?",
      channel,
      time,
    )
  }
}

function readNotice(row: Row): Notice {
  return {
    id: text(row, 'id'),
    channel: text(row, 'channel'),
    group: text(row, 'topic'),
    message: json<Message>(row, 'message'),
    created: number(row, 'created'),
    due: number(row, 'due'),
    state: word(row, 'state', STATES),
    attempts: number(row, 'attempts'),
    error: optionalText(row, 'error'),
    settled: optionalNumber(row, 'settled'),
    reference: optionalText(row, 'reference'),
    edited: number(row, 'edited') === 1,
  }
}
