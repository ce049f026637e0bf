/**
 * Shapes of commands that the lists of command.ts do not know: names that are hidden from filters, Windows and PowerShell,
 * interpreters' own calls, and options that make a program run another.
 */

/** Begins, parts or chains a command. */
const META = '(?:;|\\|\\|?|&&?|\\n|`|\\$\\()'

const SHAPES: readonly RegExp[] = [
  // /???/c?t, /bin/c*t: a path that only a shell completes, in a command's place
  new RegExp(`${META}\\s?/[\\w/]{0,20}[?*][\\w?*/]{0,30}[\\s$<]`),
  // a=id;$a
  /(?:^|[;&|\n\s])(\w{1,12})=[^;&\s]{1,60}(?:;|&&).{0,60}\$\{?\1\b/,
  // rev<<<di
  new RegExp(`${META}\\s?\\w{2,12}\\s?<<<`),
  // echo x>/var/www/x.php
  new RegExp(`${META}\\s?echo[\\s+][^;|&<>]{0,80}>{1,2}\\s?(?:/|[\\w-]+\\.\\w|%\\w+%)`),
  // commands whose second word tells them from words
  new RegExp(
    `${META}\\s?(?:/?(?:usr/)?s?bin/)?(?:ps (?:aux|-?ef|-a)|ip (?:a|addr|r|route|link|neigh)|net (?:user|users|localgroup|group|view|share|start|session|accounts|config|use)|reg (?:query|add|save)|(?:eval|exec|nohup|busybox|xargs|sudo) (?:id|ls|ps|sh|bash|cat|wget|curl|nc|ping|tftp|whoami|uname|rm)|wmic \\w+ \\w+|systemctl \\w+|docker (?:run|ps|exec)|kubectl \\w+|history -\\w|echo %\\w+%|iptables -\\w|apt(?:-get)? install|yum install|apk add)(?=$|\\W)`,
  ),
  // names that mean one thing, with whatever behind them
  new RegExp(
    `${META}\\s?(?:regsvr32|bitsadmin|certutil|mshta|rundll32|schtasks|vssadmin|mkfifo|lwp-download|nslookup|useradd|adduser|insmod)(?:\\.exe)? \\S`,
  ),
  // nothing but a command between what leaves a text and what cuts off the rest
  /^[\w.:/-]{0,40}['")}\]]{0,6}[;|&\n]{1,2} ?(?:id|ls|ps|pwd|w|env|set|dir|ver|history|whoami|uname|hostname|mount|last|groups|lsof|ipconfig) ?(?:#|\0|;? ?\/\/|; ?#|-- ?$)/,
  /^[;|&\n]{1,2} ?(?:history|mount|last|groups|lsof|arch|free|jobs|users|lsusb|dmesg) ?[;|&#\n]?$/,
  // a time that is measured: ping with a count, and nothing else
  /^["' ]{0,4}ping6?(?:\.exe)? -\w \d{1,4} [\w.:-]{1,60} ?["']?$/,
  // %COMSPEC% /c dir, powershell -enc ..., IEX(...)
  /(?:cmd(?:\.exe)?|%comspec%) ?["']? ?\/[ck] ?["']? ?\w/,
  /(?:^|[;|&\n`('"=] ?)(?:powershell|pwsh)(?:\.exe)? (?:-(?:e|n|w|c|f|ep|sta|v)\w* ?\S|\(|iex\b|\$|"&)/,
  /\biex ?[($]|\| ?iex\b|\.download(?:string|file|data) ?\(|\bnew-object (?:system\.)?net\.|\bfrombase64string ?\(/,
  new RegExp(
    `${META}\\s?(?:get|set|start|stop|new|invoke|out|remove|copy|test|add|expand|import)-(?:process|childitem|content|item|service|sleep|expression|webrequest|restmethod|command|object|host|wmiobject|ciminstance|localuser|localgroupmember|aduser|nettcpconnection|archive|module|mppreference)\\b`,
  ),
  // interpreters' own ways to a shell
  /['"] ?\. ?(?:system|exec|passthru|shell_exec|popen|proc_open|eval|assert|phpinfo) ?\(/,
  /child_process['"`]? ?\)? ?\.(?:exec|spawn|fork)|process\.mainmodule|process\.binding ?\(|getruntime ?\( ?\) ?\.? ?exec|processbuilder ?\( ?["'{]|\bio\.popen ?\(|\bsubprocess\.(?:run|call|popen|check_output|getoutput) ?\( ?['"[]|\bkernel\.(?:exec|system) ?\(/,
  /<esi:(?:include|inline|debug|vars|assign)\b/,
  // options that run something
  /(?:^|[\s'"=])(?:-o ?proxycommand[= ]\S|--(?:upload-pack|receive-pack|use-compress-program|checkpoint-action|to-command|open-files-in-pager|rsh-command|pre-exec|post-file|use-askpass|diff-program|rsync-path)=\S|-oqueuedirectory=|ext::(?:sh|bash|\/|\w+ )|-(?:d|c) ?(?:allow_url_include|auto_prepend_file|core\.(?:pager|sshcommand|fsmonitor|editor|gitproxy))=)/,
  /^(?:-|\.\s)(?:exec|ok|execdir) \S.{0,80}(?:;|\+|\{\})\s?$|^\. -exec \S/,
  /^-(?:o|O|k) ?\/(?:var\/www|etc|tmp|root|usr)\/\S/,
]

/** Whether the text (lower case, runs of space made one) holds such a command. */
export function hasCommandShape(text: string): boolean {
  return SHAPES.some(shape => shape.test(text))
}

/**
 * What a shell makes of a text before it looks for a command: quotes within a word, `\` and `^` before a letter, `$@` and
 * an empty `${x}` are gone. Undefined where nothing is hidden, or no sign is there that begins a command.
 */
export function unhideCommand(text: string): string | undefined {
  if (!/[;|&\n`$]/.test(text) || !/\w(?:['"]{1,2}|[\\^]|\$[@*!])\w|['"]\w{1,12}['"]|[;|&\n`] ?\\\w/.test(text))
    return undefined
  const bare = text
    .replace(/\$[@*!]|(?<=\w)\$\{[\w%?#:]{0,12}\}(?=\w)/g, '')
    .replace(/(?<=\w)['"]{1,2}(?=\w)/g, '')
    .replace(/[\\^](?=\w)/g, '')
    .replace(/(?<=^|[\s;|&`(])(['"])(\w{1,12})\1/g, '$2')
    .replace(/(?<=\w)['"](?=[\s;|&`)]|$)/g, '')
  return bare === text ? undefined : bare
}
