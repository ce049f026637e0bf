/** The lengths of time at which counts are looked at, from a burst to a month. */
import { DAY, HOUR, MINUTE } from '../core/time.ts'

export const SCALES: readonly number[] = [5 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY]

/** Fewer sources than this are no campaign, whatever their chance. */
export const LEAST_SOURCES = 5

/** Alarms closer than this belong to one campaign. */
export const MERGE_GAP = 6 * HOUR
