import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** `[alice] FAIL LOGIN: Client "192.0.2.1"[, "reason"]`: the address is what stands in the first quotes behind the last `Client`. */
const LOGIN =
  /^(?:\[pid \d+\] )?(?:\[(?<user>.*)\] )?(?<result>OK|FAIL) LOGIN: Client "(?<source>[^"]+)"(?:, (?<detail>.*))?$/

/** A name that `userlist_deny` keeps out is told by the answer only; it is not asked for a password. */
const DENIED =
  /^(?:\[pid \d+\] )?(?:\[(?<user>.*)\] )?FTP response: Client "(?<source>[^"]+)", "530 Permission denied\."$/

/** A guest's password ends the line, and may imitate one: then both it and a name that imitates a guest's login fit. */
const EITHER = / OK LOGIN: Client "[^"]*", anon password ".* (?:LOGIN|response): Client "/s

function read(text: string): TextEvent {
  if (EITHER.test(text)) return { kind: 'ftp.auth.failed' }
  const denied = groupsOf(DENIED, text)
  if (denied !== undefined) return { kind: 'ftp.auth.failed', user: denied.user, source: denied.source }
  const found = groupsOf(LOGIN, text)
  if (found === undefined) return undefined
  const { user, source, detail, result } = found
  return {
    kind: result === 'OK' ? 'ftp.auth.accepted' : 'ftp.auth.failed',
    user,
    source,
    detail: detail?.replaceAll('"', ''),
  }
}

const at = 'Feb 28 08:05:01 ftp-1 vsftpd[1658]:'

export default defineProgram({
  id: 'vsftpd',
  title: 'vsftpd',
  programs: ['vsftpd'],
  parse: textProgram({ read }),
  samples: [
    {
      line: `${at} [alice] FAIL LOGIN: Client "192.0.2.1"`,
      is: [{ kind: 'ftp.auth.failed', user: 'alice', source: '192.0.2.1', service: 'vsftpd' }],
    },
    {
      line: `${at} [alice] OK LOGIN: Client "::ffff:192.0.2.1"`,
      is: [{ kind: 'ftp.auth.accepted', user: 'alice', source: '192.0.2.1' }],
    },
    {
      line: `${at} [ftp] OK LOGIN: Client "192.0.2.1", anon password "x@example.com"`,
      is: [{ kind: 'ftp.auth.accepted', detail: 'anon password x@example.com' }],
    },
    {
      line: `${at} [ftp] OK LOGIN: Client "192.0.2.1", anon password "x] FAIL LOGIN: Client "203.0.113.9"`,
      is: [{ kind: 'ftp.auth.failed', source: undefined }],
      note: 'a password, or a name, that imitates the line: nobody is accused',
    },
    {
      line: `${at} [x] FAIL LOGIN: Client "203.0.113.9" [y] FAIL LOGIN: Client "192.0.2.1"`,
      is: [{ kind: 'ftp.auth.failed', source: '192.0.2.1' }],
      note: 'a name cannot choose the address',
    },
    {
      line: `${at} [www-data] FTP response: Client "192.0.2.1", "530 Permission denied."`,
      is: [{ kind: 'ftp.auth.failed', user: 'www-data', source: '192.0.2.1' }],
    },
    {
      line: `${at} [alice] FTP response: Client "192.0.2.1", "530 Login incorrect."`,
      is: 'irrelevant',
      note: 'told again as FAIL LOGIN',
    },
    {
      line: `${at} FAIL LOGIN: Client "192.0.2.1"`,
      is: [{ kind: 'ftp.auth.failed', user: undefined, source: '192.0.2.1' }],
    },
    {
      line: `${at} [alice] FAIL LOGIN: Client "192.0.2.1", "User is not in the allow user list."`,
      is: [{ kind: 'ftp.auth.failed', detail: 'User is not in the allow user list.' }],
    },
    { line: `${at} CONNECT: Client "192.0.2.1"`, is: 'irrelevant' },
    {
      line: `${at} pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=alice rhost=192.0.2.1`,
      is: [{ kind: 'pam.auth.failed', user: 'alice', source: '192.0.2.1', service: 'vsftpd' }],
    },
  ],
})
