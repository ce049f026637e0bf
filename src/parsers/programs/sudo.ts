import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** `alice : [REASON ; ]TTY=pts/0 ; PWD=/home/alice ; USER=root ; [...] COMMAND=/bin/ls -l`. The command is the last field, and the only one with free text. */
const SUDO = /^\s*(?<user>\S+) : (?<rest>.*)$/s
const ATTEMPTS = /^(?<count>\d{1,5}) incorrect password attempts?$/
const REFUSALS =
  /^(?:user NOT in sudoers|user NOT authorized on host|command not allowed|a password is required|no tty present|sorry, you must have a tty|account validation failure|authentication server error|auth could not identify password|policy plugin failed)/

function read(text: string): TextEvent {
  const { user, rest } = groupsOf(SUDO, text) ?? {}
  if (rest === undefined) return undefined
  const commandAt = rest.indexOf('COMMAND=')
  const before = commandAt < 0 ? rest : rest.slice(0, commandAt)
  const command = commandAt < 0 ? undefined : rest.slice(commandAt + 'COMMAND='.length)
  const fields = before.split(' ; ').map(field => field.trim())
  const target = fields.find(field => field.startsWith('USER='))?.slice('USER='.length)
  const reason = fields[0].replace(/ ;$/, '')
  if (/^[A-Z]+=/.test(reason))
    return command === undefined ? undefined : { kind: 'sudo.command', user, target, detail: command }
  const attempts = groupsOf(ATTEMPTS, reason)?.count
  if (attempts === undefined && !REFUSALS.test(reason)) return undefined
  return {
    kind: 'sudo.failed',
    user,
    target,
    detail: command === undefined ? reason : `${reason}: ${command}`,
    count: attempts === undefined ? undefined : Number(attempts),
  }
}

export default defineProgram({
  id: 'sudo',
  title: 'sudo and sudo-rs',
  programs: ['sudo', 'sudo-rs', 'sudoedit'],
  parse: textProgram({ read }),
  samples: [
    {
      line: 'Feb 28 08:05:01 web-1 sudo[1201]:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/apt update',
      is: [
        {
          kind: 'sudo.command',
          user: 'alice',
          target: 'root',
          detail: '/usr/bin/apt update',
          pid: 1201,
          service: 'sudo',
        },
      ],
    },
    {
      line: 'Feb 28 08:05:01 web-1 sudo:   deploy : PWD=/ ; USER=www ; ENV=A=1 ; COMMAND=/bin/sh -c echo ; USER=root',
      is: [{ kind: 'sudo.command', user: 'deploy', target: 'www', detail: '/bin/sh -c echo ; USER=root' }],
      note: 'no terminal; a command that looks like fields',
    },
    {
      line: 'Feb 28 08:05:01 web-1 sudo[1202]:    alice : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/su -',
      is: [
        {
          kind: 'sudo.failed',
          user: 'alice',
          target: 'root',
          count: 3,
          detail: '3 incorrect password attempts: /bin/su -',
        },
      ],
    },
    {
      line: 'Feb 28 08:05:01 web-1 sudo[1203]:  mallory : user NOT in sudoers ; TTY=pts/1 ; PWD=/tmp ; USER=root ; COMMAND=/bin/bash',
      is: [{ kind: 'sudo.failed', user: 'mallory', target: 'root', detail: 'user NOT in sudoers: /bin/bash' }],
    },
    {
      line: 'Feb 28 08:05:01 web-1 sudo[1203]:  mallory : command not allowed ; TTY=pts/1 ; PWD=/tmp ; USER=root ; COMMAND=/bin/bash',
      is: [{ kind: 'sudo.failed', user: 'mallory' }],
    },
    {
      line: 'Feb 28 08:05:01 web-1 sudo[1204]: pam_unix(sudo:auth): authentication failure; logname=alice uid=1000 euid=0 tty=/dev/pts/0 ruser=alice rhost=  user=alice',
      is: [{ kind: 'pam.auth.failed', user: 'alice', service: 'sudo', source: undefined }],
    },
    {
      line: 'Feb 28 08:05:01 web-1 sudo: pam_unix(sudo:session): session opened for user root(uid=0) by alice(uid=1000)',
      is: 'irrelevant',
    },
    { line: 'Feb 28 08:05:01 web-1 sudo: pam_unix(sudo:auth): conversation failed', is: 'irrelevant' },
  ],
})
