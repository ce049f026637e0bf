/** Stories of two nodes put together: what is one identity's and not a week apart is one story. */
import type { EventRef } from '../core/event.ts'
import { type Severity, severityRank } from '../core/finding.ts'
import { DAY } from '../core/time.ts'
import type { StoryLimits, StoryRecord } from './stories.ts'

/** A story that rests for longer than this is over; the same identity then begins a new one. */
export const STORY_GAP = 7 * DAY

/** One identity's stories of two nodes, in time order; those that one book would have kept as one are one. */
export function foldStories(stories: readonly StoryRecord[], limits: StoryLimits): StoryRecord[] {
  const folded: StoryRecord[] = []
  for (const story of [...stories].sort((a, b) => a.first - b.first || a.last - b.last)) {
    const before = folded.at(-1)
    if (before === undefined || story.first - before.last > STORY_GAP) folded.push(story)
    else folded[folded.length - 1] = joinStories(before, story, limits)
  }
  return folded
}

/** `b` began no earlier than `a`. Facts are those of the later hits: they say how things stand. */
function joinStories(a: StoryRecord, b: StoryRecord, limits: StoryLimits): StoryRecord {
  const [earlier, later] = a.last <= b.last ? [a, b] : [b, a]
  const half = Math.ceil(limits.evidence / 2)
  const opening: EventRef[] = [...a.opening, ...b.opening]
  const latest = [...opening.splice(half), ...earlier.latest, ...later.latest]
  return {
    key: a.key,
    begun: Math.min(a.begun, b.begun),
    first: a.first,
    last: later.last,
    count: a.count + b.count,
    severity: worseOf(a.severity, b.severity),
    sources: union(a.sources, b.sources, limits.names),
    users: union(a.users, b.users, limits.names),
    hosts: union(a.hosts, b.hosts, limits.names),
    services: union(a.services, b.services, limits.names),
    facts: { ...earlier.facts, ...later.facts },
    opening,
    latest: latest.slice(Math.max(0, latest.length - (limits.evidence - half))),
  }
}

function worseOf(a: Severity | undefined, b: Severity | undefined): Severity | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return severityRank(a) <= severityRank(b) ? a : b
}

function union<T>(a: ReadonlySet<T>, b: ReadonlySet<T>, limit: number): Set<T> {
  const both = new Set(a)
  for (const value of b) if (both.size < limit) both.add(value)
  return both
}
