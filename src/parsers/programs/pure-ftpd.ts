import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** `(user@client) [LEVEL] MESSAGE`, with `?` for the user before the login. */
const PEER = /^\((?<who>[^()\s]*)@(?<source>[^@()\s]+)\) \[(?:WARNING|INFO|NOTICE|ERROR|DEBUG)\] (?<message>.*)$/s
/** Versions and translations differ in the brackets. */
const FAILED = /^Authentication failed for user (?:\[(?<user>.*)\]|(?<bare>\S+))$/
const ACCEPTED = /^(?<user>.*) is now logged in$/

function read(text: string): TextEvent {
  const { source, message } = groupsOf(PEER, text) ?? {}
  if (message === undefined) return undefined
  const failed = groupsOf(FAILED, message)
  if (failed !== undefined) return { kind: 'ftp.auth.failed', user: failed.user ?? failed.bare, source }
  const accepted = groupsOf(ACCEPTED, message)
  return accepted === undefined ? undefined : { kind: 'ftp.auth.accepted', user: accepted.user, source }
}

const at = 'Feb 28 08:05:01 ftp-1 pure-ftpd[1801]:'

export default defineProgram({
  id: 'pure-ftpd',
  title: 'Pure-FTPd',
  programs: ['pure-ftpd'],
  parse: textProgram({ read }),
  samples: [
    {
      line: `${at} (?@192.0.2.1) [WARNING] Authentication failed for user [alice]`,
      is: [{ kind: 'ftp.auth.failed', user: 'alice', source: '192.0.2.1' }],
    },
    {
      line: `${at} (alice@192.0.2.1) [WARNING] Authentication failed for user alice`,
      is: [{ kind: 'ftp.auth.failed', user: 'alice', source: '192.0.2.1' }],
    },
    {
      line: `${at} (?@client.example) [INFO] alice is now logged in`,
      is: [{ kind: 'ftp.auth.accepted', user: 'alice', source: 'client.example' }],
    },
    { line: `${at} (?@192.0.2.1) [INFO] New connection from 192.0.2.1`, is: 'irrelevant' },
    {
      line: 'Feb 28 08:05:01 ftp-1 pure-ftpd: (pam_unix) authentication failure; logname= uid=0 euid=0 tty=pure-ftpd ruser=alice rhost=192.0.2.1 ',
      is: [{ kind: 'pam.auth.failed', user: 'alice', source: '192.0.2.1', service: 'pure-ftpd' }],
    },
  ],
})
