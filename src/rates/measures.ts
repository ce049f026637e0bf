/** What is counted, second by second. */
import { type EventKind, KIND, OTHER_AUTH_FAILED_KINDS, SSH_ATTEMPT_KINDS } from '../core/event.ts'

/** Web requests, those answered with 4xx or 5xx, failed logins, and everything else. */
export const MEASURES = ['requests', 'errors', 'logins', 'others'] as const
export type Measure = (typeof MEASURES)[number]
export const MEASURE_COUNT = MEASURES.length
export const MEASURE = { requests: 0, errors: 1, logins: 2, others: 3 } as const

/** What alarms of a measure belong to: a flood of requests and its errors are one story. */
export const FAMILIES = ['web', 'login', 'other'] as const
export const FAMILY_OF: readonly number[] = [0, 0, 1, 2]

/** How a kind is counted. */
export const CLASS = { none: 0, web: 1, login: 2, other: 3 } as const

const OTHER_KINDS = [
  'ssh.auth.accepted',
  'ssh.scan',
  'ssh.session.opened',
  'ssh.session.closed',
  'sudo.command',
  'sudo.failed',
  'su.opened',
  'su.failed',
  'login.accepted',
  'user.added',
  'user.removed',
  'user.modified',
  'user.password_changed',
  'group.member_added',
  'group.added',
  'ftp.auth.accepted',
  'mail.auth.accepted',
  'panel.auth.accepted',
] as const satisfies readonly EventKind[]

/**
 * Kinds that are counted. The clock's own kinds are no events, and the web server's error log tells of requests that its
 * access log tells too.
 */
export const COUNTED_KINDS: readonly EventKind[] = [
  'web.request',
  ...SSH_ATTEMPT_KINDS,
  ...OTHER_AUTH_FAILED_KINDS,
  ...OTHER_KINDS,
]

/** Class by kind number. */
export const CLASS_OF = new Uint8Array(256)
CLASS_OF[KIND['web.request']] = CLASS.web
for (const kind of [...SSH_ATTEMPT_KINDS, ...OTHER_AUTH_FAILED_KINDS]) CLASS_OF[KIND[kind]] = CLASS.login
for (const kind of OTHER_KINDS) CLASS_OF[KIND[kind]] = CLASS.other

/** In place of Infinity, which JSON does not know. */
export const NEVER = Number.MAX_SAFE_INTEGER
