import { HOUR } from '../../core/time.ts'
import { logUniform } from '../draw.ts'
import { strangerMoment } from '../law.ts'
import type { WebRequest } from '../web/request.ts'
import { look, strangerClient } from '../web/strangers.ts'
import type { WebProfile } from './define.ts'
import { placeWindow } from './define.ts'

/** A scan shared out: each address asks for a few paths, exactly as the Internet's radiation does. */
export const sprayScan: WebProfile = {
  id: 'spray-scan',
  service: 'web',
  title: 'a scan shared out over many addresses, a few paths each',
  plan(plan, lines) {
    const { random } = plan
    const { from, to } = placeWindow(plan, logUniform(random, HOUR, 12 * HOUR))
    const requests: WebRequest[] = []
    while (requests.length < lines) requests.push(...look(plan, strangerClient(plan), strangerMoment(random, from, to)))
    return requests
  },
}
