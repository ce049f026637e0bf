import { z } from 'zod'
import { formatSpan, minutes } from '../core/time.ts'
import { defineRule } from '../kit/define-rule.ts'
import { blockSources } from '../kit/recommend.ts'
import { accessLine, shortTarget } from './support/web.ts'
import { listed, many } from './support/words.ts'

/** Whoever calls himself a crawler may well be one: following the links of an old site finds much that is gone. */
const CRAWLER = /bot\b|bot\/|crawl|spider|slurp|archiv|feed|bingpreview|facebookexternalhit/i
const CRAWLER_FACTOR = 5

export default defineRule({
  id: 'web-scan',
  title: 'Search for pages that are not there',
  severity: 'medium',
  techniques: ['T1595.003'],
  description:
    'Counts the distinct paths a source asks for that the server does not have or refuses, where no page had led there ' +
    '(no referrer). Raised when they come in a burst and are most of what the source asks for.',
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
  },
  detect: ({ paths, window_minutes, share }, { state }) => {
    const window = minutes(window_minutes)
    const missed = state.distinctCount('missed', { window, limit: paths * CRAWLER_FACTOR, evidenceFrom: paths - 4 })
    // How many requests in the window are too many for the share to hold.
    const others = state.slidingCount('served', {
      window,
      limit: Math.ceil((paths * CRAWLER_FACTOR) / Math.max(share, 0.05)),
      evidence: 0,
    })
    return {
      observe(event, raise) {
        const { status, source, time } = event
        if (source < 0) return
        if (status < 400 || status >= 500 || status === 499 || status === 408) {
          // Only who has missed something needs to be counted.
          if (missed.count(source, time) > 0) others.add(source, time)
          return
        }
        if (event.has('referrer')) return
        const count = missed.addEvent(source, event.path ?? '', event)
        if (count < paths || count < paths * (CRAWLER.test(event.agent ?? '') ? CRAWLER_FACTOR : 1)) return
        if (count / (count + others.count(source, time)) < share) return
        raise.hit(source, event, { trail: missed.trail(source), facts: { paths: count, example: shortTarget(event) } })
      },
    }
  },
  explain: (story, { paths, window_minutes }, host) => ({
    title: `${many(story.count, 'request')} from ${story.sources[0] ?? 'one source'} for pages that are not there`,
    reasons: [
      {
        text: `${many(Number(story.facts.paths ?? 0), 'distinct path')} not found or refused within ${window_minutes} min, ${formatSpan(story.last - story.first)} in all; under ${paths} would be normal`,
        feature: 'missing_paths',
        observed: Number(story.facts.paths ?? 0),
        expected: `< ${paths} in ${window_minutes} min`,
      },
      { text: `No page led there (no referrer); the last was ${listed([String(story.facts.example ?? '')])}` },
    ],
    recommendations: blockSources(story.sources, host),
  }),
  examples: {
    fires: [
      {
        name: 'forty names in forty seconds',
        lines: Array.from({ length: 40 }, (_, i) => accessLine(`/admin${i}/`, { second: i })),
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
    ],
    quiet: [
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
  },
  falsePositives: [
    'A link checker of your own.',
    'A client that looks for a whole tree of files after a move without redirects.',
  ],
})
