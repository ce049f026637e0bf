import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

const FAILED =
  /^Operator of \S+ FAILED to authenticate to gain (?:temporary |one-shot )?authorization for action (?<detail>\S+) .*\(owned by unix-user:(?<user>[^)]+)\)$/s
const PKEXEC =
  /^(?<user>\S+): (?<outcome>Executing command|Error executing command as another user: (?:Not authorized|Request dismissed)) \[USER=(?<target>[^\]]+)\] .*\[COMMAND=(?<command>.*)\]$/s
const DOAS = /^(?<user>\S+) ran command (?<command>.*) as (?<target>\S+) from (?:\S+)$/s
const DOAS_REFUSED =
  /^(?:(?:command not permitted|failed command) for (?<user>[^\s:]+): (?<command>.*)|failed (?:auth|password) for (?<name>\S+))$/is

function read(text: string): TextEvent {
  const failed = groupsOf(FAILED, text)
  if (failed !== undefined) return { kind: 'sudo.failed', user: failed.user, detail: failed.detail }
  const run = groupsOf(PKEXEC, text)
  if (run !== undefined) {
    const done = run.outcome === 'Executing command'
    return { kind: done ? 'sudo.command' : 'sudo.failed', user: run.user, target: run.target, detail: run.command }
  }
  const doas = groupsOf(DOAS, text)
  if (doas !== undefined) return { kind: 'sudo.command', user: doas.user, target: doas.target, detail: doas.command }
  const refused = groupsOf(DOAS_REFUSED, text)
  return refused === undefined
    ? undefined
    : { kind: 'sudo.failed', user: refused.user ?? refused.name, detail: refused.command }
}

const at = (program: string): string => `Feb 28 08:05:01 web-1 ${program}[702]:`

export default defineProgram({
  id: 'polkit',
  title: "polkit, pkexec and doas: sudo's kin",
  programs: ['polkitd', 'polkit-agent-helper-1', 'pkexec', 'doas', 'opendoas'],
  parse: textProgram({ read }),
  samples: [
    {
      line: `${at('polkitd')} Operator of unix-session:2 FAILED to authenticate to gain authorization for action org.example.manage for unix-process:900:1 [sh] (owned by unix-user:alice)`,
      is: [{ kind: 'sudo.failed', user: 'alice', detail: 'org.example.manage', service: 'polkitd' }],
    },
    { line: `${at('polkitd')} Registered Authentication Agent for unix-session:2`, is: 'irrelevant' },
    {
      line: `${at('pkexec')} alice: Executing command [USER=root] [TTY=/dev/pts/0] [CWD=/home/alice] [COMMAND=/usr/bin/id]`,
      is: [{ kind: 'sudo.command', user: 'alice', target: 'root', detail: '/usr/bin/id' }],
    },
    {
      line: `${at('pkexec')} alice: Error executing command as another user: Not authorized [USER=root] [TTY=/dev/pts/0] [CWD=/home/alice] [COMMAND=/usr/bin/id]`,
      is: [{ kind: 'sudo.failed', user: 'alice', target: 'root' }],
    },
    {
      line: `${at('doas')} alice ran command ls -l as root from /home/alice`,
      is: [{ kind: 'sudo.command', user: 'alice', target: 'root', detail: 'ls -l' }],
    },
    {
      line: `${at('doas')} command not permitted for mallory: sh`,
      is: [{ kind: 'sudo.failed', user: 'mallory', detail: 'sh' }],
    },
    { line: `${at('doas')} failed command for mallory: sh`, is: [{ kind: 'sudo.failed', user: 'mallory' }] },
    { line: `${at('doas')} failed auth for mallory`, is: [{ kind: 'sudo.failed', user: 'mallory' }] },
  ],
})
