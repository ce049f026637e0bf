import { defineProgram } from '../../kit/define-parser.ts'
import { readRoundcube } from '../support/services/applications.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** WordPress's plug-ins for bans: the address ends the message, where no name reaches. */
const WORDPRESS =
  /^(?:XML-RPC )?(?:[Aa]uthentication (?:failure for|attempt for unknown user) (?<user>.*)|multicall authentication failure) from (?<source>[\da-fA-F.:]+)$/s
const WORDPRESS_ACCEPTED = /^Accepted password for (?<user>.*) from (?<source>[\da-fA-F.:]+)$/s
const PHPMYADMIN = /^user denied: (?<user>.*) \([\w-]{1,40}\) from (?<source>[\da-fA-F.:]+)$/s
const PHPMYADMIN_ACCEPTED = /^user ok: (?<user>.*) from (?<source>[\da-fA-F.:]+)$/s

/** Roundcube's session. */
const SESSION = /^<\w{4,40}> /

function read(text: string): TextEvent {
  const failed = groupsOf(WORDPRESS, text) ?? groupsOf(PHPMYADMIN, text)
  if (failed !== undefined) return { kind: 'panel.auth.failed', user: failed.user, source: failed.source }
  const accepted = groupsOf(WORDPRESS_ACCEPTED, text) ?? groupsOf(PHPMYADMIN_ACCEPTED, text)
  return accepted === undefined
    ? readRoundcube(text.replace(SESSION, ''))
    : { kind: 'panel.auth.accepted', user: accepted.user, source: accepted.source }
}

export default defineProgram({
  id: 'web-apps',
  title: 'WordPress (its plug-ins for bans), phpMyAdmin and Roundcube',
  programs: ['wordpress', 'wp', 'phpmyadmin', 'roundcube', 'roundcubemail'],
  parse: textProgram({ read }),
  samples: [
    {
      line: 'Feb 28 08:05:01 web-1 wordpress(www.example)[77]: Authentication failure for admin from 192.0.2.1',
      is: [
        { kind: 'panel.auth.failed', user: 'admin', source: '192.0.2.1', service: 'wordpress(www.example)', pid: 77 },
      ],
    },
    {
      line: 'Feb 28 08:05:01 web-1 wordpress(www.example)[77]: Authentication attempt for unknown user x from 203.0.113.9 from 192.0.2.1',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1' }],
      note: 'a name cannot choose the address',
    },
    {
      line: 'Feb 28 08:05:01 web-1 wordpress(www.example)[77]: XML-RPC multicall authentication failure from 192.0.2.1',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: undefined }],
    },
    {
      line: 'Feb 28 08:05:01 web-1 wordpress(www.example)[77]: Accepted password for admin from 192.0.2.1',
      is: [{ kind: 'panel.auth.accepted', user: 'admin', source: '192.0.2.1' }],
    },
    {
      line: 'Feb 28 08:05:01 web-1 wordpress(www.example)[77]: Spam comment 77 from 192.0.2.1',
      is: 'irrelevant',
    },
    {
      line: 'Feb 28 08:05:01 web-1 roundcube: <a1b2c3d4> IMAP Error: Login failed for bob against localhost from 192.0.2.1. AUTHENTICATE PLAIN: Authentication failed.',
      is: [{ kind: 'mail.auth.failed', user: 'bob', source: '192.0.2.1', service: 'roundcube' }],
    },
    {
      line: 'Feb 28 08:05:01 web-1 phpMyAdmin[77]: user denied: root (mysql-denied) from 192.0.2.1',
      is: [{ kind: 'panel.auth.failed', user: 'root', source: '192.0.2.1' }],
    },
  ],
})
