import { z } from 'zod'
import type { Severity } from '../core/finding.ts'
import { shellWord } from '../core/text.ts'
import { defineRule } from '../kit/define-rule.ts'
import { advise, command, inspectAccount, lockAccount } from '../kit/recommend.ts'
import { OPERATOR_KINDS, Operators, operatorReasons, uidOf } from './support/accounts.ts'
import { cut } from './support/words.ts'

/** Groups that hand out root openly; the others do so by a detour (a container, the disk, the password file). */
const OPEN: ReadonlySet<string> = new Set(['sudo', 'wheel', 'admin', 'root'])
/** `adm` reads logs, which is not much, and worth a note. */
const READERS: ReadonlySet<string> = new Set(['adm', 'systemd-journal'])

const UID_ZERO = /\bUID\b.* to '0'$/i

const login =
  'Mar  4 09:00:00 web-1 sshd[4004]: Accepted publickey for ana from 203.0.113.7 port 41000 ssh2: ED25519 SHA256:abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
const joined = (group: string, name = 'mallory'): string =>
  `Mar  4 10:00:01 web-1 usermod[2201]: add '${name}' to group '${group}'`

/** Less than the rule's own severity, where the group gives less. */
function lesserSeverity(group: string, installing: boolean): Severity | undefined {
  if (installing) return 'info'
  return OPEN.has(group) ? undefined : READERS.has(group) ? 'low' : 'medium'
}

export default defineRule({
  id: 'account-made-admin',
  title: 'An account was made an administrator',
  severity: 'high',
  confidence: 0.7,
  techniques: ['T1098.007', 'T1136.001'],
  cleansTraining: false,
  description:
    'An account joins a group that can become root (usermod, gpasswd), is created with the number 0, or has its number ' +
    'changed to 0, which is root under another name. What happens before anybody has logged in is the installation.',
  on: ['group.member_added', 'user.added', 'user.modified', ...OPERATOR_KINDS],
  options: {
    groups: z
      .array(z.string().min(1))
      .default(['sudo', 'wheel', 'admin', 'root', 'docker', 'lxd', 'incus-admin', 'libvirt', 'disk', 'shadow', 'adm'])
      .describe('Groups that make an administrator.'),
  },
  detect: ({ groups }, { state }) => {
    const operators = new Operators(state)
    const admins = new Set(groups)
    return {
      observe(event, raise) {
        const { kind, detail } = event
        if (kind === 'user.added' || kind === 'user.modified') {
          const isRoot = kind === 'user.added' ? uidOf(detail) === 0 : UID_ZERO.test(detail ?? '')
          const name = event.target ?? ''
          if (isRoot && name !== 'root') {
            raise.hit(`${event.host ?? ''} ${name} uid 0`, event, {
              accuse: false,
              severity: 'critical',
              users: [name],
              facts: { name, ...operators.factsOf(event) },
            })
          }
          return
        }
        if (kind !== 'group.member_added') {
          operators.learn(event)
          return
        }
        const group = detail ?? ''
        if (!admins.has(group)) return
        // gpasswd writes a group's whole list of members at once.
        const names = (event.target ?? '').split(',')
        raise.hit(`${event.host ?? ''} ${event.target ?? ''} ${group}`, event, {
          accuse: false,
          users: names,
          facts: { name: names.join(', '), group, ...operators.factsOf(event) },
        })
      },
    }
  },
  explain: story => {
    const { name, group, installing } = story.facts
    const account = cut(String(name))
    const severity = typeof group === 'string' ? lesserSeverity(group, installing === true) : undefined
    if (typeof group !== 'string') {
      return {
        title: `${account} has the number 0: it is root under another name`,
        reasons: [
          { text: `${account} has the user number 0; only root has it`, feature: 'uid', observed: 0, expected: '> 0' },
          ...operatorReasons(story.facts),
        ],
        confidence: 0.9,
        recommendations: [
          advise('No package and no installer does this. Find out who did.'),
          command('See who has the number 0.', "awk -F: '$3 == 0' /etc/passwd"),
          lockAccount(String(name)),
        ],
      }
    }
    return {
      title: `${account} joined the group ${cut(group)}`,
      reasons: [
        {
          text: OPEN.has(group)
            ? `Members of ${group} may become root; a new one is expected only when somebody appointed one`
            : READERS.has(group)
              ? `Members of ${group} may read the logs`
              : `Members of ${cut(group)} can make themselves root by a detour`,
          feature: 'group',
          observed: group,
          expected: 'no change',
        },
        ...operatorReasons(story.facts),
      ],
      ...(severity === undefined ? {} : { severity }),
      ...(typeof story.facts.command === 'string' ? { confidence: 0.6 } : {}),
      recommendations: [
        advise('Ask who appointed it. If nobody did, take it out and see what it has done.'),
        ...story.users
          .filter(user => user !== '')
          .slice(0, 1)
          .flatMap(user => [
            command('Take it out of the group.', `sudo gpasswd --delete ${shellWord(user)} ${shellWord(group)}`),
            inspectAccount(user),
          ]),
      ],
    }
  },
  examples: () => ({
    fires: [
      { name: 'sudo', lines: [login, joined('sudo')], severity: 'high' },
      {
        name: 'wheel, by gpasswd',
        lines: [login, 'Mar  4 10:00:01 web-1 gpasswd[2201]: user mallory added by ana to group wheel'],
        severity: 'high',
      },
      { name: 'docker', lines: [login, joined('docker')], severity: 'medium' },
      { name: 'adm', lines: [login, joined('adm')], severity: 'low' },
      {
        name: 'root under another name',
        lines: [
          login,
          'Mar  4 10:00:01 web-1 useradd[2201]: new user: name=toor, UID=0, GID=0, home=/root, shell=/bin/bash',
        ],
        severity: 'critical',
      },
      {
        name: 'a number changed to 0',
        lines: [login, "Mar  4 10:00:01 web-1 usermod[2201]: change user 'backup' UID from '34' to '0'"],
        severity: 'critical',
      },
      { name: 'the installation', lines: [joined('sudo', 'ubuntu')], severity: 'info' },
    ],
    quiet: [
      { name: 'a group of no power', lines: [login, joined('audio')] },
      {
        name: 'an ordinary account',
        lines: [
          login,
          'Mar  4 10:00:01 web-1 useradd[2201]: new user: name=bo, UID=1001, GID=1001, home=/home/bo, shell=/bin/bash',
        ],
      },
      {
        name: 'a shell changed',
        lines: [login, "Mar  4 10:00:01 web-1 usermod[2201]: change user 'bo' shell from '/bin/sh' to '/bin/bash'"],
      },
    ],
  }),
  falsePositives: ['Administrators who appoint another.'],
})
