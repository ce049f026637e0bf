/** Incidents of what is remembered: the open findings of the last weeks, grouped anew and written down. */
import type { Finding } from '../core/finding.ts'
import type { Incident } from '../core/incident.ts'
import { DAY } from '../core/time.ts'
import { groupIncidents } from '../engine/incidents.ts'
import { isStoreTrouble, type Store } from '../store/index.ts'

/** How far back findings are grouped. */
const PERIOD = 30 * DAY
const MOST = 10_000

export interface Grouped {
  /** Worst first. */
  incidents: Incident[]
  findings: ReadonlyMap<string, Finding>
}

/** Groups the open findings that were seen in the 30 days before `now` (milliseconds). */
export function groupStored(store: Store, now: number): Grouped {
  const findings = store.findings
    .list({ since: now - PERIOD, status: 'open', limit: MOST })
    .map(({ finding }) => finding)
  return { incidents: groupIncidents(findings), findings: new Map(findings.map(finding => [finding.id, finding])) }
}

/** Writes the incidents down; those that became part of others, or of which no finding is left, go. */
export function recordIncidents(store: Store, { incidents }: Grouped, now: number): void {
  const ids = new Set(incidents.map(({ id }) => id))
  const gone = store.incidents.list({ since: now - PERIOD, limit: MOST }).filter(({ id }) => !ids.has(id))
  try {
    store.transaction(() => {
      store.incidents.upsert(incidents, now)
      store.incidents.remove(gone.map(({ id }) => id))
    })
  } catch (error) {
    // They are grouped anew the next time: a full disk or a lock keeps nobody from reading them.
    if (!isStoreTrouble(error)) throw error
  }
}
