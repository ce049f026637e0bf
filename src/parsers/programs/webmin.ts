import { FLAG } from '../../core/event.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** Nothing stands behind the address, so a name before it cannot stand in for it. */
const LOGIN = /^(?<result>Invalid|Non-existent|Successful|Expired|Failed) login as (?<user>.*) from (?<source>\S+)$/
const BLOCKED = /^Security alert: Host (?<source>\S+) blocked after (?<count>\d{1,4}) failed logins/

function read(text: string): TextEvent {
  const { result, user, source } = groupsOf(LOGIN, text) ?? {}
  switch (result) {
    case 'Successful':
      return { kind: 'panel.auth.accepted', user, source, flags: FLAG.USER_KNOWN }
    case 'Non-existent':
      return { kind: 'panel.auth.failed', user, source, flags: FLAG.USER_UNKNOWN }
    case undefined:
      break
    default:
      return { kind: 'panel.auth.failed', user, source, flags: FLAG.USER_KNOWN }
  }
  // The failed logins have lines of their own: the block is one more sign, not as many more attempts.
  const blocked = groupsOf(BLOCKED, text)
  return blocked === undefined
    ? undefined
    : { kind: 'panel.auth.failed', source: blocked.source, detail: `blocked after ${blocked.count} failed logins` }
}

const at = 'Feb 28 08:05:01 web-1 webmin[25875]:'

export default defineProgram({
  id: 'webmin',
  title: 'Webmin and Usermin',
  programs: ['webmin', 'usermin', 'miniserv.pl', 'miniserv', 'perl'],
  parse: textProgram({ read }),
  samples: [
    {
      line: `${at} Invalid login as root from 192.0.2.1`,
      is: [{ kind: 'panel.auth.failed', user: 'root', source: '192.0.2.1', user_known: true, service: 'webmin' }],
    },
    {
      line: `${at} Non-existent login as robert from 192.0.2.1 `,
      is: [{ kind: 'panel.auth.failed', user: 'robert', user_known: false }],
    },
    {
      line: `${at} Invalid login as x from 203.0.113.9 from 192.0.2.1`,
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: 'x from 203.0.113.9' }],
    },
    { line: `${at} Successful login as root from 192.0.2.1`, is: [{ kind: 'panel.auth.accepted', user: 'root' }] },
    {
      line: `${at} Security alert: Host 192.0.2.1 blocked after 5 failed logins for user root`,
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', detail: 'blocked after 5 failed logins' }],
    },
    { line: `${at} Logout by root from 192.0.2.1`, is: 'irrelevant' },
    {
      line: 'Feb 28 08:05:01 web-1 miniserv.pl[25875]: pam_unix(webmin:auth): authentication failure; logname= uid=0 euid=0 tty=10000 ruser= rhost=192.0.2.1  user=root',
      is: [{ kind: 'pam.auth.failed', service: 'webmin', source: '192.0.2.1' }],
    },
  ],
})
