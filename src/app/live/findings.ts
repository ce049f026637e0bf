/**
 * The findings of a live run. A story that goes on keeps its id, whatever later events say of it: a rule's by its
 * identity, an analyzer's conclusion, whose bounds move with what is learnt, by the conclusion before it of which it is
 * the continuation.
 */
import { HOUR } from '../../core/time.ts'
import { findingId } from '../../engine/findings.ts'
import type { FindingDraft } from '../../kit/define-rule.ts'

/** A draft with the id under which it is known from its first telling on. */
export interface LiveDraft {
  id: string
  draft: FindingDraft
}

/** What is remembered of one. */
interface Known {
  id: string
  rule: string
  identity: string
  first: number
  last: number
  /** An analyzer's: whom it accuses, to know it again. */
  sources: string[]
}

/** Two conclusions this close, or with this share of their sources in common, are one (the merging of alarms, docs/detection.md). */
const CLOSE = 6 * HOUR
const SHARED = 0.3
/** Sources kept to know a conclusion again. */
const KEPT_SOURCES = 2000

export class LiveFindings {
  readonly #rules = new Map<string, Known>()
  readonly #concluded = new Map<string, Known[]>()

  /** Rules' findings that have changed. */
  nameChanged(drafts: readonly FindingDraft[]): LiveDraft[] {
    return drafts.map(draft => {
      const key = `${draft.rule}\n${draft.identity}`
      const known = this.#rules.get(key)
      const { rule, identity, first, last } = draft
      if (known !== undefined && first <= known.last) {
        known.last = last
        return { id: known.id, draft }
      }
      const id = findingId(rule, identity, first)
      this.#rules.set(key, { id, rule, identity, first, last, sources: [] })
      return { id, draft }
    })
  }

  /** All that one analyzer concludes now; what its last conclusion had and this one does not is answered in `gone`. */
  nameConcluded(analyzer: string, drafts: readonly FindingDraft[]): { drafts: LiveDraft[]; gone: string[] } {
    const before = [...(this.#concluded.get(analyzer) ?? [])]
    const now: Known[] = []
    const named = drafts.map(draft => {
      const at = before.findIndex(known => continues(known, draft))
      const id = at < 0 ? findingId(draft.rule, draft.identity, draft.first) : before.splice(at, 1)[0].id
      const { rule, identity, first, last } = draft
      now.push({ id, rule, identity, first, last, sources: draft.sources.slice(0, KEPT_SOURCES) })
      return { id, draft }
    })
    this.#concluded.set(analyzer, now)
    return { drafts: named, gone: before.map(({ id }) => id) }
  }

  /** Lets go of rules' stories that ended before `time`. */
  forget(time: number): void {
    for (const [key, known] of this.#rules) if (known.last < time) this.#rules.delete(key)
  }

  snapshot(): FindingsSnapshot {
    return { rules: [...this.#rules.values()], concluded: Object.fromEntries(this.#concluded) }
  }

  restore(saved: FindingsSnapshot): void {
    for (const known of saved.rules) this.#rules.set(`${known.rule}\n${known.identity}`, { ...known })
    for (const [analyzer, known] of Object.entries(saved.concluded)) this.#concluded.set(analyzer, known)
  }
}

export interface FindingsSnapshot {
  rules: Known[]
  concluded: Record<string, Known[]>
}

function continues(known: Known, draft: FindingDraft): boolean {
  if (known.rule !== draft.rule) return false
  if (known.identity === draft.identity) return true
  if (draft.first - known.last > CLOSE || known.first - draft.last > CLOSE) return false
  const before = new Set(known.sources)
  const shared = draft.sources.filter(source => before.has(source)).length
  return shared > 0 && shared >= SHARED * Math.min(before.size, draft.sources.length)
}
