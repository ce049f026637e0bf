import { z } from 'zod'
import { formatSpan, minutes } from '../core/time.ts'
import { defineRule } from '../kit/define-rule.ts'
import { blockSources } from '../kit/recommend.ts'
import { accessLine } from './support/web.ts'
import { many } from './support/words.ts'

/** People behind one address keep their browsers for many requests; who changes his name each time asks once a name. */
const REQUESTS_AN_AGENT = 2

export default defineRule({
  id: 'agent-rotation',
  title: 'One source under many user agents',
  severity: 'low',
  techniques: ['T1036', 'T1595'],
  description:
    'Counts the distinct user agents of a source in a window, where nearly every request has a new one. An office behind one ' +
    'address has many agents too, each with the many requests that a page takes, most of them with a referrer.',
  on: ['web.request'],
  options: {
    agents: z
      .int()
      .min(3)
      .max(1000)
      .default(15)
      .describe('Distinct user agents of one source in the window at which it is raised.'),
    window_minutes: z
      .number()
      .positive()
      .max(1440)
      .default(60)
      .describe('Length of the sliding window in minutes, in event time.'),
  },
  detect: ({ agents, window_minutes }, { state, addresses }) => {
    const window = minutes(window_minutes)
    const seen = state.distinctCount('agents', { window, limit: agents * 2, evidenceFrom: agents - 4 })
    const asked = state.slidingCount('requests', { window, limit: agents * 2 * REQUESTS_AN_AGENT + 1, evidence: 0 })
    // Parts of pages, which browsers ask for with a referrer.
    const referred = state.slidingCount('referred', { window, limit: agents * 2, evidence: 0 })
    return {
      observe(event, raise) {
        const { source, agent } = event
        if (source < 0 || agent === undefined) return
        const count = seen.addEvent(source, agent, event)
        // Nearly all sources have one name; their requests need no counting.
        if (count < 2) return
        const requests = asked.add(source, event.time)
        if (event.hasReferrer) referred.add(source, event.time)
        if (count < agents || requests > count * REQUESTS_AN_AGENT || addresses.internal(source)) return
        if (referred.count(source, event.time) * 2 > count) return
        raise.hit(source, event, { trail: seen.trail(source), facts: { agents: count, requests } })
      },
    }
  },
  explain: (story, { agents, window_minutes }, host) => ({
    title: `${many(Number(story.facts.agents ?? 0), 'user agent')} from ${story.sources[0] ?? 'one source'}`,
    reasons: [
      {
        text:
          `${many(Number(story.facts.agents ?? 0), 'user agent')} in ${many(Number(story.facts.requests ?? 0), 'request')} within ${window_minutes} min ` +
          `(${formatSpan(story.last - story.first)} in all); under ${agents}, or many requests to each, would be normal`,
        feature: 'user_agents',
        observed: Number(story.facts.agents ?? 0),
        expected: `< ${agents} in ${window_minutes} min`,
      },
    ],
    recommendations: blockSources(story.sources, host),
  }),
  examples: () => ({
    fires: [
      {
        name: 'a new name with every request',
        lines: Array.from({ length: 20 }, (_, i) =>
          accessLine(`/p/${i}`, {
            second: i * 4,
            status: 200,
            agent: `Mozilla/5.0 (Windows NT 10.0) Chrome/${100 + i}.0`,
          }),
        ),
        accuses: ['203.0.113.7'],
        severity: 'low',
      },
    ],
    quiet: [
      {
        name: 'an office',
        lines: Array.from({ length: 200 }, (_, i) =>
          accessLine(`/p/${i}`, {
            second: i * 4,
            status: 200,
            agent: `Mozilla/5.0 (Windows NT 10.0) Chrome/${100 + Math.floor(i / 10)}.0`,
          }),
        ),
      },
      {
        name: 'a few browsers of a household',
        lines: Array.from({ length: 8 }, (_, i) => accessLine('/', { second: i, status: 200, agent: `Browser/${i}` })),
      },
    ],
  }),
  falsePositives: ['A network of a mobile carrier where many phones share one address and each asks for little.'],
})
