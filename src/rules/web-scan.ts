import { z } from 'zod'
import { hashLabel } from '../core/random.ts'
import { formatSpan, HOUR, minutes } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import { defineRule } from '../kit/define-rule.ts'
import { blockSources } from '../kit/recommend.ts'
import { accessLine, shortTarget } from './support/web.ts'
import { listed, many } from './support/words.ts'

/** Whoever calls himself a crawler may well be one: following the links of an old site finds much that is gone. */
const CRAWLER = /bot\b|bot\/|crawl|spider|slurp|archiv|feed|bingpreview|facebookexternalhit/i
const CRAWLER_FACTOR = 5
/** Programs that are sent by lists of names: packages that a mirror may not have, events that another server has forgotten. */
const BY_LIST =
  /^(?:npm|pnpm|yarn|bun|pip|poetry|uv|composer|bundler|cargo|apache-maven|gradle|synapse|dendrite|conduit)\/|apt-http|libdnf|yum\/|pacman\//i
/** Over days programs that say where they are at home count as crawlers too: they ask again for what they were once told of. */
const AT_HOME = /\+?https?:\/\//i

/** Broken links of pages whose readers send no referrer. */
const ASSET = /\.(?:css|js|mjs|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|eot|mp[34]|webm|pdf|xml|txt)$/i
/** Misses among as many served pages are a reader's; a slow scanner asks for next to nothing that exists. */
const LONG_SHARE = 0.9

/** Numbers, digests and numbers of records (`ORD-20417`), each a whole segment. */
const RECORD = /\/(?:[0-9a-f-]{16,}|(?:sha\d+:)?[0-9a-z]{24,}(?:\.[a-z]{1,8})?|[a-z]{0,8}[-_]?\d{3,}|\d+)(?=\/|$)/gi

/** A digest as a whole segment: nobody guesses those, so who asks for many has been told of them. */
const DIGEST =
  /\/[$!]?(?:sha\d+:)?(?=[0-9a-f-]*\d)(?:[0-9a-f]{20,}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?:\.[a-z]{1,8})?(?=\/|$)/gi
/** The map of a script: asked for by the tools of a browser, once a script. */
const MAP = /[^/]*\.(?:js|css)\.map$/

/** Shorter paths hold no digest. */
const WITH_DIGEST = 21

/** What a miss counts as in the short window: its path, where that could be a guess. */
function guessOf(path: string): string {
  const guess = path.endsWith('.map') ? path.replace(MAP, '#.map') : path
  return guess.length < WITH_DIGEST ? guess : guess.replace(DIGEST, '/#')
}

/** Whether an agent is a crawler's or a program's that is sent by lists, and whether it says where it is at home. */
interface AgentKind {
  readonly agent: string
  readonly crawler: boolean
  readonly atHome: boolean
}

const kindOf = (agent: string): AgentKind => ({
  agent,
  crawler: CRAWLER.test(agent) || BY_LIST.test(agent),
  atHome: AT_HOME.test(agent),
})

/**
 * What a miss counts as in the long window; undefined for what says little over days: refusals (a visitor who is shut out
 * goes on being so), files that belong to a page, people who are logged in. Records that differ by their number alone
 * are one: programs ask for those that were deleted.
 */
function slowMiss(event: EventView): number | undefined {
  const { status, path = '' } = event
  if (status !== 404 || ASSET.test(path) || event.hasUser) return undefined
  return hashLabel(path.replace(RECORD, '/#'))
}

