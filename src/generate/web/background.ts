/** The days of an ordinary site: visitors, crawlers, feed readers, a monitor, and strangers who look for holes. */
import { DAY, HOUR, MINUTE, SECOND } from '../../core/time.ts'
import { ownAddress } from '../addresses.ts'
import { between, chance, draw, logUniform, pick, weighted, whole } from '../draw.ts'
import * as law from '../law.ts'
import { CRAWLERS, FEED_READERS, UPTIME } from './agents.ts'
import type { Client, WebPlan } from './plan.ts'
import { request } from './plan.ts'
import type { WebRequest } from './request.ts'
import { look, strangerClient } from './strangers.ts'
import { visit } from './visitors.ts'

const STRANGERS_AT_MOST = 0.5
const MONITOR_AT_MOST = 0.15
const READERS_AT_MOST = 0.12
const CRAWLERS_SHARE = 0.12

export interface WebBackground {
  readonly requests: WebRequest[]
  readonly strangers: readonly string[]
  readonly legitimate: readonly string[]
}

/** Plans about `lines` requests of everything that is no campaign. */
export function planBackground(plan: WebPlan, lines: number, newSourcesPerDay: number): WebBackground {
  const strangers = planStrangers(plan, lines * STRANGERS_AT_MOST, newSourcesPerDay)
  const requests = [...strangers.requests]
  const friends = [
    ...planMonitor(plan, lines * MONITOR_AT_MOST),
    ...planReaders(plan, lines * READERS_AT_MOST),
    ...planCrawlers(plan, lines * CRAWLERS_SHARE),
  ]
  while (friends.length + requests.length < lines) {
    // The last visitor is cut short rather than the log made longer than it was asked for.
    friends.push(...visit(plan).slice(0, lines - friends.length - requests.length))
  }
  for (const made of friends) requests.push(made)
  return { requests, strangers: strangers.sources, legitimate: [...new Set(friends.map(made => made.source))] }
}

function planStrangers(plan: WebPlan, atMost: number, perDay: number): { requests: WebRequest[]; sources: string[] } {
  const { random, start, end } = plan
  const count = random.poisson(perDay * ((end - start) / DAY))
  const requests: WebRequest[] = []
  const sources: string[] = []
  for (let i = 0; i < count && requests.length < atMost; i++) {
    const client = strangerClient(plan)
    sources.push(client.source)
    for (const time of law.visits(random, law.persistence(random), law.strangerMoment(random, start, end), end)) {
      // A log of a few lines has no room for somebody who comes sixty times.
      if (requests.length < atMost) requests.push(...look(plan, client, time))
    }
  }
  return { requests, sources }
}

/** Somebody's monitor asks for the front page, always at the same pace. */
function planMonitor(plan: WebPlan, atMost: number): WebRequest[] {
  const { random, start, end, site } = plan
  const every = [5 * MINUTE, 15 * MINUTE, HOUR].find(pace => (end - start) / pace <= atMost)
  if (every === undefined) return []
  const client: Client = { source: ownAddress(random, 0), agent: UPTIME, protocol: 'HTTP/1.1' }
  const requests: WebRequest[] = []
  for (let time = start + between(random, 0, every); time < end; time += every) {
    requests.push(
      request(plan, client, time + between(random, 0, 900), {
        method: 'HEAD',
        target: '/',
        status: chance(random, 0.002) ? 502 : 200,
        bytes: 0,
      }),
    )
  }
  return requests.map(made => ({ ...made, target: site.pages.items[0].path }))
}

function planReaders(plan: WebPlan, atMost: number): WebRequest[] {
  const { random, start, end, site } = plan
  const requests: WebRequest[] = []
  for (const agent of FEED_READERS) {
    const every = pick(random, [30 * MINUTE, HOUR, 2 * HOUR])
    if (requests.length + (end - start) / every > atMost) continue
    const client: Client = { source: plan.addresses.stranger(), agent, protocol: 'HTTP/1.1' }
    for (let time = start + between(random, 0, every); time < end; time += every * between(random, 0.97, 1.05)) {
      requests.push(
        request(plan, client, time, {
          target: site.feed.path,
          status: chance(random, 0.93) ? 304 : 200,
          bytes: site.feed.bytes,
        }),
      )
    }
  }
  return requests
}

function planCrawlers(plan: WebPlan, lines: number): WebRequest[] {
  const { random, start, end, site } = plan
  const requests: WebRequest[] = []
  while (requests.length < lines) {
    const client: Client = { source: plan.addresses.stranger(), agent: pick(random, CRAWLERS), protocol: 'HTTP/1.1' }
    let time = between(random, start, end)
    requests.push(request(plan, client, time, { target: '/robots.txt', status: 200, bytes: 112 }))
    for (let i = whole(random, 1, 12); i > 0 && time < end - MINUTE; i--) {
      time += logUniform(random, 2 * SECOND, 20 * MINUTE)
      const page = draw(random, site.pages)
      requests.push(
        request(plan, client, time, {
          target: page.path,
          ...draw(random, CRAWL_ANSWERS),
          ...(chance(random, 0.05)
            ? { target: `/old${page.path}`, status: 404, bytes: site.missingBytes }
            : { bytes: page.bytes }),
        }),
      )
    }
  }
  return requests.filter(made => made.time < end)
}

const CRAWL_ANSWERS = weighted([
  [{ status: 200 }, 0.8],
  [{ status: 304 }, 0.17],
  [{ status: 301 }, 0.03],
])
