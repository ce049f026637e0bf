/** People: a page, what belongs to it, another page; some log in. */
import { SECOND } from '../../core/time.ts'
import { between, chance, draw, pick, weighted, whole } from '../draw.ts'
import * as law from '../law.ts'
import { BROWSERS } from './agents.ts'
import type { Client, WebPlan } from './plan.ts'
import { request } from './plan.ts'
import type { WebRequest } from './request.ts'
import type { Page } from './site.ts'

const CAME_FROM = weighted([
  ['-', 42],
  ['https://www.google.com/', 34],
  ['https://www.bing.com/', 4],
  ['https://duckduckgo.com/', 4],
  ['https://news.ycombinator.com/', 2],
  ['https://m.facebook.com/', 6],
  ['https://t.co/', 3],
  ['android-app://com.google.android.gm/', 2],
])
const LOGIN_SHARE = 0.04

/** One person's visit, from the first page to the last. */
export function visit(plan: WebPlan): WebRequest[] {
  const { random, site, start, end } = plan
  const client: Client = {
    source: plan.addresses.stranger(),
    agent: draw(random, BROWSERS),
    protocol: chance(random, 0.75) ? 'HTTP/2.0' : 'HTTP/1.1',
  }
  const origin = `https://${site.name}`
  const requests: WebRequest[] = []
  let time = law.visitorMoment(random, start, end)
  let referrer = draw(random, CAME_FROM)
  const known = chance(random, 0.3)
  for (let pages = 1 + Math.floor(random.exponential() * 1.6); pages > 0; pages--) {
    const page = draw(random, site.pages)
    requests.push(...view(plan, client, time, page, referrer, known || requests.length > 0))
    referrer = `${origin}${page.path}`
    time += (4 + random.exponential() * 45) * SECOND
  }
  if (chance(random, LOGIN_SHARE)) requests.push(...logIn(plan, client, time, referrer))
  return requests.filter(made => made.time < end)
}

function view(
  plan: WebPlan,
  client: Client,
  time: number,
  page: Page,
  referrer: string,
  cached: boolean,
): WebRequest[] {
  const { random, site } = plan
  const here = `https://${site.name}${page.path}`
  const requests = [request(plan, client, time, { target: page.path, status: 200, bytes: page.bytes, referrer })]
  let at = time
  const fetch = (target: string, status: number, bytes: number): void => {
    at += between(random, 8, 120)
    requests.push(request(plan, client, at, { target, status, bytes, referrer: here }))
  }
  for (const asset of site.common) {
    // A browser that was here before asks for hardly anything again.
    if (cached && chance(random, 0.8)) continue
    fetch(asset.path, cached ? 304 : 200, asset.bytes)
  }
  for (const image of page.images) fetch(image.path, 200, image.bytes)
  if (!cached) fetch('/favicon.ico', 200, 5430)
  if (!cached && /iPhone|Safari\/605/.test(client.agent)) {
    fetch('/apple-touch-icon-precomposed.png', 404, site.missingBytes)
    fetch('/apple-touch-icon.png', 404, site.missingBytes)
  }
  if (chance(random, 0.01)) fetch('/images/banner-old.gif', 404, site.missingBytes)
  if (chance(random, 0.15))
    requests.push(
      request(plan, client, at + between(random, 200, 4000), {
        method: 'POST',
        target: site.api,
        status: 200,
        bytes: whole(random, 20, 400),
        referrer: here,
      }),
    )
  return requests
}

/** A customer signs in, now and then at the second try. */
function logIn(plan: WebPlan, client: Client, time: number, referrer: string): WebRequest[] {
  const { random, site } = plan
  const { login } = site
  const here = `https://${site.name}${login.path}`
  const requests = [request(plan, client, time, { target: login.path, status: 200, bytes: login.formBytes, referrer })]
  let at = time
  for (let slips = chance(random, 0.12) ? whole(random, 1, 2) : 0; slips > 0; slips--) {
    at += between(random, 6, 20) * SECOND
    requests.push(
      request(plan, client, at, {
        method: 'POST',
        target: login.path,
        status: login.failed,
        bytes: login.formBytes + 210,
        referrer: here,
      }),
    )
  }
  at += between(random, 6, 20) * SECOND
  requests.push(
    request(plan, client, at, { method: 'POST', target: login.path, status: 302, bytes: 0, referrer: here }),
  )
  requests.push(
    request(plan, client, at + 300, {
      target: pick(random, ['/shop/', '/account/']),
      status: 200,
      bytes: whole(random, 6000, 20000),
      referrer: here,
    }),
  )
  return requests
}