export default defineRule({
  id: 'web-scan',
  title: 'Search for pages that are not there',
  severity: 'medium',
  techniques: ['T1595.003'],
  description:
    'Counts the distinct paths a source asks for that the server does not have or refuses, where no page had led there ' +
    '(no referrer). Raised when they come in a burst and are most of what the source asks for, and when they come one by ' +
    'one over days and are nearly all of it.',
  on: ['web.request'],
  options: {
    paths: z
      .int()
      .min(5)
      .max(10_000)
      .default(30)
      .describe('Distinct paths not found or refused, in the window, at which it is raised.'),
    window_minutes: z
      .number()
      .positive()
      .max(1440)
      .default(10)
      .describe('Length of the sliding window in minutes, in event time.'),
    share: z.number().min(0).max(1).default(0.6).describe('Share of the requests in the window that must have failed.'),
    long_paths: z
      .int()
      .min(10)
      .max(10_000)
      .default(100)
      .describe(
        'Distinct paths not found in the long window at which it is raised, where nine of ten requests find nothing.',
      ),
    long_hours: z.number().positive().max(720).default(168).describe('Length of the long window in hours.'),
  },
  detect: ({ paths, window_minutes, share, long_paths, long_hours }, { state }) => {
    const window = minutes(window_minutes)
    const missed = state.distinctCount('missed', { window, limit: paths * CRAWLER_FACTOR, evidenceFrom: paths - 4 })
    // How many requests in the window are too many for the share to hold.
    const others = state.slidingCount('served', {
      window,
      limit: Math.ceil((paths * CRAWLER_FACTOR) / Math.max(share, 0.05)),
      evidence: 0,
    })
    const long = long_hours * HOUR
    const most = long_paths * CRAWLER_FACTOR
    const slow = state.distinctCount('slow', { window: long, limit: most, cap: 50_000, evidenceFrom: long_paths - 4 })
    const slowOthers = state.slidingCount('slow-served', {
      window: long,
      limit: Math.ceil((most * (1 - LONG_SHARE)) / LONG_SHARE) + 1,
      cap: 50_000,
      evidence: 0,
    })
    /** Whether the miss is one of very many over days, and how many. */
    const slowly = (event: EventView, patient: boolean): number | undefined => {
      const value = slowMiss(event)
      if (value === undefined) return undefined
      const { source, time } = event
      const count = slow.addEvent(source, value, event)
      if (count < long_paths * (patient ? CRAWLER_FACTOR : 1)) return undefined
      return count / (count + slowOthers.count(source, time)) < LONG_SHARE ? undefined : count
    }
    let known = kindOf('')
    return {
      observe(event, raise) {
        const { status, source, time } = event
        if (source < 0) return
        // What is gone was there: nobody guesses that.
        if (status === 410 && slow.count(source, time) > 0) slowOthers.add(source, time)
        if (status < 400 || status >= 500 || status === 499 || status === 408) {
          // Only who has missed something needs to be counted.
          if (missed.count(source, time) > 0) others.add(source, time)
          if (slow.count(source, time) > 0) slowOthers.add(source, time)
          return
        }
        if (event.hasReferrer) return
        const count = missed.addEvent(source, guessOf(event.path ?? ''), event)
        const { agent = '' } = event
        // One scanner's requests follow one another.
        if (agent !== known.agent) known = kindOf(agent)
        const { crawler, atHome } = known
        const inLong = slowly(event, crawler || atHome)
        const example = shortTarget(event)
        if (count >= paths * (crawler ? CRAWLER_FACTOR : 1) && count / (count + others.count(source, time)) >= share)
          raise.hit(source, event, { trail: missed.trail(source), facts: { paths: count, example } })
        else if (inLong !== undefined)
          raise.hit(source, event, { trail: slow.trail(source), facts: { slowly: inLong, example } })
      },
    }
  },
  explain: (story, { paths, window_minutes, long_paths, long_hours }, host) => {
    const observed = Number(story.facts.paths ?? story.facts.slowly ?? 0)
    const [limit, window] =
      story.facts.paths === undefined ? [long_paths, `${long_hours} h`] : [paths, `${window_minutes} min`]
    return {
      title: `${many(story.count, 'request')} from ${story.sources[0] ?? 'one source'} for pages that are not there`,
      reasons: [
        {
          text: `${many(observed, 'distinct path')} not found or refused within ${window}, ${formatSpan(story.last - story.first)} in all; under ${limit} would be normal`,
          feature: 'missing_paths',
          observed,
          expected: `< ${limit} in ${window}`,
        },
        { text: `No page led there (no referrer); the last was ${listed([String(story.facts.example ?? '')])}` },
      ],
      recommendations: blockSources(story.sources, host),
    }
  },
  examples: () => ({
    fires: [
      {
        name: 'forty names in forty seconds',
        lines: Array.from({ length: 40 }, (_, i) => accessLine(`/admin${i}/`, { second: i })),
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
      {
        name: 'one name every two minutes, amid visitors',
        lines: Array.from({ length: 220 }, (_, i) =>
          i % 2 === 0
            ? accessLine(`/x${i}.php`, { second: i * 60 })
            : accessLine(`/p/${i}`, { source: '192.0.2.9', second: i * 60, status: 200 }),
        ),
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
    ],
    quiet: [
      {
        name: 'the tools of a browser ask for the maps of scripts',
        lines: Array.from({ length: 60 }, (_, i) => accessLine(`/static/js/chunk${i}.js.map`, { second: i })),
      },
      {
        name: 'digests that nobody guesses',
        lines: Array.from({ length: 60 }, (_, i) =>
          accessLine(`/event/$${(i + 0x1000).toString(16).repeat(6)}`, { second: i, agent: 'other/1' }),
        ),
      },
      {
        name: 'packages that a mirror does not have',
        lines: Array.from({ length: 90 }, (_, i) =>
          accessLine(`/repository/npm/@types%2fx${i}`, { second: i, agent: 'npm/10.2.3 node/v20.10.0 linux x64' }),
        ),
      },
      {
        name: 'a crawler that follows stale links for half a day',
        lines: Array.from({ length: 600 }, (_, i) =>
          accessLine(`/old/page-${i}.html`, {
            second: i * 80,
            status: i % 4 === 0 ? 200 : 404,
            agent: 'Mozilla/5.0 (compatible; Example/2.1; +https://search.example/)',
          }),
        ),
      },
      {
        name: 'a probe of one path that is gone',
        lines: Array.from({ length: 400 }, (_, i) => accessLine('/health', { second: i * 120, agent: 'check/1' })),
      },
      {
        name: 'an application that asks for records which are gone',
        lines: Array.from({ length: 300 }, (_, i) =>
          accessLine(`/api/orders/ORD-${i + 4000}/notes`, { second: i * 150, agent: 'app/4' }),
        ),
      },
      {
        name: 'a reader for half a day on a site with broken links, without referrers',
        lines: Array.from({ length: 400 }, (_, i) =>
          accessLine(`/wiki/page-${i}`, { second: i * 100, status: i % 3 === 0 ? 200 : 404 }),
        ),
      },
      {
        name: 'one missing picture, asked for again and again',
        lines: Array.from({ length: 60 }, (_, i) => accessLine('/favicon.ico', { second: i })),
      },
      {
        name: 'a page with many broken pictures',
        lines: Array.from({ length: 40 }, (_, i) =>
          accessLine(`/img/${i}.png`, { second: i, referrer: 'https://www.example/gallery' }),
        ),
      },
      {
        name: 'a crawler on a site that was rebuilt',
        lines: Array.from({ length: 90 }, (_, i) =>
          accessLine(`/old/${i}`, {
            second: i * 5,
            status: i % 2 === 0 ? 404 : 200,
            agent: 'Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example/)',
          }),
        ),
      },
      {
        name: 'a visitor among pages that exist',
        lines: Array.from({ length: 80 }, (_, i) =>
          accessLine(`/p/${i}`, { second: i, status: i % 3 === 0 ? 404 : 200 }),
        ),
      },
    ],
  }),
  falsePositives: [
    'A link checker of your own.',
    'A client that looks for a whole tree of files after a move without redirects.',
  ],
})
