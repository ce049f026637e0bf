/** What a stranger does to a web server: the model that radiation and spray scans share. */
import { chance, draw, whole } from '../draw.ts'
import { micro, networkPause } from '../law.ts'
import { STRANGERS } from './agents.ts'
import type { Client, WebPlan } from './plan.ts'
import { request } from './plan.ts'
import { NO_HTTP, RADIATION } from './probes.ts'
import type { WebRequest } from './request.ts'

/** A stranger with one of the agents that strangers have; `source` where it is somebody known, else a new address. */
export function strangerClient(plan: WebPlan, source = plan.addresses.stranger()): Client {
  const { random } = plan
  return { source, agent: draw(random, STRANGERS), protocol: chance(random, 0.9) ? 'HTTP/1.1' : 'HTTP/1.0' }
}

/** One look of a stranger: a few probe paths, or bytes that are no HTTP. */
export function look(plan: WebPlan, client: Client, time: number): WebRequest[] {
  const { random } = plan
  if (chance(random, 0.1)) {
    const noHttp: Client = { ...client, agent: '-', protocol: '' }
    return [
      request(plan, noHttp, time, {
        method: '',
        target: draw(random, NO_HTTP),
        status: 400,
        bytes: plan.site.missingBytes,
      }),
    ]
  }
  let at = time
  return Array.from({ length: chance(random, 0.7) ? 1 : whole(random, 2, 4) }, () => {
    const made = probeFor(plan, client, at, draw(random, RADIATION))
    at = micro(at + networkPause(random))
    return made
  })
}

/** Asks for a path that the site most likely does not have; the site answers by what it has. */
export function probeFor(plan: WebPlan, client: Client, time: number, target: string): WebRequest {
  const { site } = plan
  const path = target.split('?', 1)[0]
  if (path === '/') return request(plan, client, time, { target, status: 200, bytes: site.pages.items[0].bytes })
  if (path === site.login.path) return request(plan, client, time, { target, status: 200, bytes: site.login.formBytes })
  if (path === '/robots.txt') return request(plan, client, time, { target, status: 200, bytes: 112 })
  if (path === '/favicon.ico') return request(plan, client, time, { target, status: 200, bytes: 5430 })
  // Dot files are denied outright by the server's configuration; what is escaped twice or goes up is a bad request.
  if (path.includes('.%2e') || path.includes('%252f'))
    return request(plan, client, time, { target, status: 400, bytes: site.missingBytes })
  if (/\/\.(?!well-known)/.test(path))
    return request(plan, client, time, { target, status: 403, bytes: site.deniedBytes })
  return request(plan, client, time, { target, status: 404, bytes: site.missingBytes })
}
