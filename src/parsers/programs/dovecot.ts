import { FLAG } from '../../core/event.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'
import { readCyrus } from './cyrus.ts'

/** The login process may be the program itself or the message's first words, with a level in dovecot's own log files. */
const PREFIX =
  /^(?:dovecot: )?(?:(?<process>[a-z][\w-]*)(?:\([^)]*\))*: )?(?:(?:Info|Error|Warning): )?(?:conn [^\s:]+:[\w-]+ \([^)]*\): auth-worker<\d+>: )?(?<message>.*)$/s
/** Since 2.4 it says `Logged in`. */
const LOGIN = /^(?:Login|Logged in): (?<fields>.*)$/s
const FAILED =
  /^(?:Aborted login|Disconnected|Login aborted|Maximum number of connections|Connection closed|Client has quit the connection|Remote closed connection)(?::[^<>]*?)? ?\((?:auth failed|proxy dest auth failed|tried to use (?:disabled|disallowed) plaintext auth)(?:, (?<count>\d{1,4}) attempts)?[^)]*\)(?: \(auth_failed\))?: (?<fields>.*)$/s
/** Version 1 told it so. */
const FAILED_V1 = /^Aborted login \((?<count>\d{1,4}) authentication attempts\): (?<fields>.*)$/s
/**
 * What a password database says (`auth_verbose`): `pam(USER,PEER[,<SESSION>]): TEXT`. The login process tells the same when
 * the client has gone. A user name may hold commas and brackets; the peer is what stands last before the text.
 */
const DATABASE =
  /^(?:pam|passwd-file|passwd|shadow|sql|ldap|lua|static|imap|checkpassword)\((?<user>.*),(?<source>[\da-fA-F.:]+)(?:,(?:<[\w+/=]*>)?(?:,[^,()]*)?)?\): (?:pam_authenticate\(\) failed: .*|unknown user\b.*|[Pp]assword mismatch\b.*|invalid credentials\b.*)$/s
/** The last `rip=` is dovecot's: the user's name stands before it, and nothing of the client's behind it. */
const PEER = /^(?:.*[ ,])?rip=(?<source>[^\s,]+)/s
const USER = /^(?:.*?, )?user=<(?<user>.*?)>, /s
const METHOD = /, method=(?<method>[\w-]+), rip=|^method=(?<first>[\w-]+),/

function read(text: string): TextEvent {
  const { message } = groupsOf(PREFIX, text) ?? {}
  if (message === undefined) return undefined
  const database = groupsOf(DATABASE, message)
  if (database !== undefined)
    return { kind: 'pam.auth.failed', user: database.user, source: database.source, service: 'dovecot' }
  const accepted = groupsOf(LOGIN, message)
  const found = accepted ?? groupsOf(FAILED, message) ?? groupsOf(FAILED_V1, message)
  const { fields } = found ?? {}
  if (found === undefined || fields === undefined) return readCyrus(text)
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
    // Version 1 puts the level first in its own log files.
    'info',
    'warn',
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
      line: `${at} imap-login: Disconnected: Connection closed: read(size=1003) failed: Connection reset by peer (auth failed, 1 attempts in 0 secs): user=<bob>, rip=192.0.2.1, lip=198.51.100.1, session=<AbC>`,
      is: [{ kind: 'mail.auth.failed', user: 'bob', source: '192.0.2.1' }],
    },
    {
      line: 'Feb 28 08:05:01 Info: pop3-login: Aborted login (2 authentication attempts): user=<bob>, method=PLAIN, rip=::ffff:192.0.2.1, lip=198.51.100.1, secured',
      is: [{ kind: 'mail.auth.failed', user: 'bob', count: 2, source: '192.0.2.1' }],
      note: 'version 1, its own log file',
    },
    {
      line: `${at} submission-login: Client has quit the connection (auth failed, 1 attempts in 2 secs): user=<bob>, method=LOGIN, rip=192.0.2.1, lip=198.51.100.1`,
      is: [{ kind: 'mail.auth.failed', method: 'LOGIN' }],
    },
    {
      line: `${at} imap-login: Disconnected (proxy dest auth failed): user=<bob>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1`,
      is: [{ kind: 'mail.auth.failed', user: 'bob' }],
    },
    {
      line: `${at} auth-worker(304): pam(bob,192.0.2.1,<AbC+>): pam_authenticate() failed: Authentication failure (Password mismatch?)`,
      is: [{ kind: 'pam.auth.failed', service: 'dovecot', user: 'bob', source: '192.0.2.1' }],
      note: 'told again by the login process',
    },
    {
      line: 'Feb 28 08:05:01 auth-worker(80180): Info: conn unix:auth-worker (uid=143): auth-worker<13247>: sql(bob@example.com,192.0.2.1): unknown user',
      is: [{ kind: 'pam.auth.failed', user: 'bob@example.com', source: '192.0.2.1' }],
    },
    {
      line: `${at} auth: ldap(x,203.0.113.9): unknown user,192.0.2.1,<AbC>): Password mismatch`,
      is: [{ kind: 'pam.auth.failed', source: '192.0.2.1' }],
      note: 'a name cannot choose the address here either',
    },
    {
      line: `${at} imap-login: Login: user=<alice>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1, mpid=77, TLS`,
      is: [{ kind: 'mail.auth.accepted', user: 'alice', source: '192.0.2.1' }],
    },
    {
      line: `${at} imap-login: Logged in: user=<alice>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1, mpid=77, TLS, session=<a>`,
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
