/** From a detector's draft to the finding that reports, the store and people get. */
import type { EventRef } from '../core/event.ts'
import type { Evidence, Finding } from '../core/finding.ts'
import { formatTime } from '../core/time.ts'
import type { FindingDraft } from '../kit/define-rule.ts'

/** `read` turns a pointer into the proving line. */
export function toFinding(draft: FindingDraft, id: string, read: (ref: EventRef) => Evidence): Finding {
  const { identity, begun, first, last, evidence, techniques, risk, details, ...rest } = draft
  return {
    ...rest,
    id,
    risk: risk ?? 0,
    first_seen: formatTime(first),
    last_seen: formatTime(last),
    evidence: evidence.map(read),
    techniques: [...techniques],
    ...(details === undefined ? {} : { details }),
  }
}
