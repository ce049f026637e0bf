/** Numbers of the series, and the settings that all of this folder reads. */
import { GROUPS } from './path-groups.ts'

export type Mode = 'nb' | 'z' | 'ratio'

export interface MonitorSettings {
  mode: Mode
  /** Standard deviations above the mean, in mode z. */
  zThreshold: number
  /** Times the mean, in mode ratio. */
  ratioThreshold: number
  /** By measure: sums of 60 seconds below which nothing is told. */
  floors: readonly number[]
  /** Places for sources. */
  sources: number
  /** False alarms a week that may be raised. */
  budget: number
}

/** Entities with a window: the server, what names no source, then the path groups. */
export const SERVER = 0
export const LOCAL = 1
/** In the minutes the second place is that of any one source. */
export const ANY_SOURCE = 1
export const FIRST_GROUP = 2
export const ENTITIES = FIRST_GROUP + GROUPS + 1
/** Counts below this many times the mean are not looked at. */
export const LEAST_RATIO = 2
/** One source alone is a crawler or a person in a hurry until it makes this many times as much. */
export const LONE = 2
