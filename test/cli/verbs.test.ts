/** The other verbs: parse, rules, generate, explain. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXIT } from '../../src/core/errors.ts'
import { FORMATS } from '../../src/parsers/index.ts'
import { RULES } from '../../src/rules/index.ts'
import { analyze, failures, login, run, text, workspace } from '../support/cli.ts'

const { path: cwd, write } = workspace()
write('auth.log', text(failures('203.0.113.7', 12, { user: 'a"b,c' }), login('198.51.100.4', 'deploy', 620)))
write(
  'access.log',
  text(
    '198.51.100.9 - - [04/Mar/2026:10:10:09 +0000] "GET /a?b=1 HTTP/1.1" 404 512 "-" "curl/8"',
    '198.51.100.9 - - [04/Mar/2026:10:10:10 +0000] "GET /c HTTP/1.1" 200 5120 "-" "curl/8"',
  ),
)

describe.concurrent('parse', () => {
  it('writes one event a line by the contract', async () => {
    const { stdout, code } = await run(['parse', 'auth.log', '--year', '2026'], { cwd })
    const events = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(code).toBe(0)
    expect(events).toHaveLength(13)
    expect(events[0]).toMatchObject({
      time: '2026-03-04T10:00:09Z',
      kind: 'ssh.auth.failed',
      source: '203.0.113.7',
      port: 40000,
      user: 'a"b,c',
      user_known: true,
      method: 'password',
      host: 'web-1',
      service: 'sshd',
      pid: 4000,
      origin: { path: 'auth.log', line: 1, offset: 0 },
    })
    expect(events[12]).toMatchObject({ kind: 'ssh.auth.accepted', user: 'deploy', origin: { line: 13 } })
  })

  it('of a web log has the request', async () => {
    const { stdout } = await run(['parse', 'access.log'], { cwd })
    expect(JSON.parse(stdout.split('\n')[0])).toMatchObject({
      kind: 'web.request',
      method: 'GET',
      path: '/a',
      query: 'b=1',
      status: 404,
      bytes: 512,
      agent: 'curl/8',
    })
  })

  it('as CSV has a row an event, quoted', async () => {
    const { stdout } = await run(['parse', 'auth.log', '-f', 'csv'], { cwd })
    const rows = stdout.trimEnd().split('\r\n')
    expect(rows).toHaveLength(14)
    expect(rows[0].split(',').slice(0, 5)).toEqual(['time', 'kind', 'source', 'port', 'user'])
    expect(rows[1]).toContain('"a""b,c"')
  })

  it('as a table is for eyes', async () => {
    const { stdout } = await run(['parse', 'auth.log', 'access.log', '-f', 'table', '--year', '2026'], { cwd })
    expect(stdout).toMatch(/2026-03-04T10:10:09Z +web\.request +198\.51\.100\.9 +GET \/a\?b=1 404\n/)
    expect(stdout).toMatch(/ssh\.auth\.accepted +198\.51\.100\.4 +deploy password/)
  })

  it('--stats counts lines, formats and kinds', async () => {
    const { stdout } = await run(['parse', '--stats', 'auth.log', 'access.log'], { cwd })
    expect(stdout).toMatch(/auth\.log\n {2}format syslog-rfc3164, 13 lines, 13 events/)
    expect(stdout).toMatch(/12 {2}ssh\.auth\.failed\n[\s\S]*1 {2}ssh\.auth\.accepted/)
    const json = JSON.parse((await run(['parse', '--stats', '--json', 'auth.log'], { cwd })).stdout)
    expect(json).toMatchObject({
      inputs: [{ path: 'auth.log', lines: 13, events: 13 }],
      kinds: { 'ssh.auth.failed': 12, 'ssh.auth.accepted': 1 },
    })
  })

  it('--formats lists what is understood', async () => {
    const { stdout } = await run(['parse', '--formats'], { cwd })
    for (const { id } of FORMATS) expect(stdout).toMatch(new RegExp(`^${id} `, 'm'))
  })

  it('reads a format of the config', async () => {
    write('custom.log', text('10:203.0.113.5|2026-03-04T10:00:00+00:00|GET /x HTTP/1.1|404'))
    write('custom.toml', `[web]\nlog_format = '10:$remote_addr|$time_iso8601|$request|$status'\n`)
    const { stdout } = await run(['parse', 'custom.log', '-c', 'custom.toml'], { cwd })
    expect(JSON.parse(stdout)).toMatchObject({ source: '203.0.113.5', path: '/x', status: 404 })
    write(
      'fields.log',
      text('{"when":"2026-03-04T10:00:00Z","remote":{"ip":"203.0.113.5"},"verb":"GET","what":"/y","code":500}'),
    )
    write(
      'fields.toml',
      '[web]\njson_fields = { time = "when", peer = "remote.ip", method = "verb", target = "what", status = "code" }\n',
    )
    const json = await run(['parse', 'fields.log', '-c', 'fields.toml'], { cwd })
    expect(JSON.parse(json.stdout)).toMatchObject({ source: '203.0.113.5', path: '/y', status: 500, method: 'GET' })
  })

  it('reads stamps in the zone and year that are given', async () => {
    const first = async (...args: string[]): Promise<string> =>
      JSON.parse((await run(['parse', 'auth.log', ...args], { cwd })).stdout.split('\n')[0]).time
    expect(await first('--year', '2020', '--timezone', 'Asia/Tokyo')).toBe('2020-03-04T01:00:09Z')
    expect(await first('--year', '2019', '--timezone', 'UTC')).toBe('2019-03-04T10:00:09Z')
  })
})

describe.concurrent('rules', () => {
  it('list names every rule with severity and title', async () => {
    const { stdout } = await run(['rules', 'list'], { cwd })
    for (const { id, severity, title } of RULES) {
      expect(stdout).toMatch(new RegExp(`^${id} +${severity} +${title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`, 'm'))
    }
    const json = JSON.parse((await run(['rules', 'list', '--json'], { cwd })).stdout)
    expect(json.map((rule: { id: string }) => rule.id)).toEqual(RULES.map(rule => rule.id))
  })

  it('show tells options, false positives and a sample, by either spelling', async () => {
    const [dashes, underscores] = await Promise.all([
      run(['rules', 'show', 'brute-force'], { cwd }),
      run(['rules', 'show', 'brute_force'], { cwd }),
    ])
    expect(dashes.stdout).toMatch(
      /\[rules\.brute_force\][\s\S]*threshold = 10[\s\S]*Can be wrong about:[\s\S]*Fires on/,
    )
    expect(underscores).toEqual(dashes)
  })

  it('test runs the samples of one rule, or of all', async () => {
    const one = await run(['rules', 'test', 'brute-force'], { cwd })
    expect(one.stdout).toMatch(/ok {4}brute-force: fires on .*\n[\s\S]*(\d+) of \1 samples as declared\n$/)
    expect(one.code).toBe(0)
    const all = await run(['rules', 'test', '--json'], { cwd })
    const results: { rule: string; passed: boolean }[] = JSON.parse(all.stdout)
    expect(new Set(results.map(result => result.rule)).size).toBe(RULES.length)
    expect(results.filter(result => !result.passed)).toEqual([])
    expect(all.code).toBe(EXIT.ok)
  })
})

describe.concurrent('generate', () => {
  const args = [
    'generate',
    '--entries',
    '3000',
    '--start',
    '2026-03-01',
    '--attack-profile',
    'brute:0.1',
    '--attack-profile',
    'breach:0.02',
  ]

  it('gives the same bytes for the same seed, and others for another', async () => {
    const [first, second, other, zone] = await Promise.all([
      run([...args, '--seed', '5'], { cwd }),
      run([...args, '--seed', '5'], { cwd }),
      run([...args, '--seed', '6'], { cwd }),
      run([...args, '--seed', '5', '--start', '2026-03-01T00:00:00Z'], {
        cwd,
        env: { TZ: 'Asia/Tokyo', LANG: 'de_DE' },
      }),
    ])
    expect(first.code).toBe(0)
    expect(second.stdout).toBe(first.stdout)
    expect(zone.stdout).toBe(first.stdout)
    expect(other.stdout).not.toBe(first.stdout)
    expect(Math.abs(first.stdout.split('\n').length - 3000)).toBeLessThan(100)
  })

  it('--truth names those whom the report then accuses', async () => {
    await run([...args, '-o', 'made.log', '--truth', 'truth.json'], { cwd })
    const truth = readFileSync(join(cwd, 'truth.json'), 'utf8')
    JSON.parse(truth)
    const report = await analyze(['made.log'], { cwd })
    const worst = report.findings.filter(finding => finding.severity === 'critical').flatMap(finding => finding.sources)
    expect(worst.length).toBeGreaterThan(0)
    for (const source of worst) expect(truth).toContain(source)
  })

  it.each([
    'auth',
    'secure',
    'syslog-rfc3339',
    'syslog-rfc5424',
    'journald-json',
    'nginx',
    'apache',
    'apache-vhost',
    'web-json',
    'caddy-json',
  ])('as %s is understood to the last line', async format => {
    const { stdout } = await run(['generate', '--entries', '400', '--format', format, '--start', '2026-03-01'], { cwd })
    write(`as-${format}.log`, stdout)
    const [input] = (await analyze([`as-${format}.log`], { cwd })).inputs
    expect(input).toMatchObject({ unparsed: 0 })
    expect(input.events).toBeGreaterThan(0)
  })
})

describe.concurrent('explain', () => {
  it('tells one finding of a saved report, by the beginning of its id', async () => {
    const { stdout } = await run(['analyze', 'auth.log', '--rules-only', '--json'], { cwd })
    write('report.json', stdout)
    const [{ id, title }] = JSON.parse(stdout).findings
    const whole = await run(['explain', id, 'report.json'], { cwd })
    expect(whole.code).toBe(0)
    expect(whole.stdout.replaceAll(/\s+/g, ' ')).toContain(title)
    expect(await run(['explain', id.slice(0, 8), 'report.json'], { cwd })).toEqual(whole)
    expect(await run(['explain', id, '-'], { cwd, stdin: stdout })).toEqual(whole)
    const unknown = await run(['explain', 'ffffffff', 'report.json'], { cwd })
    expect(unknown.stderr).toMatch(/^vpsguard: .*ffffffff/)
    expect([unknown.code, unknown.stdout]).toEqual([EXIT.usage, ''])
  })

  it('says what is wrong with the report', async () => {
    write('cut.json', '{"schema_version": 1, "inp')
    const absent = await run(['explain', 'abc', 'nope.json'], { cwd })
    expect(absent.stderr).toMatch(/nope\.json: no such report\n {2}try: vpsguard analyze/)
    expect(absent.code).toBe(EXIT.input)
    const cut = await run(['explain', 'abc', 'cut.json'], { cwd })
    expect(cut.stderr).toMatch(/cut\.json: not JSON, or cut off/)
    expect(cut.code).toBe(EXIT.input)
    const folder = await run(['explain', 'abc', '.'], { cwd })
    expect(folder.stderr).toMatch(/\. is a folder/)
    expect(folder.code).toBe(EXIT.input)
  })
})

describe('the table of sources', () => {
  it('has the 500 that matter most of thousands: the accused, then those with the most failures', async () => {
    const crowd = Array.from({ length: 4000 }, (_, i) => `198.51.${100 + (i >> 8)}.${i & 255}`)
    write(
      'crowd.log',
      text(
        ...crowd.map(source => failures(source, 1)),
        failures('192.0.2.8', 3),
        failures('192.0.2.9', 4),
        failures('203.0.113.7', 12),
        // Another source of few: seen late, and still before those of one.
        failures('192.0.2.7', 2),
      ),
    )
    const report = await analyze(['crowd.log', '--rules-only'], { cwd })
    const names = report.sources?.map(({ source }) => source)
    expect(names).toEqual(['203.0.113.7', '192.0.2.9', '192.0.2.8', '192.0.2.7', ...crowd.sort().slice(0, 496)])
  })
})
