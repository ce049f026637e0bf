import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type PamSession, type TextEvent, textProgram } from '../support/text-program.ts'

/** Failures, as the many su programs write them. */
const FAILURES: readonly RegExp[] = [
  /^FAILED SU \(to (?<target>[^)]*)\) (?<user>\S+) on /,
  /^FAILED su for (?<target>\S+) by (?<user>\S+)$/,
  /^BAD SU (?<user>\S+) to (?<target>\S+) on /,
  /^'su (?<target>[^']*)' failed for (?<user>\S+) on /,
  /^failed: \S+ changing from (?<user>\S+) to (?<target>\S+)$/,
  // busybox names the whole device; Debian's su writes the same without /dev/, next to its FAILED line.
  /^- \/dev\/\S+ (?<user>[^\s:]+):(?<target>\S+)$/,
]
const SUCCESSES: readonly RegExp[] = [
  /^(?<user>\S+) to (?<target>\S+) on \/dev\//,
  /^'su (?<target>[^']*)' succeeded for (?<user>\S+) on /,
  /^\+ \/dev\/\S+ (?<user>[^\s:]+):(?<target>\S+)$/,
]

function read(text: string): TextEvent {
  for (const expression of FAILURES) {
    const found = groupsOf(expression, text)
    if (found !== undefined) return { kind: 'su.failed', user: found.user, target: found.target }
  }
  for (const expression of SUCCESSES) {
    const found = groupsOf(expression, text)
    if (found !== undefined) return { kind: 'su.opened', user: found.user, target: found.target }
  }
  // `(to root) alice on pts/0` and `Successful su for root by alice` stand beside PAM's line, which counts.
  return undefined
}

/** runuser speaks under its own name; what su opens, somebody asked for. */
function opened({ user, by }: PamSession): TextEvent {
  return { kind: 'su.opened', user: by === '' ? undefined : by, target: user }
}

const at = 'Feb 28 08:05:01 web-1 su[1401]:'

export default defineProgram({
  id: 'su',
  title: 'su',
  programs: ['su', 'su-l'],
  parse: textProgram({ read, opened }),
  samples: [
    {
      line: `${at} pam_unix(su:session): session opened for user root(uid=0) by alice(uid=1000)`,
      is: [{ kind: 'su.opened', user: 'alice', target: 'root', service: 'su', pid: 1401 }],
    },
    {
      line: 'Feb 28 08:05:01 web-1 su(pam_unix)[1401]: session opened for user news by (uid=0)',
      is: [{ kind: 'su.opened', user: undefined, target: 'news' }],
    },
    { line: `${at} (to root) alice on pts/0`, is: 'irrelevant' },
    { line: `${at} Successful su for root by alice`, is: 'irrelevant' },
    { line: `${at} FAILED SU (to root) alice on pts/0`, is: [{ kind: 'su.failed', user: 'alice', target: 'root' }] },
    { line: `${at} FAILED su for root by alice`, is: [{ kind: 'su.failed', user: 'alice', target: 'root' }] },
    {
      line: `${at} BAD SU alice to root on /dev/ttyp0`,
      is: [{ kind: 'su.failed', user: 'alice', target: 'root' }],
      note: 'BSD',
    },
    {
      line: `${at} alice to root on /dev/ttyp1`,
      is: [{ kind: 'su.opened', user: 'alice', target: 'root' }],
      note: 'BSD',
    },
    {
      line: `${at} 'su root' failed for alice on /dev/pts/1`,
      is: [{ kind: 'su.failed', user: 'alice', target: 'root' }],
      note: 'Solaris',
    },
    {
      line: `${at} - /dev/pts/0 alice:root`,
      is: [{ kind: 'su.failed', user: 'alice', target: 'root' }],
      note: 'busybox',
    },
    { line: `${at} - pts/0 alice:root`, is: 'irrelevant', note: 'Debian, next to FAILED su' },
    {
      line: `${at} pam_unix(su:auth): authentication failure; logname=alice uid=1000 euid=0 tty=/dev/pts/0 ruser=alice rhost=  user=root`,
      is: [{ kind: 'pam.auth.failed', service: 'su', user: 'root', source: undefined }],
    },
  ],
})
