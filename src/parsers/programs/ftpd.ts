import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** ftpd(8) of the BSDs, and inetutils. The host before the comma is the daemon's word, what follows is the client's. */
const FAILED = /^FTP LOGIN FAILED FROM (?<source>[^\s,]+)(?:, (?<user>.*))?$/s
const REFUSED = /^FTP LOGIN REFUSED FROM (?<source>[^\s,]+)(?:, (?<user>.*))?$/s
const ACCEPTED = /^FTP LOGIN FROM (?<source>\S+) as (?<user>.*)$/s
const ANONYMOUS = /^ANONYMOUS FTP LOGIN FROM (?<source>[^\s,]+)/

function read(text: string): TextEvent {
  const failed = groupsOf(FAILED, text) ?? groupsOf(REFUSED, text)
  if (failed !== undefined) return { kind: 'ftp.auth.failed', user: failed.user, source: failed.source }
  const accepted = groupsOf(ACCEPTED, text)
  if (accepted !== undefined) return { kind: 'ftp.auth.accepted', user: accepted.user, source: accepted.source }
  const anonymous = groupsOf(ANONYMOUS, text)
  return anonymous === undefined
    ? undefined
    : { kind: 'ftp.auth.accepted', user: 'anonymous', source: anonymous.source }
}

const at = 'Feb 28 08:05:01 bsd-1 ftpd[1801]:'

export default defineProgram({
  id: 'ftpd',
  title: 'ftpd of FreeBSD and the other BSDs',
  programs: ['ftpd', 'in.ftpd'],
  parse: textProgram({ read, begins: ['ftp login ', 'anonymous ftp login '] }),
  samples: [
    {
      line: `${at} FTP LOGIN FAILED FROM 192.0.2.1, alice`,
      is: [{ kind: 'ftp.auth.failed', user: 'alice', source: '192.0.2.1' }],
    },
    {
      line: `${at} FTP LOGIN FAILED FROM client.example`,
      is: [{ kind: 'ftp.auth.failed', user: undefined, source: 'client.example' }],
    },
    {
      line: `${at} FTP LOGIN FAILED FROM 192.0.2.1, x FROM 203.0.113.9, y`,
      is: [{ user: 'x FROM 203.0.113.9, y', source: '192.0.2.1' }],
      note: 'a name that accuses another',
    },
    {
      line: `${at} FTP LOGIN REFUSED FROM 192.0.2.1, root`,
      is: [{ kind: 'ftp.auth.failed', user: 'root', source: '192.0.2.1' }],
    },
    {
      line: `${at} FTP LOGIN FROM 192.0.2.1 as alice`,
      is: [{ kind: 'ftp.auth.accepted', user: 'alice', source: '192.0.2.1' }],
    },
    {
      line: `${at} ANONYMOUS FTP LOGIN FROM 192.0.2.1, mozilla@example.com`,
      is: [{ kind: 'ftp.auth.accepted', user: 'anonymous', source: '192.0.2.1' }],
    },
    { line: `${at} repeated login failures from 192.0.2.1`, is: 'irrelevant', note: 'its attempts have lines' },
    { line: `${at} connection from 192.0.2.1`, is: 'irrelevant' },
  ],
})
