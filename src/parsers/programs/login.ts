import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type PamSession, type TextEvent, textProgram } from '../support/text-program.ts'

/** login(1) of util-linux, shadow and the BSDs. The user ends the line or stands in quotes; the source before it is the host's own word. */
const FAILURES: readonly RegExp[] = [
  /^FAILED LOGIN (?:\(?\d+\)? |SESSION )?(?:FROM (?<source>\S+)|on '?(?<tty>[^' ]+)'?(?: from '(?<from>[^']*)')?) FOR (?<user>.*?)(?:, (?:Authentication failure|User not known.*|Error.*|[A-Z].*))?$/i,
  /^TOO MANY LOGIN TRIES \(\d+\) FROM (?<source>\S+) FOR (?<user>.*?)(?:, .*)?$/,
  /^(?<count>\d{1,4}) LOGIN FAILURES? (?:FROM (?<source>[^\s,]+)|ON \S+?)(?:, (?<user>\S+))?$/,
  /^invalid password for '(?<user>[^']*)' on '[^']*'(?: from '(?<source>[^']*)')?$/,
  /^(?:bad|wrong) password for '(?<user>[^']*)'(?: on '[^']*')?(?: from '(?<source>[^']*)')?$/i,
]
const SUCCESSES: readonly RegExp[] = [
  /^ROOT LOGIN(?: \(root\))?\s+ON '?[^' ]+'?(?: FROM '?(?<source>[^'\s]+)'?)?$/i,
  /^LOGIN ON \S+ BY (?<user>\S+)(?: FROM (?<source>\S+))?$/,
  /^DIALUP AT \S+ BY (?<user>\S+)$/,
  /^login on \S+ as (?<user>\S+)$/,
  /^(?:root login|login) +on '[^']*'(?: from '(?<source>[^']*)')?$/i,
]
/** What the expressions above begin with: systemd-logind writes three lines a session, and none of them is one. */
const BEGINS = [
  ...['failed login ', 'too many login ', 'invalid password ', 'bad password ', 'wrong password '],
  ...['root login', 'login', 'dialup at ', ...'0123456789'],
]
const UNKNOWN_NAMES = new Set(['(unknown)', 'UNKNOWN', '(null)'])
const TERMINAL = /^(?:\/dev\/|tty|pts\/|console|hvc|cu)/

const unquote = (user: string | undefined): string | undefined => {
  const bare = user?.startsWith("'") && user.endsWith("'") ? user.slice(1, -1) : user
  return bare === undefined || UNKNOWN_NAMES.has(bare) ? undefined : bare
}
/** A terminal where a host might stand names no source. */
const hostOf = (source: string | undefined): string | undefined =>
  source === undefined || source === '' || TERMINAL.test(source) ? undefined : source

function read(text: string): TextEvent {
  for (const expression of FAILURES) {
    const found = groupsOf(expression, text)
    if (found === undefined) continue
    return {
      kind: 'login.failed',
      user: unquote(found.user),
      source: hostOf(found.source ?? found.from),
      count: found.count === undefined ? undefined : Number(found.count),
    }
  }
  for (const expression of SUCCESSES) {
    const found = groupsOf(expression, text)
    if (found !== undefined) return { kind: 'login.accepted', user: found.user ?? 'root', source: hostOf(found.source) }
  }
  return undefined
}

/** Display managers say that somebody logged in through PAM only; login itself has a line of its own. */
const DISPLAYS = /^(?:gdm|lightdm|sddm|lxdm|xdm|kdm|ly|greetd)(?:-(?!launch-environment|greeter|autologin)[\w-]+)?$/
const GREETERS = new Set(['gdm', 'gdm-greeter', 'lightdm', 'sddm', 'greeter'])

function opened({ service, user }: PamSession): TextEvent {
  if (!DISPLAYS.test(service) || GREETERS.has(user)) return undefined
  return { kind: 'login.accepted', user, method: service }
}

const at = (program: string): string => `Feb 28 08:05:01 web-1 ${program}:`

