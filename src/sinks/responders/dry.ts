/** The dry twin: keeps in memory what a firewall would hold, so that everything above it can be tried without one. */
import type { FirewallEntry, Responder } from '../../kit/define-responder.ts'
import { formatTarget, targetOf } from './target.ts'

/** @param now milliseconds, for the times that run out. */
export function openDry(now: () => number): Responder {
  let entries = new Map<string, number | null>()
  const current = (): FirewallEntry[] => {
    const time = now()
    for (const [prefix, end] of entries) if (end !== null && end <= time) entries.delete(prefix)
    return [...entries].map(([prefix, end]) => ({ prefix, seconds: end === null ? null : (end - time) / 1000 }))
  }
  return {
    id: 'dry',
    title: 'Dry: says what it would do, and touches no firewall',
    probe: async () => ({ ok: true, version: 'dry' }),
    async prepare() {},
    async apply({ add, remove }) {
      const changed = new Map(entries)
      for (const prefix of remove) changed.delete(formatTarget(targetOf(prefix)))
      for (const { prefix, seconds } of add) {
        changed.set(formatTarget(targetOf(prefix)), seconds === null ? null : now() + Math.max(1, seconds) * 1000)
      }
      entries = changed
    },
    list: async () => current(),
    cut: async () => undefined,
    async clear() {
      entries.clear()
    },
  }
}
