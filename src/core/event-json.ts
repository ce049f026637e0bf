/** The public JSON form of an event (`vpsguard parse --format json`): absent fields are left out. */
import { SSH_ATTEMPT_KINDS } from './event.ts'
import { formatTime } from './time.ts'
import type { EventView } from './view.ts'

export interface EventJson {
  time: string
  kind: string
  source?: string
  port?: number
  user?: string
  user_known?: boolean
  method?: string
  path?: string
  query?: string
  status?: number
  bytes?: number
  referrer?: string
  agent?: string
  target?: string
  detail?: string
  /** Occurrences told by the line, where more than one. */
  count?: number
  /** Kinds that can stand for a login attempt: how many this event is counted as. */
  attempts?: number
  /** Payload families of a web request. */
  payloads?: string[]
  host?: string
  service?: string
  pid?: number
  origin: { path: string; line: number; offset: number }
}

const ATTEMPT_KINDS: ReadonlySet<string> = new Set(SSH_ATTEMPT_KINDS)

/** Renders the event under the view; `path` is its input's name and `payloads` the names of its traits' bits. */
export function eventToJson(e: EventView, path: string, payloads: readonly string[] = []): EventJson {
  const { ref } = e
  const json: EventJson = {
    time: formatTime(e.time),
    kind: e.kind,
    origin: { path, line: ref.line, offset: ref.offset },
  }
  const set = <K extends keyof EventJson>(key: K, value: EventJson[K] | undefined): void => {
    if (value !== undefined) json[key] = value
  }
  set('source', e.address)
  set('port', e.port === 0 ? undefined : e.port)
  set('user', e.user)
  set('user_known', e.userKnown)
  set('method', e.method)
  set('path', e.path)
  set('query', e.query)
  set('status', e.status === 0 ? undefined : e.status)
  set('bytes', e.kind === 'web.request' ? e.size : undefined)
  set('referrer', e.referrer)
  set('agent', e.agent)
  set('target', e.target)
  set('detail', e.detail)
  set('count', e.count === 1 ? undefined : e.count)
  set('attempts', ATTEMPT_KINDS.has(e.kind) ? e.attempts : undefined)
  set('payloads', payloads.length === 0 ? undefined : [...payloads])
  set('host', e.host)
  set('service', e.service)
  set('pid', e.pid === 0 ? undefined : e.pid)
  return json
}
