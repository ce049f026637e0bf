/** Logs of other services, and lines laid out otherwise, from the file to the finding. */
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run, text, workspace } from '../support/cli.ts'

const { path: cwd, write } = workspace()
const SOURCE = '203.0.113.7'
const OWNER = '192.0.2.9'
const WRITTEN = new Date('2026-03-05T00:00:00Z')

const many = (line: (clock: string, i: number) => string): string[] =>
  Array.from({ length: 30 }, (_, i) => line(`10:${String(i).padStart(2, '0')}:07`, i))

async function findings(lines: string[]): Promise<{ titles: string[]; stdout: string }> {
  write('service.log', text(lines))
  utimesSync(join(cwd, 'service.log'), WRITTEN, WRITTEN)
  const { stdout } = await run(['analyze', 'service.log', '--rules-only', '--json', '-q'], { cwd })
  const report: { findings: { title: string }[] } = JSON.parse(stdout)
  return { titles: report.findings.map(({ title }) => title), stdout }
}

const cases: [what: string, lines: string[], title: RegExp][] = [
  [
    'MySQL, where the owner mistypes as well',
    many(
      (clock, i) =>
        `2026-03-04T${clock}.123456Z ${i} [Note] [MY-010926] [Server] Access denied for user 'root'@'${i % 10 === 0 ? OWNER : SOURCE}' (using password: YES)`,
    ),
    /^27 failed MySQL logins from 203\.0\.113\.7$/,
  ],
  [
    'PostgreSQL',
    many(
      (clock, i) =>
        `2026-03-04 ${clock}.123 UTC [${i}] FATAL:  no pg_hba.conf entry for host "${SOURCE}", user "postgres", database "postgres", no encryption`,
    ),
    /^30 failed PostgreSQL logins from 203\.0\.113\.7$/,
  ],
  [
    'RouterOS',
    many(
      clock => `Mar  4 ${clock} router system,error,critical login failure for user admin from ${SOURCE} via winbox`,
    ),
    /^30 failed RouterOS logins from 203\.0\.113\.7$/,
  ],
  [
    'sshd in columns, with a clock of twelve hours',
    many(clock => `3/4/2026 ${clock} PM\tweb-1\tsshd[403]\tFailed password for root from ${SOURCE} port 4242 ssh2`),
    /^30 failed SSH logins from 203\.0\.113\.7$/,
  ],
]

describe('what a service logs of refused logins', () => {
  it.each(cases)('%s', async (_what, lines, title) => {
    const { titles } = await findings(lines)
    expect(titles).toHaveLength(1)
    expect(titles[0]).toMatch(title)
  })

  it('a table of logins that goes back over New Year', async () => {
    const row = (user: string, source: string, day: string): string =>
      `${user.padEnd(8)} pts/0        ${source.padEnd(16)} ${day} 08:05 - 09:05  (01:00)`
    const { stdout, titles } = await findings([
      row('root', SOURCE, 'Sun Jan  4'),
      ...[
        'Sat Jan  3',
        'Fri Jan  2',
        'Thu Jan  1',
        'Wed Dec 31',
        'Tue Dec 30',
        'Mon Dec 29',
        'Tue Dec 23',
        'Mon Dec 22',
      ].map(day => row('alice', OWNER, day)),
      '',
      'wtmp begins Mon Dec 22 08:00:01 2025',
    ])
    expect(titles).toEqual(['root logged in from 203.0.113.7'])
    expect(stdout).toContain('"first_seen": "2026-01-04T08:05:00Z"')
    expect(stdout).toContain('"2025-12-22T08:05:00Z"')
  })
})
