import { z } from 'zod'
import { SECOND } from '../core/time.ts'
import { defineRule } from '../kit/define-rule.ts'
import { advise, blockSources } from '../kit/recommend.ts'
import { accessLine } from './support/web.ts'
import { many, within } from './support/words.ts'

export default defineRule({
  id: 'web-flood',
  title: 'A flood of requests from one source',
  severity: 'medium',
  techniques: ['T1499.002'],
  description:
    'Counts all requests of a source in a short window. The default is more than an office behind one address asks for. ' +
    'Internal sources (a proxy, a monitor) are left out.',
  on: ['web.request'],
  options: {
    requests: z
      .int()
      .min(10)
      .max(1_000_000)
      .default(1500)
      .describe('Requests of one source in the window at which it is raised.'),
    window_seconds: z
      .number()
      .positive()
      .max(86_400)
      .default(60)
      .describe('Length of the sliding window in seconds, in event time.'),
  },
  detect: ({ requests, window_seconds }, { state, addresses }) => {
    const count = state.slidingCount('requests', {
      window: window_seconds * SECOND,
      limit: requests,
      evidenceFrom: requests - 4,
    })
    return {
      observe(event, raise) {
        const { source } = event
        if (source < 0 || count.addEvent(source, event) < requests || addresses.internal(source)) return
        raise.hit(source, event, { trail: count.trail(source) })
      },
    }
  },
  explain: (story, { requests, window_seconds }, host) => ({
    title: `${many(story.count, 'request')}${within(story)} from ${story.sources[0] ?? 'one source'}`,
    reasons: [
      {
        text: `${many(story.count, 'request')}${within(story)}; under ${requests} in ${window_seconds} s would be normal`,
        feature: 'requests',
        observed: story.count,
        expected: `< ${requests} in ${window_seconds} s`,
      },
    ],
    recommendations: [
      advise('Limit the rate of requests by source in the web server (limit_req, mod_ratelimit).'),
      ...blockSources(story.sources, host),
    ],
  }),
  examples: () => ({
    fires: [
      {
        name: 'hundreds a second',
        lines: Array.from({ length: 60 }, (_, i) => accessLine(`/?${i}`, { second: Math.floor(i / 30), status: 200 })),
        options: { requests: 50 },
        accuses: ['203.0.113.7'],
      },
    ],
    quiet: [
      {
        name: 'the same, over an hour',
        lines: Array.from({ length: 60 }, (_, i) => accessLine(`/?${i}`, { second: i * 60, status: 200 })),
        options: { requests: 50 },
      },
      {
        name: 'a proxy of the same network',
        lines: Array.from({ length: 60 }, (_, i) =>
          accessLine(`/?${i}`, { source: '10.0.0.3', second: 1, status: 200 }),
        ),
        options: { requests: 50 },
      },
    ],
  }),
  falsePositives: [
    'A content delivery network that is not listed in [web] trusted_proxies.',
    'A mirror or a load test of your own.',
  ],
})
