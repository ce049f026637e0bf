/**
 * Events: what a line of a log says that matters to security. The order of EVENT_KINDS is the number a kind has in
 * a batch's `kind` column, so new kinds go to the end.
 */
export const EVENT_KINDS = [
  /** sshd: an authentication attempt failed. */
  'ssh.auth.failed',
  /** sshd: somebody logged in. */
  'ssh.auth.accepted',
  /** sshd: an attempt on a name that the host does not have (or does not let in). */
  'ssh.user.invalid',
  /** sshd: the connection ended before anybody had logged in. */
  'ssh.preauth.closed',
  /** sshd: no identification, bad protocol, failed key exchange, refused or dropped connection. */
  'ssh.scan',
  'ssh.session.opened',
  'ssh.session.closed',
  'sudo.command',
  'sudo.failed',
  'su.opened',
  'su.failed',
  /** login(1), gdm, systemd-logind: at the console or a display. */
  'login.accepted',
  'login.failed',
  'user.added',
  'user.removed',
  'user.modified',
  'user.password_changed',
  /** An account joined a group (`target` is the account, `detail` the group). */
  'group.member_added',
  'group.added',
  'ftp.auth.failed',
  'ftp.auth.accepted',
  'mail.auth.failed',
  'mail.auth.accepted',
  /** cockpit, webmin and their like. */
  'panel.auth.failed',
  'panel.auth.accepted',
  'web.request',
  'web.error',
  /** HTTP basic/digest authentication failed (nginx or Apache error log). */
  'web.auth.failed',
  /** ModSecurity or another request filter refused or flagged a request. */
  'web.filter',
  /** The log stopped for `size` milliseconds before this line. */
  'log.gap',
  /** The log's clock stepped back by `size` milliseconds at this line. */
  'log.backstep',
  /** `last message repeated N times`: resolved by the engine into a copy of the event before it; never seen by rules. */
  'log.repeat',
  /** A PAM line that may tell an attempt again which sshd tells itself; resolved by the engine; never seen by rules. */
  'pam.auth.failed',
  /** `PAM N more authentication failures`; resolved by the engine like the kind above. */
  'pam.auth.more',
  /** sshd names the peer of a process and nothing else; kept by the engine for that process's other lines; never seen by rules. */
  'ssh.connection',
  /** A connection ended that may or may not have logged in; resolved by the engine like the kind above. */
  'ssh.connection.closed',
] as const

export type EventKind = (typeof EVENT_KINDS)[number]

/** A kind's number in the `kind` column. */
export const KIND: Readonly<Record<EventKind, number>> = Object.freeze(
  Object.fromEntries(EVENT_KINDS.map((kind, index) => [kind, index])),
) as Readonly<Record<EventKind, number>>

/**
 * Kinds that can stand for one failed SSH attempt. Which of an attempt's several lines is counted is told by
 * `attempts` (0 on the others): sshd writes up to five lines for one guess.
 */
export const SSH_ATTEMPT_KINDS = [
  'ssh.auth.failed',
  'ssh.user.invalid',
  'ssh.preauth.closed',
] as const satisfies readonly EventKind[]

/** Kinds that the log's own clock gives, not a line of it: rules see them; counts of events and `parse` leave them out. */
export const CLOCK_KINDS = ['log.gap', 'log.backstep'] as const satisfies readonly EventKind[]

/** Failed logins on any other service. */
export const OTHER_AUTH_FAILED_KINDS = [
  'ftp.auth.failed',
  'mail.auth.failed',
  'panel.auth.failed',
  'login.failed',
  'web.auth.failed',
] as const satisfies readonly EventKind[]

/** Bits of the `flags` column. */
export const FLAG = {
  /** The log says that the user exists (set) or not (USER_UNKNOWN); neither where it does not say. */
  USER_KNOWN: 1,
  USER_UNKNOWN: 2,
  /** The stamp has no year: `time` counts from the start of a leap year 2000 until the engine's clock has added the year. */
  YEARLESS: 4,
  /** The stamp has no zone: `time` is local time as if it were UTC until the engine's clock has subtracted the offset. */
  LOCAL: 8,
  /** The line's origin is vouched for by the kernel (journald `_COMM`, `_UID`), not by the text. */
  TRUSTED: 16,
  /** The session had not authenticated yet ([preauth]). */
  PREAUTH: 32,
  /** The recorded client address came from a header that the client can write. */
  CLAIMED: 64,
} as const

/** Where an event stands: `input` is an index into the run's inputs, `line` counts from 1, `offset` in bytes of the (decompressed) stream. */
export interface EventRef {
  readonly input: number
  readonly line: number
  readonly offset: number
  readonly length: number
  /** The line itself, kept only where the input cannot be read again (stdin, compressed files, journalctl). */
  readonly text?: string
}
