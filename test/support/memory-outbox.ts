/** An outbox for tests, with the meaning of the real one; with a journal file it survives the death of its process. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { Notice, NoticeQuery, NoticeState, Outbox, SentAs } from '../../src/core/notification.ts'

type Entry =
  | { add: Notice }
  | { settle: { id: string; state: Exclude<NoticeState, 'waiting'>; at: number; error: string | null; as: SentAs } }
  | { postpone: { id: string; due: number; error: string; tried: boolean } }

/** As a database gives them: nobody's changes come back. */
const copies = (notices: Notice[]): Notice[] => structuredClone(notices)

export class MemoryOutbox implements Outbox {
  readonly #notices = new Map<string, Notice>()
  readonly #journal: string | undefined

  constructor(journal?: string) {
    this.#journal = journal
    if (journal === undefined || !existsSync(journal)) return
    for (const line of readFileSync(journal, 'utf8').split('\n').slice(0, -1)) this.#apply(JSON.parse(line))
  }

  enqueue(notices: readonly Notice[]): number {
    let added = 0
    for (const notice of notices) {
      if (this.#notices.has(notice.id)) continue
      this.#write({ add: notice })
      added++
    }
    return added
  }

  due(now: number, limit: number): Notice[] {
    return copies(
      [...this.#notices.values()]
        .filter(({ state, due }) => state === 'waiting' && due <= now)
        .sort((a, b) => a.due - b.due || a.created - b.created || (a.id < b.id ? -1 : 1))
        .slice(0, limit),
    )
  }

  settle(id: string, state: Exclude<NoticeState, 'waiting'>, at: number, error?: string, as?: SentAs): void {
    if (this.#notices.get(id)?.state !== 'waiting') return
    this.#write({ settle: { id, state, at, error: error ?? null, as: as ?? { reference: null, edited: false } } })
  }

  postpone(id: string, due: number, error: string): void {
    if (this.#notices.get(id)?.state === 'waiting') this.#write({ postpone: { id, due, error, tried: true } })
  }

  hold(id: string, due: number, why: string): void {
    if (this.#notices.get(id)?.state === 'waiting') this.#write({ postpone: { id, due, error: why, tried: false } })
  }

  notices(query: NoticeQuery): Notice[] {
    const moment = ({ settled, created }: Notice): number => settled ?? created
    return copies(
      [...this.#notices.values()]
        .filter(
          notice =>
            (query.channel === undefined || notice.channel === query.channel) &&
            (query.group === undefined || notice.group === query.group) &&
            (query.state === undefined || notice.state === query.state) &&
            (query.edited === undefined || notice.edited === query.edited) &&
            (query.since === undefined || moment(notice) >= query.since),
        )
        .sort((a, b) => moment(b) - moment(a) || (a.id < b.id ? 1 : -1))
        .slice(0, query.limit ?? 1000),
    )
  }

  sentSince(channel: string, time: number): number {
    return this.notices({ channel, state: 'sent', since: time, limit: Number.POSITIVE_INFINITY }).length
  }

  all(): Notice[] {
    return copies([...this.#notices.values()])
  }

  #write(entry: Entry): void {
    if (this.#journal !== undefined) appendFileSync(this.#journal, `${JSON.stringify(entry)}\n`)
    this.#apply(structuredClone(entry))
  }

  #apply(entry: Entry): void {
    if ('add' in entry) {
      this.#notices.set(entry.add.id, entry.add)
      return
    }
    const change = 'settle' in entry ? entry.settle : entry.postpone
    const notice = this.#notices.get(change.id)
    if (notice === undefined) throw new TypeError(`no notice ${change.id}`)
    if ('settle' in entry) {
      const { state, at, error, as } = entry.settle
      const attempts = notice.attempts + (state === 'dropped' ? 0 : 1)
      Object.assign(notice, { state, settled: at, error, attempts, ...as })
    } else {
      const { due, error, tried } = entry.postpone
      Object.assign(notice, { due, error, attempts: notice.attempts + (tried ? 1 : 0) })
    }
  }
}
