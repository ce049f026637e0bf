import { SECOND } from '../../core/time.ts'
import { between, chance, pick } from '../draw.ts'
import { request } from '../web/plan.ts'
import { ENDINGS, PAYLOADS, WORDLIST } from '../web/probes.ts'
import { probeFor, strangerClient } from '../web/strangers.ts'
import type { WebProfile } from './define.ts'
import { placeWindow } from './define.ts'

const PAYLOAD_SHARE = 0.12

/** One machine walks a list of paths and tries payloads, as fast as the server answers. */
export const scan: WebProfile = {
  id: 'scan',
  service: 'web',
  title: 'one address walks a list of paths and tries payloads',
  plan(plan, lines) {
    const { random } = plan
    const client = strangerClient(plan)
    const count = Math.max(1, Math.round(lines))
    const { from, to } = placeWindow(plan, count * between(random, 0.15, 1.2) * SECOND)
    return Array.from({ length: count }, (_, index) => {
      const time = from + ((index + random.next() * 0.8) / count) * (to - from)
      if (chance(random, 0.004))
        return request(plan, client, time, { target: '/', status: 200, bytes: plan.site.pages.items[0].bytes })
      return probeFor(
        plan,
        client,
        time,
        chance(random, PAYLOAD_SHARE) ? pick(random, PAYLOADS) : `/${pick(random, WORDLIST)}${pick(random, ENDINGS)}`,
      )
    })
  },
}
