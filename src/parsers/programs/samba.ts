import { defineProgram } from '../../kit/define-parser.ts'
import { readSamba } from '../support/services/remote.ts'
import { type TextEvent, textProgram } from '../support/text-program.ts'

/** Syslog gives the time; the one within the message is the same. */
function read(text: string): TextEvent {
  const told = readSamba(text.trimStart())
  if (told === undefined) return undefined
  const { at: _, ...event } = told
  return event
}

const at = 'Feb 28 08:05:01 nas-1 smbd[77]:'
const auth = (user: string, status: string): string =>
  `Auth: [SMB2,(null)] user [WORKGROUP]\\[${user}] at [Sat, 28 Feb 2026 08:05:01.123456 UTC] with [NTLMv2] status [${status}] workstation [PC] remote host [ipv4:192.0.2.1:41234] mapped to [WORKGROUP]\\[${user}]. local host [ipv4:198.51.100.1:445]`

export default defineProgram({
  id: 'samba',
  title: 'Samba in syslog',
  programs: ['smbd', 'smbd_audit', 'samba', 'winbindd', 'nmbd'],
  parse: textProgram({ read }),
  samples: [
    {
      line: `${at} ${auth('root', 'NT_STATUS_WRONG_PASSWORD')}`,
      is: [{ kind: 'panel.auth.failed', user: 'root', source: '192.0.2.1', service: 'smbd' }],
    },
    {
      line: `${at}   ${auth('bob', 'NT_STATUS_NO_SUCH_USER')}`,
      is: [{ kind: 'panel.auth.failed', user: 'bob', user_known: false }],
    },
    { line: `${at} ${auth('alice', 'NT_STATUS_OK')}`, is: [{ kind: 'panel.auth.accepted', user: 'alice' }] },
    {
      line: `${at} ${auth('x] remote host [ipv4:203.0.113.9:1] [', 'NT_STATUS_WRONG_PASSWORD')}`,
      is: [{ kind: 'panel.auth.failed', source: undefined }],
      note: 'a name that looks like more of the line: nobody is accused',
    },
    { line: `${at} smbd version 4.19.5 started.`, is: 'irrelevant' },
  ],
})
