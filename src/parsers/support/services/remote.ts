/** Ways into a host or a network other than sshd: OpenVPN, xrdp, VNC, RouterOS. */
import { FLAG } from '../../../core/event.ts'
import { groupsOf, type TextEvent } from '../text-program.ts'
import { ADDRESS, headed, type Told, theOnly } from './service.ts'

/** `NAME/ADDRESS:PORT `: the name is a certificate's, or one that got in before. */
const PEER = String.raw`(?:(?:udp|tcp)[46](?:-server)?:)?(?:(?<user>[\w.@+-]{1,128})\/)?(?:\[?AF_INET6?\])?\[?(?<source>${ADDRESS}?)\]?:(?<port>\d{1,5}) `
const OPENVPN = new RegExp(`^${PEER}(?<rest>.*)$`, 's')

/**
 * A message of OpenVPN's. A failed attempt writes several lines; one of them counts. `Peer Connection Initiated` is no login: it
 * stands in attempts with a wrong password, too. A login has an address given to it.
 */
export function readOpenvpn(message: string): TextEvent {
  const { user, source, port, rest = '' } = groupsOf(OPENVPN, message) ?? {}
  if (source === undefined) return undefined
  const peer = { source, port: Number(port) }
  if (rest.startsWith('TLS Auth Error: Auth Username/Password verification failed'))
    return { kind: 'panel.auth.failed', ...peer, method: 'password' }
  // A certificate that is refused ends with this line as well.
  if (rest.startsWith('TLS Error: TLS handshake failed'))
    return { kind: 'panel.auth.failed', ...peer, detail: 'TLS handshake failed' }
  if (rest.startsWith('MULTI_sva: pool returned ') && user !== undefined)
    return { kind: 'panel.auth.accepted', user, ...peer, flags: FLAG.USER_KNOWN }
  return undefined
}

export const openvpn = headed(
  'openvpn',
  new RegExp(
    String.raw`^ (?=(?:(?:(?:udp|tcp)[46](?:-server)?:)?(?:[\w.@+-]{1,128}\/)?(?:\[?AF_INET6?\])?\[?${ADDRESS}?\]?:\d{1,5} |MULTI: |MULTI_sva|TLS-Auth |UDPv[46] |TCPv[46] |OpenVPN \d|library versions: |Initialization Sequence |event_wait : |Diffie-Hellman |Control Channel |PUSH: |SENT CONTROL ))`,
  ),
  '\\w:.[',
  readOpenvpn,
)

/** The address and what follows it are the program's. */
const AUTHFAIL = new RegExp(String.raw`AUTHFAIL: user=(?<user>.*) ip=(?<source>${ADDRESS})(?: time=\d{1,12})?$`, 's')

export function readXrdp(message: string): TextEvent {
  const { user, source } = groupsOf(AUTHFAIL, message) ?? {}
  return source === undefined ? undefined : { kind: 'panel.auth.failed', user, source }
}

export const xrdp = headed('xrdp', /^ ?\[(?:INFO |WARN |ERROR|DEBUG|CORE |TRACE)\] ?/, '[A-Z', readXrdp)

/** RealVNC writes `Connections: authentication failed: 192.0.2.1::41234`; the others put the address last. */
const VNC = new RegExp(
  String.raw`^(?:(?:rfb)?[aA]uthProcess\w{0,40}: (?:password check|authentication) failed(?: from)? (?<source>${ADDRESS})|Connections: authentication failed: \[?(?<real>[\da-fA-F.]+|[\da-fA-F:]+?)\]?::\d{1,5}(?: \(\w{1,10}\))?:?.*)$`,
)

export function readVnc(message: string): TextEvent {
  const { source, real } = groupsOf(VNC, message) ?? {}
  const address = source ?? real
  return address === undefined ? undefined : { kind: 'panel.auth.failed', source: address }
}

export const vnc = headed(
  'vnc',
  /^ (?=(?:rfb|auth|Got |other clients|Client |Normal |Pixel |client |screen |Listening |Connections: ))/,
  'a-zA-Z',
  readVnc,
)

/** Behind the name stand the address and the way in, at the end. */
const ROUTEROS =
  /^(?:login failure for user (?<failed>.*)|user (?<accepted>.*) logged in) from (?<source>\S{1,255}) via (?<via>[\w-]{1,20})$/s

export function readRouterOs(message: string): TextEvent {
  const { failed, accepted, source, via } = groupsOf(ROUTEROS, message) ?? {}
  if (source === undefined) return undefined
  return accepted === undefined
    ? { kind: 'panel.auth.failed', user: failed, source, method: via }
    : { kind: 'panel.auth.accepted', user: accepted, source, method: via, flags: FLAG.USER_KNOWN }
}

export const routerOs = headed(
  'routeros',
  /^:? (?:\S{1,64} )?(?:[a-z\d!-]{2,20},){1,4}[a-z\d!-]{2,20}:? /,
  '\\w ',
  readRouterOs,
)

const REMOTE_HOST = /\] remote host \[ipv[46]:([\da-fA-F.:]{3,45}):\d{1,5}\]/g
const STATUS = /\] status \[NT_STATUS_(\w{1,60})\]/g
const AT = /\] at \[([^\]]{1,60})\]/g
const SMB = /^Auth: \[[\w ,()-]{1,80}\] user \[[^\]]*\]\\\[(?<user>.*?)\] at \[/s

/**
 * Samba's line about a login, as it stands in its own log and in syslog; `at` is its stamp. Names of users and workstations
 * are the client's: what is told twice and differs is not believed.
 */
export function readSamba(message: string): Exclude<Told, false> {
  const user = SMB.exec(message)?.groups?.user
  const at = theOnly(AT, message)
  const status = theOnly(STATUS, message)
  if (at === undefined || status === undefined || user === '' || user === 'ANONYMOUS LOGON') return undefined
  return {
    kind: status === 'OK' ? 'panel.auth.accepted' : 'panel.auth.failed',
    user,
    source: theOnly(REMOTE_HOST, message),
    at,
    ...(status === 'NO_SUCH_USER' ? { flags: FLAG.USER_UNKNOWN } : {}),
  }
}

/** Samba's own log: a head that says when and where in its source, and the message on a line of its own behind it. */
export const smb = headed(
  'smb',
  /^, {1,3}\d{1,2}(?:, [^\]]{1,200})?\] \S{1,200}\.c:\d{1,6}\(\w{1,80}\)$/,
  ' ',
  () => undefined,
)
