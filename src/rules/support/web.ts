/** What several web rules share: how a request was answered, and sample lines. */
import type { EventView } from '../../core/view.ts'

export const ANSWERS = ['served', 'redirected', 'refused', 'missing', 'failed', 'unknown'] as const
export type Answer = (typeof ANSWERS)[number]

/** How people call an answer. */
export const ANSWER_NAMES: Readonly<Record<Answer, string>> = {
  served: 'answered',
  redirected: 'redirected',
  refused: 'refused',
  missing: 'not found',
  failed: 'server errors',
  unknown: 'without a status',
}

/** What became of a request, by its status. */
export function answerOf(status: number): Answer {
  if (status === 0) return 'unknown'
  if (status < 300) return 'served'
  if (status < 400) return 'redirected'
  if (status === 401 || status === 403 || status === 405 || status === 407 || status === 429 || status === 444)
    return 'refused'
  return status < 500 ? 'missing' : 'failed'
}

/** A path and its query, as logged, for a reason or a list of examples. */
export function targetOf(event: EventView): string {
  const { path = '', query } = event
  return query === undefined ? path : `${path}?${query}`
}

/** `GET /a?b`, cut for a list. */
export function shortTarget(event: EventView, longest = 80): string {
  const target = targetOf(event)
  return target.length <= longest ? target : `${target.slice(0, longest - 1).toWellFormed()}…`
}

export interface LineOptions {
  source?: string
  /** Seconds behind 10:00:00. */
  second?: number
  status?: number
  size?: number
  referrer?: string
  agent?: string
  user?: string
}

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'

/** A combined log line for a rule's samples. */
export function accessLine(request: string, options: LineOptions = {}): string {
  const {
    source = '203.0.113.7',
    second = 0,
    status = 404,
    size = 153,
    referrer = '-',
    agent = BROWSER,
    user = '-',
  } = options
  const clock = [10 + Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60]
    .map(part => String(part).padStart(2, '0'))
    .join(':')
  const line = request === '-' || request.startsWith('\\') || request.includes(' ') ? request : `GET ${request}`
  const whole = line.startsWith('\\') || line === '-' || / (?:HTTP|RTSP)\/|^\S+$/.test(line) ? line : `${line} HTTP/1.1`
  return `${source} - ${user} [04/Mar/2026:${clock} +0000] "${whole}" ${status} ${size} "${referrer}" "${agent}"`
}
