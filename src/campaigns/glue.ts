/** Glue: the names that hold a campaign together because hardly anybody else tries them. */
import type { SurfaceBaseline } from './baseline.ts'
import type { Campaign } from './find.ts'
import type { Interval } from './interval.ts'
import { isCommonName } from './name-law.ts'
import type { AttemptStore } from './store.ts'
import { namesAreAccounts } from './surfaces.ts'

/** A name that more than this share of the sources try links nobody. */
export const COMMON_SHARE = 0.2
const TOLD = 10

export interface Glue {
  name: number
  sources: number
  /** Sum over the members of -ln of the name's share among strangers. */
  weight: number
}

/** Whether a name may link at all: not one of everybody's list. */
export function isGlue({ names }: AttemptStore, name: number): boolean {
  return !names.isRest(name) && !isCommonName(names.text(name))
}

/** Share of the strangers outside the interval who try the name. */
export function glueShare(baseline: SurfaceBaseline, name: number, { start, end }: Interval): number {
  return baseline.shareOutside(name, start, end)
}

/** The names that two members or more have and strangers hardly, by summed weight. */
export function glueOf(store: AttemptStore, baseline: SurfaceBaseline | undefined, campaign: Campaign): Glue[] {
  if (baseline === undefined || !namesAreAccounts(campaign.surface)) return []
  const glue: Glue[] = []
  for (const [name, sources] of campaign.membership.names) {
    if (sources < 2 || !isGlue(store, name)) continue
    const share = glueShare(baseline, name, campaign.interval)
    if (share <= COMMON_SHARE) glue.push({ name, sources, weight: -sources * Math.log(share) })
  }
  return glue
    .sort((a, b) => b.weight - a.weight || (store.names.text(a.name) < store.names.text(b.name) ? -1 : 1))
    .slice(0, TOLD)
}
