/**
 * The findings of a live run. A story that goes on keeps its id, whatever later events say of it: a rule's by its
 * identity, an analyzer's conclusion, whose bounds move with what is learnt, by the conclusion before it of which it is
 * the continuation.
 */
import type { Finding } from '../../core/finding.ts'
import { HOUR } from '../../core/time.ts'
import { findingId } from '../../engine/findings.ts'
import type { FindingDraft } from '../../kit/define-rule.ts'

/** A draft with the id under which it is known from its first telling on. */
export interface LiveDraft {
  id: string
  draft: FindingDraft
}

/** What is remembered of a conclusion; its rule is its analyzer. */
interface Known {
  id: string
  rule: string
  identity: string
  first: number
  last: number
  /** Whom it accuses, to know it again. */
  sources: string[]
}

/** Two conclusions this close, or with this share of their sources in common, are one (the merging of alarms, docs/detection.md). */
const CLOSE = 6 * HOUR
const SHARED = 0.3
/** Sources kept to know a conclusion again. */
const KEPT_SOURCES = 2000

/**
 * Gives every draft of a live run its id. One for each run: what analyzers concluded last is remembered, and goes
 * into the snapshot.
 */
export class LiveFindings {
  readonly #concluded = new Map<string, Known[]>()

  /** Rules' findings that have changed. */
  nameChanged(drafts: readonly FindingDraft[]): LiveDraft[] {
    return drafts.map(draft => ({ id: findingId(draft), draft }))
  }

  /** All that one analyzer concludes now; what its last conclusion had and this one does not is answered in `gone`. */
  nameConcluded(analyzer: string, drafts: readonly FindingDraft[]): { drafts: LiveDraft[]; gone: string[] } {
    const before = [...(this.#concluded.get(analyzer) ?? [])]
    const ids = new Map<FindingDraft, string>()
    // Who is certainly the same is known first: none may take another's id.
    for (const isSame of [isCertain, continues]) {
      for (const draft of drafts) {
        const at = ids.has(draft) ? -1 : before.findIndex(known => isSame(known, draft))
        if (at >= 0) ids.set(draft, before.splice(at, 1)[0].id)
      }
    }
    const taken = new Set(ids.values())
    const named = drafts.map(draft => {
      const id = ids.get(draft) ?? freeId(draft, taken)
      taken.add(id)
      return { id, draft }
    })
    this.#concluded.set(
      analyzer,
      named.map(({ id, draft: { rule, identity, first, last, sources } }) => ({
        id,
        rule,
        identity,
        first,
        last,
        sources: sources.slice(0, KEPT_SOURCES),
      })),
    )
    return { drafts: named, gone: before.map(({ id }) => id).filter(id => !taken.has(id)) }
  }

  /** Conclusions that were recorded after the snapshot was made: the next ones continue them, or they are gone. */
  adopt(findings: readonly Finding[]): void {
    for (const { id, rule, sources, first_seen, last_seen } of findings) {
      const known = this.#concluded.get(rule) ?? []
      if (known.some(one => one.id === id)) continue
      const first = Date.parse(first_seen)
      const last = Date.parse(last_seen)
      // What was written of it says no more of its identity than this.
      const adopted = { id, rule, identity: '', first, last, sources: sources.slice(0, KEPT_SOURCES) }
      this.#concluded.set(rule, [...known, adopted])
    }
  }

  snapshot(): FindingsSnapshot {
    return { concluded: Object.fromEntries(this.#concluded) }
  }

  restore(saved: FindingsSnapshot): void {
    for (const [analyzer, known] of Object.entries(saved.concluded)) this.#concluded.set(analyzer, known)
  }
}

export interface FindingsSnapshot {
  concluded: Record<string, Known[]>
}

const isCertain = (known: Known, draft: FindingDraft): boolean =>
  known.rule === draft.rule && (known.identity === draft.identity || known.id === findingId(draft))

/** An id of its own, also where another story was first told under the one that this would have. */
function freeId(draft: FindingDraft, taken: ReadonlySet<string>): string {
  let id = findingId(draft)
  for (let n = 2; taken.has(id); n++) id = findingId({ ...draft, identity: `${draft.identity} ${n}` })
  return id
}

function continues(known: Known, draft: FindingDraft): boolean {
  if (known.rule !== draft.rule) return false
  if (draft.first - known.last > CLOSE || known.first - draft.last > CLOSE) return false
  const before = new Set(known.sources)
  const shared = draft.sources.filter(source => before.has(source)).length
  return shared > 0 && shared >= SHARED * Math.min(before.size, draft.sources.length)
}
