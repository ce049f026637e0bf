/** Applications with a log-in of their own: Home Assistant, Keycloak, Jellyfin, Roundcube, Zimbra, GitLab, Bitwarden. */
import { FLAG } from '../../../core/event.ts'
import { groupsOf, type TextEvent } from '../text-program.ts'
import { ADDRESS, headed, theOnly } from './service.ts'

/** The name before the brackets is what the address's owner calls it, and has no blank; what follows the address counts for nothing. */
const BANNED = new RegExp(
  String.raw`^Login attempt or request with invalid authentication from (?:host )?\S{1,255} \((?<source>${ADDRESS})\)`,
)

export const homeAssistant = headed(
  'home-assistant',
  /^ (?:WARNING|INFO|ERROR|DEBUG|CRITICAL) \([^()]{1,60}\) \[(?<logger>[\w.]{1,100})\] /,
  'A-Z',
  (rest, head) => {
    if (head.logger !== 'homeassistant.components.http.ban') return undefined
    const { source } = groupsOf(BANNED, rest) ?? {}
    return source === undefined ? undefined : { kind: 'panel.auth.failed', source }
  },
)

const REALM_ADDRESS = new RegExp(`[, ]ipAddress="?(${ADDRESS})"?(?:,|$)`, 'g')
const REALM_USER = /[, ]username="?([^",]{1,200})"?(?:,|$)/

/** An event of Keycloak's: `type=LOGIN_ERROR, ... ipAddress=192.0.2.1, error=user_not_found, ...`; newer ones with quotes. */
export function readKeycloak(message: string): TextEvent {
  const type = /^type="?(?<type>\w{1,40})"?, /.exec(message)?.groups?.type
  if (type !== 'LOGIN_ERROR' && type !== 'LOGIN') return undefined
  const error = /, error="?(\w{1,60})"?(?:,|$)/.exec(message)?.[1]
  // What a program that logs in by itself does wrong says nothing of a person's password.
  if (
    type === 'LOGIN_ERROR' &&
    !['invalid_user_credentials', 'user_not_found', 'user_disabled', 'user_temporarily_disabled'].includes(error ?? '')
  )
    return undefined
  return {
    kind: type === 'LOGIN' ? 'panel.auth.accepted' : 'panel.auth.failed',
    user: REALM_USER.exec(message)?.[1],
    source: theOnly(REALM_ADDRESS, message),
    ...(error === 'user_not_found' ? { flags: FLAG.USER_UNKNOWN } : {}),
  }
}

export const keycloak = headed(
  'keycloak',
  /^ (?:WARN|INFO|DEBUG|ERROR|TRACE) +\[(?<logger>[\w.$]{1,120})\] \([^()]{0,120}\) /,
  'A-Z',
  (rest, head) => (head.logger === 'org.keycloak.events' ? readKeycloak(rest) : undefined),
)

/** The address ends the message. */
const DENIED = new RegExp(
  String.raw`^Authentication request for "?(?<user>.*?)"? has been denied \(IP: "?(?<source>${ADDRESS})"?\)\.?$`,
  's',
)

export const jellyfin = headed(
  'jellyfin',
  /^ \[(?:ERR|INF|WRN|DBG|FTL|VRB)\] \[\d{1,8}\] [\w.]{1,120}: /,
  '[',
  rest => {
    const { user, source } = groupsOf(DENIED, rest) ?? {}
    if (source === undefined || rest.split(' has been denied (IP: ').length > 2) return undefined
    return { kind: 'panel.auth.failed', user, source }
  },
)

const LOGIN_FROM = new RegExp(String.raw` from (${ADDRESS}?)(?=[.(]? |\.$|\(|$)`, 'g')
const ROUNDCUBE =
  /^(?:(?<failed>IMAP Error: Login failed for |Failed login for )|Successful login for )(?<user>.*?)(?: against \S{1,255})?(?: \(ID: \d{1,12}\))? from [\da-fA-F]/s

/** A message of Roundcube's: the name stands before the address, and where two are named nobody is accused. */
export function readRoundcube(message: string): TextEvent {
  const { user, failed } = groupsOf(ROUNDCUBE, message) ?? {}
  const source = theOnly(LOGIN_FROM, message)
  if (user === undefined || source === undefined) return undefined
  return { kind: failed === undefined ? 'mail.auth.accepted' : 'mail.auth.failed', user, source }
}

export const roundcube = headed('roundcube', /^: (?:<\w{4,40}> )?/, ' ', readRoundcube)

const ORIGIN = new RegExp(`[[;]oip=(${ADDRESS})(?:, [^;]*)?;`, 'g')
const PLAIN = new RegExp(`[[;]ip=(${ADDRESS});`, 'g')

export const zimbra = headed(
  'zimbra',
  /^ (?:WARN|INFO|DEBUG|ERROR) +\[[^\]]{1,400}\] \[(?=[^\]]{0,2000}\] (?<logger>\w{1,40}) - )/,
  'A-Z',
  (rest, head) => {
    if (head.logger !== 'security') return undefined
    const user = /\] security - cmd=Auth; account=(?<user>[^;]{1,200});.* error=authentication failed for \[/.exec(rest)
    // Behind Zimbra's own proxy the client is the origin; without one there is none.
    const source = /[[;]oip=/.test(rest) ? theOnly(ORIGIN, rest) : theOnly(PLAIN, rest)
    return user === null ? undefined : { kind: 'mail.auth.failed', user: user.groups?.user, source }
  },
)

/** GitLab's log for people; the one for programs is JSON (formats/service-json.ts). The address ends the message. */
const GITLAB = new RegExp(`^username=(?<user>.*) ip=(?<source>${ADDRESS})$`, 's')

export const gitlab = headed('gitlab', /^: Failed Login: /, ' ', rest => {
  const { user, source } = groupsOf(GITLAB, rest) ?? {}
  return source === undefined ? undefined : { kind: 'panel.auth.failed', user, source }
})

/** Bitwarden's own server; it names no user. */
const BITWARDEN = new RegExp(String.raw`^Failed login attempt(?:, 2FA invalid)?\. (?<source>${ADDRESS})$`)

export const bitwarden = headed('bitwarden', /^(?: [+-]\d\d:\d\d)? \[(?:WRN|Warning)\] /, '[+-', rest => {
  const { source } = groupsOf(BITWARDEN, rest) ?? {}
  return source === undefined ? undefined : { kind: 'panel.auth.failed', source }
})
