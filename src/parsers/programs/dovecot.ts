import { FLAG } from '../../core/event.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** The login process may be the program itself or the message's first word, with a level in dovecot's own log files. */
const PREFIX = /^(?:(?<process>[a-z][\w-]*)(?:\([^)]*\))*: )?(?:(?:Info|Error|Warning): )?(?<message>.*)$/s
const LOGIN = /^Login: (?<fields>.*)$/s
const FAILED =
  /^(?:Aborted login|Disconnected|Login aborted|Maximum number of connections|Connection closed)[^()]*\((?:auth failed|tried to use disabled plaintext auth|tried to use disallowed plaintext auth)(?:, (?<count>\d{1,4}) attempts)?[^)]*\)(?: \(auth_failed\))?: (?<fields>.*)$/s
/** The last `rip=` is dovecot's: the user's name stands before it, and nothing of the client's behind it. */
const PEER = /^(?:.*[ ,])?rip=(?<source>[^\s,]+)/s
const USER = /^(?:.*?, )?user=<(?<user>.*?)>, /s
const METHOD = /, method=(?<method>[\w-]+), rip=|^method=(?<first>[\w-]+),/

function read(text: string): TextEvent {
  const { message } = groupsOf(PREFIX, text) ?? {}
  if (message === undefined) return undefined
  const accepted = groupsOf(LOGIN, message)
  const found = accepted ?? groupsOf(FAILED, message)
  const { fields } = found ?? {}
  if (found === undefined || fields === undefined) return undefined
  const { source } = groupsOf(PEER, fields) ?? {}
  if (source === undefined) return undefined
  const method = groupsOf(METHOD, fields)
  return {
    kind: accepted === undefined ? 'mail.auth.failed' : 'mail.auth.accepted',
    user: groupsOf(USER, fields)?.user,
    method: method?.method ?? method?.first,
    source,
    count: found.count === undefined ? undefined : Number(found.count),
    flags: accepted === undefined ? 0 : FLAG.USER_KNOWN,
  }
}

const at = 'Feb 28 08:05:01 mail-1 dovecot:'

export default defineProgram({
  id: 'dovecot',
  title: 'Dovecot',
  programs: [
    'dovecot',
    'imap-login',
    'pop3-login',
    'managesieve-login',
    'submission-login',
    'lmtp',
    'imap',
    'pop3',
    'auth',
    'auth-worker',
    'dovecot-auth',
  ],
  parse: textProgram({ read }),
  samples: [
    {
      line: `${at} imap-login: Aborted login (auth failed, 1 attempts in 17 secs): user=<alice@example.com>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1, TLS, session=<AbC>`,
      is: [
        {
          kind: 'mail.auth.failed',
          user: 'alice@example.com',
          method: 'PLAIN',
          source: '192.0.2.1',
          service: 'dovecot',
        },
      ],
    },
    {
      line: `${at} pop3-login: Disconnected: Inactivity (auth failed, 3 attempts): user=<info>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1`,
      is: [{ kind: 'mail.auth.failed', user: 'info', count: 3 }],
    },
    {
      line: `${at} imap-login: Disconnected (auth failed, 1 attempts): method=PLAIN, rip=192.0.2.1, lip=198.51.100.1, TLS: Disconnected`,
      is: [{ kind: 'mail.auth.failed', user: undefined, method: 'PLAIN' }],
    },
    {
      line: `${at} imap-login: Login aborted: Connection closed (auth failed, 2 attempts in 9 secs) (auth_failed): user=<bob>, method=LOGIN, rip=2001:db8::7, lip=2001:db8::1`,
      is: [{ kind: 'mail.auth.failed', user: 'bob', count: 2, source: '2001:db8::7' }],
      note: 'version 2.4',
    },
    {
      line: `${at} imap-login: Disconnected (auth failed, 1 attempts): user=<x>, method=PLAIN, rip=203.0.113.9, lip=1>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1' }],
      note: 'a name cannot choose the address',
    },
    {
      line: `${at} pop3-login: Aborted login (tried to use disabled plaintext auth): rip=192.0.2.1, lip=198.51.100.1`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1' }],
    },
    {
      line: 'Feb 28 08:05:01 imap-login: Info: Aborted login (auth failed, 1 attempts): user=<bob>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1',
      is: [{ kind: 'mail.auth.failed', user: 'bob', service: 'imap-login' }],
      note: "dovecot's own log file",
    },
    {
      line: `${at} imap-login: Login: user=<alice>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1, mpid=77, TLS`,
      is: [{ kind: 'mail.auth.accepted', user: 'alice', source: '192.0.2.1' }],
    },
    {
      line: `${at} imap-login: Disconnected (no auth attempts in 2 secs): user=<>, rip=192.0.2.1, lip=198.51.100.1`,
      is: 'irrelevant',
    },
    {
      line: 'Feb 28 08:05:01 mail-1 auth: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=alice rhost=192.0.2.1',
      is: [{ kind: 'pam.auth.failed', service: 'dovecot', user: 'alice', source: '192.0.2.1' }],
    },
  ],
})
