import { z } from 'zod'
import { formatSpan, HOUR, minutes } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import { defineRule } from '../kit/define-rule.ts'
import { advise, blockSources } from '../kit/recommend.ts'
import { isPublishersDoor, PublishersNetworks, saysItIsPublisher } from '../kit/web-services.ts'
import { accessLine } from './support/web.ts'
import { listed, many } from './support/words.ts'

/** Services that the site lets post to xmlrpc.php are given a higher threshold and no exemption. */
const SERVICE_FACTOR = 10

const AUTHOR = /(?:^|&)author=\d/
const USERS = /\/wp-json\/wp\/v2\/users\/?$|(?:^|&)rest_route=\/wp\/v2\/users/
const PARTS = /\/wp-content\/(?:plugins|themes)\/[^/]+\/(?:readme|changelog|license)\.txt$/i

/** What the request enumerates; undefined where nothing. */
function enumerates(event: EventView, path: string): string | undefined {
  const { query, referrer } = event
  if (query !== undefined && AUTHOR.test(query) && (path === '/' || path.endsWith('/index.php')))
    return `author ${query}`
  // The editor asks for users too, from within the administration.
  if (referrer === undefined && (USERS.test(path) || (query !== undefined && USERS.test(query)))) return 'users'
  if (PARTS.test(path)) return path.toLowerCase()
  return path.endsWith('/wp-includes/wlwmanifest.xml') ? path : undefined
}

export default defineRule({
  id: 'web-wordpress',
  title: 'WordPress attacked through its interfaces',
  severity: 'low',
  techniques: ['T1110.001', 'T1595.002'],
  description:
    'Password guessing and pingbacks through xmlrpc.php, and the enumeration of users, plugins and installations. ' +
    'Guessing at wp-login.php is told by web-login-brute-force.',
  on: ['web.request'],
  options: {
    xmlrpc: z
      .int()
      .min(2)
      .max(10_000)
      .default(10)
      .describe('Posts to xmlrpc.php of one source in the window at which they are raised.'),
    enumerations: z
      .int()
      .min(1)
      .max(1000)
      .default(3)
      .describe('Distinct users, plugins or installations asked for in an hour at which that is raised.'),
    window_minutes: z
      .number()
      .positive()
      .max(1440)
      .default(10)
      .describe('Length of the window for xmlrpc.php in minutes, in event time.'),
  },
  detect: (options, { state, addresses }) => {
    const publishers = new PublishersNetworks(addresses)
    const posts = state.slidingCount('xmlrpc', {
      window: minutes(options.window_minutes),
      limit: options.xmlrpc * SERVICE_FACTOR,
      evidenceFrom: options.xmlrpc - 4,
    })
    const things = state.distinctCount('enumerated', { window: HOUR, limit: options.enumerations })
    return {
      observe(event, raise) {
        const { source, path } = event
        if (source < 0 || path === undefined) return
        if (isPublishersDoor(path)) {
          if (event.method !== 'POST') return
          const isService = saysItIsPublisher(event.agent) || publishers.has(source)
          const limit = options.xmlrpc * (isService ? SERVICE_FACTOR : 1)
          if (posts.addEvent(source, event) < limit) return
          const { status } = event
          // WordPress answers 200 to a wrong password too; refused is refused.
          raise.hit(source, event, {
            trail: posts.trail(source),
            severity: status === 200 ? 'medium' : 'low',
            facts: { posts: true },
          })
          return
        }
        if (event.query === undefined && !path.includes('wp-')) return
        const thing = enumerates(event, path)
        if (thing === undefined || things.addEvent(source, thing, event) < options.enumerations) return
        raise.hit(source, event, {
          trail: things.trail(source),
          facts: { enumerated: things.values(source, event.time).map(String) },
        })
      },
    }
  },
  explain: (story, options, host) => {
    const { enumerated, posts } = story.facts
    const names = Array.isArray(enumerated) ? enumerated.map(String) : []
    const span = formatSpan(story.last - story.first)
    return {
      title: `${many(story.count, 'request')} from ${story.sources[0] ?? 'one source'} against WordPress`,
      reasons: [
        ...(posts === true
          ? [
              {
                text: `Posts to xmlrpc.php, which guess many passwords at once: ${many(story.count, 'request')} in ${span}; under ${options.xmlrpc} in ${options.window_minutes} min would be normal`,
                feature: 'xmlrpc_posts',
                observed: story.count,
                expected: `< ${options.xmlrpc}`,
              },
            ]
          : []),
        ...(names.length > 0
          ? [
              {
                text: `Enumerated: ${listed(names, 5)}`,
                feature: 'enumerated',
                observed: names.length,
                expected: `< ${options.enumerations}`,
              },
            ]
          : []),
      ],
      recommendations: [
        advise('Where nobody posts through it, switch xmlrpc.php off in the web server.'),
        ...blockSources(story.sources, host),
      ],
    }
  },
  examples: () => ({
    fires: [
      {
        name: 'posts to xmlrpc.php',
        lines: Array.from({ length: 12 }, (_, i) => accessLine('POST /xmlrpc.php', { second: i * 5, status: 200 })),
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
      {
        name: 'authors one after the other',
        lines: Array.from({ length: 5 }, (_, i) => accessLine(`/?author=${i + 1}`, { second: i, status: 301 })),
        severity: 'low',
      },
      {
        name: 'installations',
        lines: ['', '/blog', '/wp', '/site'].map((folder, second) =>
          accessLine(`/${folder}/wp-includes/wlwmanifest.xml`, { second }),
        ),
      },
    ],
    quiet: [
      {
        name: 'a site with Jetpack',
        lines: Array.from({ length: 30 }, (_, i) =>
          accessLine('POST /xmlrpc.php', { second: i * 15, status: 200, agent: 'Jetpack by WordPress.com' }),
        ),
      },
      {
        name: 'the archive of an author',
        lines: Array.from({ length: 9 }, (_, i) => accessLine('/?author=2', { second: i, status: 200 })),
      },
      {
        name: 'the editor',
        lines: Array.from({ length: 9 }, (_, i) =>
          accessLine('/wp-json/wp/v2/users', {
            second: i,
            status: 200,
            referrer: 'https://www.example/wp-admin/post.php',
          }),
        ),
      },
    ],
  }),
  falsePositives: ['A service that publishes through xmlrpc.php.'],
})