export default defineProgram({
  id: 'login',
  title: 'Console and display logins: login, gdm, lightdm, systemd-logind',
  programs: [
    'login',
    'gdm',
    'gdm-password',
    'gdm-fingerprint',
    'gdm-smartcard',
    'gdm-autologin',
    'gdm-launch-environment',
    'gdm-session-worker',
    'lightdm',
    'sddm',
    'sddm-helper',
    'lxdm',
    'xdm',
    'kdm',
    'greetd',
    'systemd-logind',
    'elogind',
    'remote',
  ],
  parse: textProgram({ read, begins: BEGINS, opened }),
  samples: [
    {
      line: `${at('login[812]')} FAILED LOGIN (1) on '/dev/tty1' FOR 'root', Authentication failure`,
      is: [{ kind: 'login.failed', user: 'root', source: undefined, pid: 812 }],
    },
    {
      line: `${at('login[812]')} FAILED LOGIN 2 FROM 192.0.2.1 FOR alice, Authentication failure`,
      is: [{ kind: 'login.failed', user: 'alice', source: '192.0.2.1' }],
    },
    {
      line: `${at('login[812]')} FAILED LOGIN SESSION FROM tty1 FOR (unknown), User not known to the underlying authentication module`,
      is: [{ kind: 'login.failed', user: undefined, source: undefined }],
    },
    {
      line: `${at('login[812]')} FAILED LOGIN (2) on '/dev/pts/3' from 'client.example' FOR 'UNKNOWN', Authentication failure`,
      is: [{ kind: 'login.failed', source: 'client.example', user: undefined }],
    },
    {
      line: `${at('login[812]')} TOO MANY LOGIN TRIES (5) FROM 192.0.2.1 FOR root, Authentication failure`,
      is: [{ kind: 'login.failed', user: 'root', source: '192.0.2.1' }],
    },
    {
      line: `${at('login')} 3 LOGIN FAILURES FROM 192.0.2.1, root`,
      is: [{ kind: 'login.failed', user: 'root', source: '192.0.2.1', count: 3 }],
      note: 'BSD',
    },
    { line: `${at('login')} 1 LOGIN FAILURE ON ttyv0`, is: [{ kind: 'login.failed', source: undefined }], note: 'BSD' },
    { line: `${at('login[812]')} ROOT LOGIN  on '/dev/tty1'`, is: [{ kind: 'login.accepted', user: 'root' }] },
    {
      line: `${at('login[812]')} ROOT LOGIN ON tty1 FROM 192.0.2.1`,
      is: [{ kind: 'login.accepted', user: 'root', source: '192.0.2.1' }],
    },
    { line: `${at('login[812]')} LOGIN ON tty1 BY alice`, is: [{ kind: 'login.accepted', user: 'alice' }] },
    { line: `${at('login')} login on ttyv0 as root`, is: [{ kind: 'login.accepted', user: 'root' }], note: 'FreeBSD' },
    {
      line: `${at('gdm-password]')} pam_unix(gdm-password:session): session opened for user alice(uid=1000) by (uid=0)`,
      is: [{ kind: 'login.accepted', user: 'alice', service: 'gdm-password' }],
    },
    {
      line: `${at('gdm-launch-environment]')} pam_unix(gdm-launch-environment:session): session opened for user gdm(uid=120) by (uid=0)`,
      is: 'irrelevant',
    },
    {
      line: `${at('gdm-fingerprint]')} pam_unix(gdm-fingerprint:auth): authentication failure; logname=alice uid=0 euid=0 tty=/dev/tty1 ruser= rhost=  user=alice`,
      is: [{ kind: 'pam.auth.failed', user: 'alice', service: 'gdm-fingerprint' }],
    },
    {
      line: `${at('login[812]')} pam_unix(login:session): session opened for user root(uid=0) by LOGIN(uid=0)`,
      is: 'irrelevant',
    },
    {
      line: `${at('systemd-logind[612]')} New session 12 of user alice.`,
      is: 'irrelevant',
      note: 'also written for every ssh session',
    },
    { line: `${at('systemd-logind[612]')} Removed session 12.`, is: 'irrelevant' },
  ],
})
