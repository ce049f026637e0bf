import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** Everything behind the name is DSM's own and has no bracket within brackets: the last address counts, whatever a name holds. */
const FAILED =
  /^User \[(?<user>.*)\] from \[(?<source>[^[\]\s]+)\] failed to (?:log in|sign in to \[[^[\]]*\]) via \[(?<method>[^[\]]*)\](?: due to [^[\]]*)?$/s
const ACCEPTED =
  /^User \[(?<user>.*)\] from \[(?<source>[^[\]\s]+)\] (?:logged in successfully|signed in to \[[^[\]]*\] successfully) via \[(?<method>[^[\]]*)\]\.?$/s
const BLOCKED = /^Host \[(?<source>[^[\]\s]+)\] was blocked via \[(?<method>[^[\]]*)\]/

function read(text: string): TextEvent {
  const failed = groupsOf(FAILED, text)
  if (failed !== undefined)
    return { kind: 'panel.auth.failed', user: failed.user, source: failed.source, method: failed.method }
  const accepted = groupsOf(ACCEPTED, text)
  if (accepted !== undefined)
    return { kind: 'panel.auth.accepted', user: accepted.user, source: accepted.source, method: accepted.method }
  // The failures have lines of their own: the block is one more sign, not as many more attempts.
  const blocked = groupsOf(BLOCKED, text)
  return blocked === undefined
    ? undefined
    : { kind: 'panel.auth.failed', source: blocked.source, detail: `blocked via ${blocked.method}` }
}

const at = 'Feb 28 08:05:01 nas-1 Connection:'

export default defineProgram({
  id: 'synology',
  title: 'Synology DSM, its connection log',
  programs: ['connection', 'synoconn'],
  parse: textProgram({ read, begins: ['user [', 'host ['] }),
  samples: [
    {
      line: `${at} User [admin] from [192.0.2.1] failed to log in via [DSM] due to authorization failure.`,
      is: [{ kind: 'panel.auth.failed', user: 'admin', source: '192.0.2.1', method: 'DSM' }],
    },
    {
      line: `${at} User [admin] from [2001:db8::7] failed to sign in to [DSM] via [password] due to authorization failure.`,
      is: [{ kind: 'panel.auth.failed', user: 'admin', source: '2001:db8::7', method: 'password' }],
      note: 'DSM 7',
    },
    {
      line: `${at} User [x] from [203.0.113.9] failed to log in via [DSM] due to] from [192.0.2.1] failed to log in via [SSH] due to authorization failure.`,
      is: [{ source: '192.0.2.1', method: 'SSH' }],
      note: 'a name that accuses another',
    },
    {
      line: `${at} User [alice] from [192.0.2.1] logged in successfully via [DSM].`,
      is: [{ kind: 'panel.auth.accepted', user: 'alice', source: '192.0.2.1' }],
    },
    {
      line: `${at} User [alice] from [192.0.2.1] signed in to [DSM] successfully via [password].`,
      is: [{ kind: 'panel.auth.accepted', user: 'alice' }],
    },
    {
      line: `${at} Host [192.0.2.1] was blocked via [SSH].`,
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', detail: 'blocked via SSH' }],
    },
    { line: `${at} User [alice] from [192.0.2.1] via [CIFS] accessed shared folder [photo].`, is: 'irrelevant' },
  ],
})
