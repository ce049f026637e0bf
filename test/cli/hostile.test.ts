/** What attackers write into the log (names, paths, agents) is harmless in every report, through the whole program. */
import { describe, expect, it } from 'vitest'
import { run, stamp, text, workspace } from '../support/cli.ts'

const { path: cwd, write } = workspace()

/** What no reader may take for anything but text. */
const USERS = [
  '=cmd|"/c calc"!A1',
  '<script>alert(1)</script>',
  '[x](javascript:alert(2))',
  '\x1b[2J\x1b[1;31mroot',
  '\u202egnp.exe',
  '@everyone|a|b|',
  '$(reboot)`id`',
  '"><img/src=x/onerror=alert(3)>',
  '+1-1',
  "';DROP-TABLE--",
]
const AGENTS = [
  '<svg onload=alert(4)>',
  '=HYPERLINK(\\"x\\")',
  '\x1b]0;owned\x07',
  'a\\x22b',
  '$\u007bjndi:ldap://203.0.113.7/x}',
]

write(
  'auth.log',
  text(
    USERS.flatMap((user, i) =>
      Array.from(
        { length: 12 },
        (_, j) =>
          `${stamp(600 + i * 12 + j)} web-1 sshd[${4000 + i * 12 + j}]: Failed password for invalid user ${user} from 203.0.113.7 port ${40000 + j} ssh2`,
      ),
    ),
    `${stamp(900)} <b>host</b> sshd[77]: Accepted password for =root from 203.0.113.7 port 4242 ssh2`,
  ),
)
write(
  'access.log',
  text(
    AGENTS.flatMap((agent, i) =>
      ['/.env', "/?q=<script>alert(5)</script>&x='%20OR%201=1--", '/a|b|`c`/../../etc/passwd', '/=1+1'].map(
        (path, j) =>
          `203.0.113.8 - - [04/Mar/2026:10:${10 + i}:${10 + j} +0000] "GET ${path} HTTP/1.1" 200 512 "=ref" "${agent}"`,
      ),
    ),
  ),
)

/** Anything that steers a terminal, hides or reorders text; line ends are the report's own. */
const UNSEEN = /(?![\n\r])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

describe.concurrent('hostile text', () => {
  it.each(['terminal', 'json', 'jsonl', 'markdown', 'csv', 'html'])('is inert in %s', async format => {
    const ran = await run(['analyze', 'auth.log', 'access.log', '-f', format, '-vv', '--year', '2026'], { cwd })
    expect(ran.code).toBe(0)
    expect(UNSEEN.exec(ran.stdout)?.index).toBeUndefined()
    expect(UNSEEN.exec(ran.stderr)?.index).toBeUndefined()
    expect(ran.stdout).toContain('203.0.113.7')
    if (format === 'html') {
      expect(ran.stdout).not.toMatch(/<(?:script>alert|img|svg onload|b>host)/)
      expect(ran.stdout).toContain('&lt;script&gt;')
    }
    if (format === 'csv') {
      const cells = [...ran.stdout.matchAll(/(?:^|,)"((?:[^"]|"")*)"/gm)].map(match => match[1])
      expect(cells.length).toBeGreaterThan(10)
      expect(cells.filter(cell => /^\s*[=+\-@]/.test(cell))).toEqual([])
    }
    if (format === 'markdown') {
      const prose = ran.stdout.replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm, '').replace(/(`+)(?!`)[^\n]*?[^`]\1(?!`)/g, '')
      expect(prose).not.toMatch(/(?<!\\)(?:<script|<img|<svg|\]\(javascript)/)
    }
    if (format === 'json') expect(JSON.parse(ran.stdout).findings.length).toBeGreaterThan(1)
  })

  it.each(['json', 'csv', 'table'])('is inert among the events as %s', async format => {
    const ran = await run(['parse', 'auth.log', 'access.log', '-f', format], { cwd })
    expect(UNSEEN.exec(ran.stdout)?.index).toBeUndefined()
    expect(ran.stdout.split('\n').length).toBeGreaterThan(140)
  })

  it('is inert in what is said of lines and files', async () => {
    const stats = await run(['parse', '--stats', 'auth.log'], { cwd })
    expect(UNSEEN.exec(stats.stdout)?.index).toBeUndefined()
    const name = 'no\x1b[31m\nsuch.log'
    const missing = await run(['analyze', name], { cwd })
    expect(UNSEEN.exec(missing.stderr)?.index).toBeUndefined()
    expect(missing.stderr).toContain('\\x1b[31m')
    const wrong = await run(['analyze', 'auth.log', '--format', '\x1b[31mx'], { cwd })
    expect(UNSEEN.exec(wrong.stderr)?.index).toBeUndefined()
    const unknown = await run(['\x1b[31mx'], { cwd })
    expect(UNSEEN.exec(unknown.stderr)?.index).toBeUndefined()
  })

  it('is inert where one finding is explained', async () => {
    const { stdout } = await run(['analyze', 'auth.log', 'access.log', '--json', '--rules-only'], { cwd })
    write('report.json', stdout)
    for (const { id } of JSON.parse(stdout).findings) {
      const told = await run(['explain', id, 'report.json'], { cwd })
      expect(told.code).toBe(0)
      expect(UNSEEN.exec(told.stdout)?.index).toBeUndefined()
    }
  })

  it('that is redacted is gone', async () => {
    for (const format of ['json', 'html', 'csv', 'markdown', 'jsonl', 'terminal']) {
      const { stdout } = await run(['analyze', 'auth.log', '--rules-only', '-vv', '--redact', '-f', format], { cwd })
      expect(stdout).not.toMatch(/203\.0\.113\.7|alert\(1\)|web-1/)
    }
  })
})
