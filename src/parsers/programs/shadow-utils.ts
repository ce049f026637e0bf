import type { EventKind } from '../../core/event.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

interface Pattern {
  kind: EventKind
  expression: RegExp
}

/** What the programs that change accounts write. `target` is the account or the group, `detail` what became of it. */
const PATTERNS: readonly Pattern[] = [
  { kind: 'user.added', expression: /^new user: name=(?<target>[^,]+), (?<detail>.*)$/ },
  { kind: 'group.added', expression: /^new group: name=(?<target>[^,]+), (?<detail>.*)$/ },
  // The shadow group's line follows and tells the same again.
  { kind: 'group.member_added', expression: /^add '(?<target>[^']+)' to group '(?<detail>[^']+)'$/ },
  { kind: 'group.member_added', expression: /^user (?<target>\S+) added by (?<user>\S+) to group (?<detail>\S+)$/ },
  { kind: 'group.member_added', expression: /^members of group (?<detail>\S+) set by (?<user>\S+) to (?<target>\S+)$/ },
  { kind: 'user.removed', expression: /^delete user '(?<target>[^']+)'$/ },
  {
    kind: 'user.password_changed',
    expression:
      /^(?:password changed for|password for) '?(?<target>[^' ]+)'?(?: changed)?(?: by '?(?<user>[^' ]+)'?)?$/,
  },
  { kind: 'user.password_changed', expression: /^change user '(?<target>[^']+)' password$/ },
  { kind: 'user.password_changed', expression: /^(?:unlock|lock) (?:user )?'(?<target>[^']+)' password$/ },
  { kind: 'user.modified', expression: /^change user '(?<target>[^']+)' (?<detail>.+)$/ },
  { kind: 'user.modified', expression: /^change (?<detail>shell|home directory) (?:of|for) user '(?<target>[^']+)'/ },
  { kind: 'user.modified', expression: /^(?<detail>changed password expiry) for (?<target>\S+)$/ },
  { kind: 'user.modified', expression: /^changed user '(?<target>[^']+)' (?<detail>.+)$/ },
]

function read(text: string): TextEvent {
  for (const { kind, expression } of PATTERNS) {
    const found = groupsOf(expression, text)
    if (found !== undefined) return { kind, target: found.target, user: found.user, detail: found.detail }
  }
  return undefined
}

const at = (program: string): string => `Feb 28 08:05:01 web-1 ${program}[2201]:`

export default defineProgram({
  id: 'shadow-utils',
  title: 'Account changes: useradd, usermod, userdel, groupadd, gpasswd, passwd, chpasswd, chage',
  programs: [
    'useradd',
    'usermod',
    'userdel',
    'adduser',
    'deluser',
    'addgroup',
    'delgroup',
    'groupadd',
    'groupmod',
    'groupdel',
    'groupmems',
    'gpasswd',
    'passwd',
    'chpasswd',
    'chgpasswd',
    'chage',
    'chsh',
    'chfn',
    'newusers',
    'vipw',
    'pwck',
    'newgrp',
  ],
  parse: textProgram({ read }),
  samples: [
    {
      line: `${at('useradd')} new user: name=mallory, UID=1001, GID=1001, home=/home/mallory, shell=/bin/bash, from=/dev/pts/0`,
      is: [
        {
          kind: 'user.added',
          target: 'mallory',
          detail: 'UID=1001, GID=1001, home=/home/mallory, shell=/bin/bash, from=/dev/pts/0',
          service: 'useradd',
        },
      ],
    },
    { line: `${at('useradd')} new group: name=mallory, GID=1001`, is: [{ kind: 'group.added', target: 'mallory' }] },
    { line: `${at('useradd')} failed adding user 'mallory', data deleted`, is: 'irrelevant' },
    {
      line: `${at('usermod')} add 'mallory' to group 'sudo'`,
      is: [{ kind: 'group.member_added', target: 'mallory', detail: 'sudo' }],
    },
    { line: `${at('usermod')} add 'mallory' to shadow group 'sudo'`, is: 'irrelevant', note: 'the same again' },
    {
      line: `${at('gpasswd')} user mallory added by root to group wheel`,
      is: [{ kind: 'group.member_added', target: 'mallory', detail: 'wheel', user: 'root' }],
    },
    {
      line: `${at('gpasswd')} members of group wheel set by root to alice,mallory`,
      is: [{ kind: 'group.member_added', target: 'alice,mallory', detail: 'wheel' }],
    },
    {
      line: `${at('usermod')} change user 'alice' shell from '/bin/sh' to '/bin/bash'`,
      is: [{ kind: 'user.modified', target: 'alice', detail: "shell from '/bin/sh' to '/bin/bash'" }],
    },
    { line: `${at('usermod')} change user 'alice' password`, is: [{ kind: 'user.password_changed', target: 'alice' }] },
    { line: `${at('userdel')} delete user 'mallory'`, is: [{ kind: 'user.removed', target: 'mallory' }] },
    { line: `${at('userdel')} removed group 'mallory' owned by 'mallory'`, is: 'irrelevant' },
    {
      line: `${at('passwd')} pam_unix(passwd:chauthtok): password changed for alice`,
      is: [{ kind: 'user.password_changed', target: 'alice', service: 'passwd' }],
    },
    {
      line: `${at('chpasswd')} pam_unix(chpasswd:chauthtok): password changed for alice`,
      is: [{ kind: 'user.password_changed', target: 'alice' }],
    },
    {
      line: `${at('chpasswd')} pam_unix(chpasswd:chauthtok): user "alice" does not exist in /etc/passwd`,
      is: 'irrelevant',
    },
    {
      line: `${at('passwd')} password for 'alice' changed by 'root'`,
      is: [{ kind: 'user.password_changed', target: 'alice', user: 'root' }],
    },
    { line: `${at('chage')} changed password expiry for alice`, is: [{ kind: 'user.modified', target: 'alice' }] },
    {
      line: `${at('groupadd')} group added to /etc/group: name=ops, GID=1002`,
      is: 'irrelevant',
      note: 'the new group line follows',
    },
    { line: `${at('groupadd')} new group: name=ops, GID=1002`, is: [{ kind: 'group.added', target: 'ops' }] },
  ],
})
