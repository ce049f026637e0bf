/** What the metrics tell of what is remembered: read from the store when somebody asks. */
import type { FindingKind } from '../../core/finding.ts'
import { DAY, WEEK } from '../../core/time.ts'
import type { Memory } from './memory.ts'

export interface LiveFigures {
  /** Campaigns that went on within the last day. */
  campaignsActive: number
  blocksActive: number
  /** Campaigns, anomalies and rates of the last week: what the budget is for. */
  alarmsThisWeek: number
}

/** Kinds of findings that the budget of false alarms is for; of each, so many are counted. */
const BUDGETED = ['campaign', 'anomaly', 'rate', 'host'] as const satisfies readonly FindingKind[]
const MOST_ALARMS = 1000

/** The figures at `now` (wall clock, milliseconds); none while the database cannot be read. */
export function figuresOf(memory: Memory, now: number): LiveFigures {
  const figures = memory.attempt(store => {
    const alarms = BUDGETED.flatMap(kind =>
      store.findings.list({ kind, since: now - WEEK, status: 'open', limit: MOST_ALARMS }),
    )
    return {
      campaignsActive: alarms.filter(
        ({ finding }) => finding.kind === 'campaign' && Date.parse(finding.last_seen) >= now - DAY,
      ).length,
      blocksActive: store.blocks.activeBlocks().length,
      alarmsThisWeek: alarms.length,
    }
  })
  return figures ?? { campaignsActive: 0, blocksActive: 0, alarmsThisWeek: 0 }
}
