import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** `server (client.example[192.0.2.1])[: or  - ]MESSAGE`: the peer stands before anything that the client wrote. */
const PEER = /^\S+ \([^\s[\]()]*\[(?<source>[^\s[\]]+)\]\)(?:: | - )(?<message>.*)$/s
const FAILURES: readonly RegExp[] = [
  /^USER (?<user>.*) \(Login failed\): (?<detail>.*)$/,
  /^USER (?<user>.*): (?<detail>no such user found) from /,
  /^(?:USER (?<user>.*): )?(?<detail>SECURITY VIOLATION: .*login attempted)/i,
  /^(?<detail>Maximum login attempts \(\d+\) exceeded)/,
]
const SUCCESS = /^(?:USER|ANON) (?<user>.*): Login successful\.?$/i

function read(text: string): TextEvent {
  const { source, message } = groupsOf(PEER, text) ?? {}
  if (message === undefined) return undefined
  const trimmed = message.trimEnd()
  for (const expression of FAILURES) {
    const found = groupsOf(expression, trimmed)
    if (found !== undefined) return { kind: 'ftp.auth.failed', user: found.user, source, detail: found.detail }
  }
  const success = groupsOf(SUCCESS, trimmed)
  return success === undefined ? undefined : { kind: 'ftp.auth.accepted', user: success.user, source }
}

const at = 'Feb 28 08:05:01 ftp-1 proftpd[1701]'

export default defineProgram({
  id: 'proftpd',
  title: 'ProFTPD',
  programs: ['proftpd'],
  parse: textProgram({ read }),
  samples: [
    {
      line: `${at} ftp-1.example (client.example[192.0.2.1]): USER alice (Login failed): Incorrect password.`,
      is: [{ kind: 'ftp.auth.failed', user: 'alice', source: '192.0.2.1', detail: 'Incorrect password.', pid: 1701 }],
    },
    {
      line: `${at}: ftp-1.example (client.example[::ffff:192.0.2.1]) - USER alice: no such user found from client.example [::ffff:192.0.2.1] to ::ffff:198.51.100.1:21 `,
      is: [{ kind: 'ftp.auth.failed', user: 'alice', source: '192.0.2.1' }],
    },
    {
      line: `${at} ftp-1 (192.0.2.1[192.0.2.1]): USER ftp-1 (x[203.0.113.9]): no such user found from 192.0.2.1 [192.0.2.1] to 198.51.100.1:21`,
      is: [{ kind: 'ftp.auth.failed', source: '192.0.2.1' }],
      note: 'a name cannot choose the address',
    },
    {
      line: `${at} ftp-1 (192.0.2.1[192.0.2.1]): SECURITY VIOLATION: root login attempted.`,
      is: [{ kind: 'ftp.auth.failed', source: '192.0.2.1' }],
    },
    {
      line: `${at}: ftp-1 (192.0.2.1[192.0.2.1]) - Maximum login attempts (3) exceeded `,
      is: [{ kind: 'ftp.auth.failed', source: '192.0.2.1' }],
    },
    {
      line: `${at}: ftp-1 (c.example[192.0.2.1]) - USER alice: Login successful.`,
      is: [{ kind: 'ftp.auth.accepted', user: 'alice', source: '192.0.2.1' }],
    },
    { line: `${at}: ftp-1 (c.example[192.0.2.1]) - FTP session opened.`, is: 'irrelevant' },
  ],
})
