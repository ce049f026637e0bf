import { z } from 'zod'
import { DAY, HOUR } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import { defineRule } from '../kit/define-rule.ts'
import { traitsOf } from '../kit/payloads/index.ts'
import { advise, blockSources } from '../kit/recommend.ts'
import { ServedPages } from './support/served.ts'
import { accessLine, shortTarget } from './support/web.ts'
import { listed, many, within } from './support/words.ts'

const OPEN_PROXY = traitsOf('open_proxy')
/** A host that so many referrers and requests name is this site's own. */
const OWN_AFTER = 5

const HOST = /^[a-z]{3,6}:\/\/([^/?#@]{1,255})/i

/** The host of an absolute URL, or what CONNECT asks for; without a port. */
function hostOf(target: string, connect: boolean): string | undefined {
  const host = connect ? target : HOST.exec(target)?.[1]
  return host?.toLowerCase().replace(/:\d+$/, '')
}

export default defineRule({
  id: 'open-proxy-probe',
  title: 'Attempts to use the web server as a proxy',
  severity: 'low',
  techniques: ['T1090.002'],
  description:
    'CONNECT, and whole URLs of other sites in the request line. A server that serves them is an open proxy; most answer ' +
    'with a page of their own, which is told apart by its size where the home page was seen. The own host names are ' +
    'learned from virtual hosts and referrers. Logs that write every request as a whole URL (Varnish) tell no such thing ' +
    'and are left alone, CONNECT apart.',
  on: ['web.request'],
  options: {
    requests: z
      .int()
      .min(1)
      .max(10_000)
      .default(1)
      .describe('Requests for other sites by one source in a day at which it is raised.'),
  },
  detect: ({ requests }, { state }) => {
    const count = state.slidingCount('asked', { window: DAY, limit: requests })
    const own = state.memory<number>('own-hosts', {
      keep: 90 * DAY,
      cap: 2000,
      combine: (mine, theirs) => mine + theirs,
    })
    const asked = state.distinctCount('hosts', { window: DAY, limit: 2, evidence: 0 })
    const pages = new ServedPages(state)
    // Whether requests are logged as they were sent; kept for ever, since a log's way of writing does not change.
    const plain = state.memory<true>('plain-requests', { keep: Number.POSITIVE_INFINITY, cap: 1 })
    let seenPlain = false
    const hosts = new Map<string, string>()
    // The text learnt last, where its host is long known: the parts of a page refer to the page, one after the other.
    let settled: string | undefined
    let settledAt = Number.NaN
    const learn = (text: string | undefined, event: EventView): void => {
      if (text === undefined || (text === settled && Math.abs(event.time - settledAt) < HOUR)) return
      let host = hosts.get(text)
      if (host === undefined) {
        if (hosts.size > 4000) hosts.clear()
        host = hostOf(text, !text.includes('://')) ?? ''
        hosts.set(text, host)
      }
      if (host === '') return
      const seen = own.get(host, event.time) ?? 0
      if (seen < OWN_AFTER) own.set(host, seen + 1, event.time)
      else {
        settled = text
        settledAt = event.time
      }
    }
    return {
      observe(event, raise) {
        pages.learn(event)
        if ((event.traits & OPEN_PROXY) === 0) {
          if (!seenPlain && event.path?.startsWith('/')) {
            seenPlain = true
            plain.set('', true, event.time)
          }
          // Pages refer to their own site when they load their parts.
          if (event.status === 200 || event.status === 304) learn(event.referrer, event)
          learn(event.target, event)
          return
        }
        const { source, path, time } = event
        if (source < 0 || path === undefined) return
        const connect = event.method === 'CONNECT'
        if (!connect && plain.get('', time) === undefined) return
        const host = hostOf(path, connect) ?? ''
        if (!connect && (own.get(host, time) ?? 0) >= OWN_AFTER) return
        // A client that writes whole URLs goes from page to page of one site; who uses a proxy visits several.
        const several = asked.add(source, host, time) > 1
        if (!connect && !several && event.status < 400 && hostOf(event.referrer ?? '', false) === host) return
        if (count.addEvent(source, event) < requests) return
        const relayed = event.status >= 200 && event.status < 300 && (connect || pages.isOwnPage(event, event.size))
        raise.hit(source, event, {
          trail: requests > 1 ? count.trail(source) : undefined,
          ...(relayed ? { severity: connect ? 'high' : 'medium' } : {}),
          facts: relayed ? { target: shortTarget(event), relayed: shortTarget(event) } : { target: shortTarget(event) },
        })
      },
    }
  },
  explain: (story, _options, host) => {
    const { relayed } = story.facts
    return {
      title: `${many(story.count, 'request')} from ${story.sources[0] ?? 'one source'} for other sites`,
      reasons: [
        {
          text: `${many(story.count, 'request')}${within(story)} for other sites through this server, the last for ${listed([String(story.facts.target ?? '')])}`,
          feature: 'proxy_requests',
          observed: story.count,
          expected: '0',
        },
        relayed === undefined
          ? { text: 'None was served, as far as the log tells' }
          : {
              text: `The server answered 2xx to ${listed([String(relayed)])}: make sure that it relays nothing`,
              feature: 'relayed',
              observed: String(relayed),
            },
      ],
      recommendations: [
        ...(relayed === undefined
          ? []
          : [
              advise(
                'Switch forward proxying off (ProxyRequests Off in Apache; no proxy_pass to $http_host in nginx) and answer unknown hosts with 421 or 444.',
              ),
            ]),
        ...blockSources(story.sources, host),
      ],
    }
  },
  examples: () => ({
    fires: [
      {
        name: 'CONNECT, refused',
        lines: [accessLine('CONNECT www.example:443', { status: 405 })],
        accuses: ['203.0.113.7'],
        severity: 'low',
      },
      {
        name: 'CONNECT, served',
        lines: [accessLine('CONNECT www.example:443', { status: 200, size: 0 })],
        severity: 'high',
      },
      {
        name: 'another site',
        lines: [
          accessLine('/', { status: 200, size: 900, source: '192.0.2.4' }),
          accessLine('http://www.example/ip.php', { status: 404 }),
        ],
        severity: 'low',
      },
    ],
    quiet: [
      {
        name: 'the own site, written out',
        lines: [
          ...Array.from({ length: 6 }, (_, i) =>
            accessLine(`/a${i}.png`, { status: 200, source: '192.0.2.4', second: i, referrer: 'http://www.example/' }),
          ),
          accessLine('http://www.example/a', { status: 200, second: 30 }),
        ],
      },
      {
        name: 'the own site, by a client that writes it out from page to page',
        lines: Array.from({ length: 4 }, (_, i) =>
          accessLine(`http://www.example/${i}`, { status: 200, second: i, referrer: 'http://www.example/' }),
        ),
      },
      {
        name: 'a cache that writes whole URLs',
        lines: Array.from({ length: 6 }, (_, i) =>
          accessLine(`http://www.example/${i % 3}`, { status: 200, size: 900 + i, second: i, source: `192.0.2.${i}` }),
        ),
      },
      { name: 'a URL as a parameter', lines: [accessLine('/r?u=http://www.example/', { status: 302 })] },
    ],
  }),
  falsePositives: ['A monitor that writes whole URLs before any visitor has come.'],
})
