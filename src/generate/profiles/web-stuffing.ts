import { HOUR } from '../../core/time.ts'
import { chance, draw, logUniform, whole } from '../draw.ts'
import { strangerMoment } from '../law.ts'
import { BROWSERS } from '../web/agents.ts'
import type { Client } from '../web/plan.ts'
import { request } from '../web/plan.ts'
import type { WebRequest } from '../web/request.ts'
import type { WebProfile } from './define.ts'
import { placeWindow } from './define.ts'

/** One in so many stolen passwords is right. */
const HIT_SHARE = 0.004

/** A leaked list against the login form: each address posts once or twice, called like a browser. */
export const webStuffing: WebProfile = {
  id: 'web-stuffing',
  service: 'web',
  title: 'a leaked list against the login form, one or two tries an address',
  plan(plan, lines) {
    const { random, site } = plan
    const { login } = site
    const { from, to } = placeWindow(plan, logUniform(random, HOUR, 12 * HOUR))
    const here = `https://${site.name}${login.path}`
    const requests: WebRequest[] = []
    while (requests.length < lines) {
      const client: Client = {
        source: plan.addresses.stranger(),
        agent: draw(random, BROWSERS),
        protocol: chance(random, 0.75) ? 'HTTP/2.0' : 'HTTP/1.1',
      }
      let time = strangerMoment(random, from, to)
      // About half of the tools fetch the form first, for its token.
      if (chance(random, 0.5))
        requests.push(request(plan, client, time, { target: login.path, status: 200, bytes: login.formBytes }))
      for (let tries = chance(random, 0.75) ? 1 : 2; tries > 0; tries--) {
        time += whole(random, 400, 4000)
        const right = chance(random, HIT_SHARE)
        requests.push(
          request(plan, client, time, {
            method: 'POST',
            target: login.path,
            status: right ? 302 : login.failed,
            bytes: right ? 0 : login.formBytes + 210,
            referrer: here,
          }),
        )
      }
    }
    return requests
  },
}
