/** Telephony and talk: Asterisk, FreeSWITCH, Murmur (Mumble). */
import { FLAG } from '../../../core/event.ts'
import { groupsOf, type TextEvent } from '../text-program.ts'
import { ADDRESS, headed, outside, theOnly } from './service.ts'

/** Names before the address and call ids behind it are the caller's: where two addresses are named, none is believed. */
const FAILED_FOR = new RegExp(String.raw` failed for '\[?(${ADDRESS}?)\]?(?::\d{1,5})?'`, 'g')
const REGISTRATION = /^(?:Registration|Request(?: '[A-Z]{1,20}')?) from '/
/** The manager's door, and that of IAX2: what begins with the address, or ends with it. */
const AUTHENTICATE = new RegExp(
  String.raw`^(?:Host )?(${ADDRESS}) (?:failed (?:to authenticate as|MD5 authentication for)|tried to authenticate with nonexistent user) '(?<user>.*)'(?: \([\da-f]{1,64} != [\da-f]{1,64}\))?$`,
  's',
)
const NO_PEER = new RegExp(String.raw`^No registration for peer '(?<user>.*)' \(from (${ADDRESS})\)$`, 's')
const REJECTING = new RegExp(
  String.raw`^Ext\. [^"]{1,80}"Rejecting unknown SIP connection from \[?(${ADDRESS}?)\]?(?::\d{1,5})?"$`,
)
const ACCOUNT = /<?sips?:(?<user>[^@>;]{1,64})@/
const EXTENSION = new RegExp(String.raw` \((${ADDRESS}):\d{1,5}\) to extension '`, 'g')
const NO_EXTENSION = /^Call from '.* rejected because extension not found in context '/s
/** What the challenge is answered with, and what follows when all is well. */
const EVENTS: Readonly<Record<string, 'failed' | 'accepted'>> = {
  InvalidPassword: 'failed',
  InvalidAccountID: 'failed',
  ChallengeResponseFailed: 'failed',
  FailedACL: 'failed',
  SuccessfulAuth: 'accepted',
}
const REMOTE = /,RemoteAddress="IPV[46]\/[A-Z]{2,4}\/([^"/]{3,45})\/\d{1,5}"/g

/** A message of Asterisk's, without its level and file. */
export function readAsterisk(message: string): TextEvent {
  if (message.startsWith('SecurityEvent="')) return readSecurityEvent(message)
  const from = REGISTRATION.exec(message)?.[0].length ?? 0
  const reason = from === 0 ? -1 : message.lastIndexOf(' - ')
  const failed = from === 0 ? -1 : message.indexOf(" failed for '", from)
  if (failed > 0 && failed < reason) {
    const name = message.slice(from, failed).replace(/'$/, '')
    return {
      kind: 'panel.auth.failed',
      user: ACCOUNT.exec(name)?.groups?.user ?? name,
      source: theOnly(FAILED_FOR, message),
      ...(/^ - No matching (?:peer|endpoint) found/.test(message.slice(reason)) ? { flags: FLAG.USER_UNKNOWN } : {}),
    }
  }
  const host = AUTHENTICATE.exec(message)
  if (host !== null) return { kind: 'panel.auth.failed', user: host.groups?.user, source: host[1] }
  const peer = NO_PEER.exec(message)
  if (peer !== null)
    return { kind: 'panel.auth.failed', user: peer.groups?.user, source: peer[2], flags: FLAG.USER_UNKNOWN }
  const stranger = REJECTING.exec(message)
  if (stranger !== null) return { kind: 'panel.auth.failed', source: stranger[1], detail: 'unknown SIP connection' }
  // Strangers dial out through whoever lets them: a call that finds no extension is a try at that.
  return NO_EXTENSION.test(message)
    ? { kind: 'panel.auth.failed', source: theOnly(EXTENSION, message), detail: 'extension not found' }
    : undefined
}

function readSecurityEvent(message: string): TextEvent {
  const name = /^SecurityEvent="(\w{1,40})"/.exec(message)?.[1] ?? ''
  const result = EVENTS[name]
  if (result === undefined) return undefined
  return {
    kind: result === 'failed' ? 'panel.auth.failed' : 'panel.auth.accepted',
    user: /,AccountID="([^"]{1,200})"/.exec(message)?.[1],
    source: outside(theOnly(REMOTE, message)),
    ...(name === 'InvalidAccountID' ? { flags: FLAG.USER_UNKNOWN } : {}),
  }
}

const ASTERISK_HEAD = String.raw`(?:NOTICE|SECURITY|WARNING|ERROR|VERBOSE|DEBUG|DTMF) ?\[\d{1,10}\](?:\[C-[\da-f]{1,8}\])?:? (?:[\w./]{1,60}\.c(?::\d{1,6})?(?: (?:in )?\w{1,60})?: |(?=Ext\. ))`
const ASTERISK_SYSLOG = new RegExp(`^${ASTERISK_HEAD}`)

/** A message of Asterisk's as it stands in syslog, with level and file. */
export const readAsteriskSyslog = (message: string): TextEvent => readAsterisk(message.replace(ASTERISK_SYSLOG, ''))

export const asterisk = headed('asterisk', new RegExp(`^ ${ASTERISK_HEAD}`), 'A-Z', readAsterisk)

/** The address ends the message. */
const SIP = new RegExp(
  String.raw`^(?:SIP auth failure \([A-Z]{1,20}\) on sofia profile '[^']{1,64}' for \[(?<user>.*)\] from ip (?<source>${ADDRESS})|Can't find user \[(?<unknown>.*)\] from (?<from>${ADDRESS}))$`,
  's',
)

export function readFreeswitch(message: string): TextEvent {
  const { user, source, unknown, from } = groupsOf(SIP, message) ?? {}
  if (from !== undefined)
    return { kind: 'panel.auth.failed', user: nameOf(unknown), source: from, flags: FLAG.USER_UNKNOWN }
  return source === undefined ? undefined : { kind: 'panel.auth.failed', user: nameOf(user), source }
}

/** `100@198.51.100.1`: the account without the server's name. */
const nameOf = (account: string | undefined): string | undefined => account?.replace(/@[^@]*$/, '')

export const freeswitch = headed(
  'freeswitch',
  /^ (?:\d{1,3}\.\d{2}% )?\[(?:WARNING|NOTICE|INFO|ERR|CRIT|DEBUG|CONSOLE|ALERT)\] \w{1,60}\.c(?:pp)?:\d{1,6} /,
  '\\d[',
  readFreeswitch,
)

const REJECTED = new RegExp(String.raw`Rejected connection from \[?(${ADDRESS}?)\]?:\d{1,5}: `, 'g')

export const murmur = headed('murmur', /^ \d{1,6} => /, '\\d', rest => {
  const source = theOnly(REJECTED, rest)
  const named = /^<\d{1,10}:(?<user>.*?)\(-?\d{1,10}\)> Rejected connection from /s.exec(rest)
  if (
    named === null ||
    source === undefined ||
    !/: (?:Wrong certificate or password|Invalid server password)/.test(rest)
  )
    return undefined
  return { kind: 'panel.auth.failed', user: named.groups?.user, source }
})
