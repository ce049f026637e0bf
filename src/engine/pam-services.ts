/** What a PAM line of a service stands for, and how long the service may take to say it itself. */
import type { EventKind } from '../core/event.ts'
import { KIND } from '../core/event.ts'
import { MINUTE, SECOND } from '../core/time.ts'

/** How long after a PAM line its program may take to say the same: PAM's delay is 2 to 4 s; sudo waits for three tries. */
const PAM_PATIENCE = new Map([
  ['sudo', MINUTE],
  ['dovecot', 30 * SECOND],
])
const USUAL_PATIENCE = 10 * SECOND

/** Milliseconds. */
export const patienceOf = (service: string): number => PAM_PATIENCE.get(service) ?? USUAL_PATIENCE

const SERVICE_KINDS: readonly [RegExp, EventKind][] = [
  [/^sshd?\b|^dropbear/, 'ssh.auth.failed'],
  [/^(vs|pro|pure-)?ftpd?\b/, 'ftp.auth.failed'],
  [/^(dovecot|imap|pop3?|smtp|cyrus|mail)/, 'mail.auth.failed'],
  [/^(cockpit|webmin|usermin|proxmox)/, 'panel.auth.failed'],
  [/^sudo/, 'sudo.failed'],
  [/^su\b|^su-l/, 'su.failed'],
  [/^(httpd|apache|nginx)/, 'web.auth.failed'],
]
const serviceKinds = new Map<string, number>()

/** The kind that a lonely PAM line of a service stands for. */
export function kindOfService(service: string): number {
  const known = serviceKinds.get(service)
  if (known !== undefined) return known
  const entry = SERVICE_KINDS.find(([pattern]) => pattern.test(service))
  const kind = KIND[entry?.[1] ?? 'login.failed']
  // The log names the services; a table that forgets nothing must not grow with what it names.
  if (serviceKinds.size < 256) serviceKinds.set(service, kind)
  return kind
}
