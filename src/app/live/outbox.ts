/**
 * The outbox while its database may fail: what could not be written waits here, and what was sent is not sent again
 * because it could not be noted.
 */
import type { Notice, NoticeQuery, Outbox, SentAs } from '../../core/notification.ts'
import type { Memory } from './memory.ts'

const MOST_WAITING = 10_000

/**
 * An outbox over the store's that never throws for trouble of the database: what it cannot read is empty, what it
 * cannot write waits for `recover`.
 */
export class SafeOutbox implements Outbox {
  readonly #memory: Memory
  readonly #unwritten = new Map<string, Notice>()
  /** What became of notices, as far as that is not written: nothing is to be done about them. */
  readonly #unsettled = new Map<string, (outbox: Outbox) => void>()

  constructor(memory: Memory) {
    this.#memory = memory
  }

  #read<T>(work: (outbox: Outbox) => T): T | undefined {
    return this.#memory.attempt(store => work(store.outbox))
  }

  #write<T>(work: (outbox: Outbox) => T): T | undefined {
    return this.#memory.write(store => work(store.outbox))
  }

  /** Writes what waits. */
  recover(): void {
    if (this.#unwritten.size === 0 && this.#unsettled.size === 0) return
    const written = this.#memory.write(store =>
      store.transaction(() => {
        store.outbox.enqueue([...this.#unwritten.values()])
        for (const settle of this.#unsettled.values()) settle(store.outbox)
        return true
      }),
    )
    if (written === undefined) return
    this.#unwritten.clear()
    this.#unsettled.clear()
  }

  enqueue(notices: readonly Notice[]): number {
    const added = this.#write(outbox => outbox.enqueue(notices))
    if (added !== undefined) return added
    for (const notice of notices) if (this.#unwritten.size < MOST_WAITING) this.#unwritten.set(notice.id, notice)
    return notices.length
  }

  due(now: number, limit: number): Notice[] {
    this.recover()
    const due = this.#read(outbox => outbox.due(now, limit)) ?? []
    return due.filter(({ id }) => !this.#unsettled.has(id))
  }

  settle(id: string, state: 'sent' | 'failed' | 'dropped', at: number, error?: string, as?: SentAs): void {
    const settle = (outbox: Outbox): void => outbox.settle(id, state, at, error, as)
    if (!this.#done(settle)) this.#unsettled.set(id, settle)
  }

  postpone(id: string, due: number, error: string): void {
    const postpone = (outbox: Outbox): void => outbox.postpone(id, due, error)
    if (!this.#done(postpone)) this.#unsettled.set(id, postpone)
  }

  hold(id: string, due: number, why: string): void {
    const hold = (outbox: Outbox): void => outbox.hold(id, due, why)
    if (!this.#done(hold)) this.#unsettled.set(id, hold)
  }

  #done(work: (outbox: Outbox) => void): boolean {
    return (
      this.#write(outbox => {
        work(outbox)
        return true
      }) === true
    )
  }

  notices(query: NoticeQuery): Notice[] {
    return this.#read(outbox => outbox.notices(query)) ?? []
  }

  sentSince(channel: string, time: number): number {
    return this.#read(outbox => outbox.sentSince(channel, time)) ?? 0
  }
}
