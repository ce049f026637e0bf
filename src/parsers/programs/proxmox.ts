import type { BatchWriter } from '../../core/batch.ts'
import { FLAG } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { decode, literal, startsWith } from '../support/bytes.ts'
import { addTextEvent, type EventTexts } from '../support/emit.ts'
import { groupsOf, textProgram } from '../support/text-program.ts'

/** The address stands before the name, so a name that looks like more of the line cannot stand in for it. */
const FAILED = /^authentication failure; rhost=(?<rhost>\S*) user=(?<user>.*?) msg=(?<reason>.*)$/
/** The backup server writes the port too; the address is an IPv6 one in brackets, or mapped. */
const PEER = /^\[?(?<source>[\da-fA-F:.]+?)\]?(?::(?<port>\d{1,5}))?$/
const UNKNOWN_USER = /^(?:no such user|user '.*' does not exist)/

function read(text: string): EventTexts | undefined {
  const failed = groupsOf(FAILED, text)
  if (failed === undefined) return undefined
  const { rhost = '', user, reason = '' } = failed
  const bracketed = rhost.startsWith('[') ? groupsOf(PEER, rhost) : undefined
  return {
    user,
    source: bracketed?.source ?? rhost,
    ...(bracketed?.port === undefined ? {} : { port: Number(bracketed.port) }),
    ...(UNKNOWN_USER.test(reason) ? { flags: FLAG.USER_UNKNOWN } : {}),
  }
}

const BEGIN = literal('authentication failure; rhost=')
const LONGEST = 8192
const parseRest = textProgram({ read: () => undefined, begins: [] })

/** The daemons' own line begins as one of PAM's of old, and is none. */
function parse(line: Line, out: BatchWriter): Verdict {
  const { bytes, messageStart: start, messageEnd: end } = line
  // A login that succeeds is told without its address, and says nothing of who came.
  if (!startsWith(bytes, start, end, BEGIN)) return parseRest(line, out)
  const event = end - start > LONGEST ? undefined : read(decode(bytes, start, end))
  if (event === undefined) return VERDICT.malformed
  addTextEvent(line, out, 'panel.auth.failed', event)
  return VERDICT.event
}

const at = 'Feb 28 08:05:01 pve-1 pvedaemon[2020]:'

export default defineProgram({
  id: 'proxmox',
  title: 'Proxmox VE, Backup Server and Mail Gateway',
  programs: ['pvedaemon', 'pveproxy', 'pmgdaemon', 'pmgproxy', 'proxmox-backup-proxy', 'proxmox-backup-api'],
  parse,
  samples: [
    {
      line: `${at} authentication failure; rhost=::ffff:192.0.2.1 user=root@pam msg=Authentication failure`,
      is: [{ kind: 'panel.auth.failed', user: 'root@pam', source: '192.0.2.1', service: 'pvedaemon', pid: 2020 }],
    },
    {
      line: `${at} authentication failure; rhost=192.0.2.1 user=bob@pve msg=no such user ('bob@pve')`,
      is: [{ kind: 'panel.auth.failed', user: 'bob@pve', source: '192.0.2.1', user_known: false }],
    },
    {
      line: 'Feb 28 08:05:01 pbs-1 proxmox-backup-proxy[22]: authentication failure; rhost=[::ffff:192.0.2.1]:4242 user=root@pam msg=authentication failed',
      is: [{ kind: 'panel.auth.failed', user: 'root@pam', source: '192.0.2.1', port: 4242 }],
    },
    {
      line: 'Feb 28 08:05:01 pbs-1 proxmox-backup-proxy[22]: authentication failure; rhost=[2001:db8::7]:4242 user=root@pam msg=authentication failed',
      is: [{ source: '2001:db8::7', port: 4242 }],
    },
    {
      line: `${at} authentication failure; rhost=192.0.2.1 user=x rhost=203.0.113.9 user=y@pam msg=no such user`,
      is: [{ source: '192.0.2.1', user: 'x rhost=203.0.113.9 user=y@pam' }],
      note: 'a user name cannot choose the address',
    },
    { line: `${at} <root@pam> successful auth for user 'root@pam'`, is: 'irrelevant' },
    { line: `${at} <root@pam> starting task UPID:pve-1:0001:vncproxy:100:root@pam:`, is: 'irrelevant' },
    {
      line: 'Feb 28 08:05:01 pve-1 IPCC.xs[2020]: pam_unix(proxmox-ve-auth:auth): authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=::ffff:192.0.2.1  user=root',
      is: [{ kind: 'pam.auth.failed', service: 'proxmox-ve-auth', source: '192.0.2.1' }],
    },
  ],
})
