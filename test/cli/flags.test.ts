/** The flags of analyze, as people type them. */
import { describe, expect, it } from 'vitest'
import { EXIT } from '../../src/core/errors.ts'
import { analyze, failures, login, run, shell, text, workspace } from '../support/cli.ts'

const { path: cwd, write } = workspace()
write('auth.log', text(failures('203.0.113.7', 12), login('203.0.113.7', 'root', 615)))
write('quiet.log', text(failures('203.0.113.7', 2)))
// One attempt an hour, over four days.
write(
  'days.log',
  text(
    Array.from({ length: 96 }, (_, i) => {
      const time = new Date(Date.UTC(2026, 2, 1, i)).toISOString().replace('.000', '')
      return `${time} web-1 sshd[${100 + i}]: Failed password for root from 203.0.113.${i} port 4242 ssh2`
    }),
  ),
)
const report = ['analyze', 'auth.log', '--rules-only']

describe.concurrent('--since and --until', () => {
  const events = async (...args: string[]): Promise<number> =>
    (await analyze(['days.log', ...args], { cwd })).summary.events

  it.each<[args: string[], events: number]>([
    [[], 96],
    [['--since', '2026-03-02'], 72],
    [['--since', '2026-03-02 12:00'], 60],
    [['--since', '2026-03-02T12:00:00Z'], 60],
    [['--since', '2026-03-02T12:00:00+02:00'], 62],
    [['--since', '2026-03-02 12:00:01'], 59],
    [['--until', '2026-03-02'], 25],
    [['--since', '2026-03-02', '--until', '2026-03-03'], 25],
    [['--since=@1772409600'], 72],
    [['--since', '-100weeks'], 96],
    [['--since', '3000 days ago'], 96],
    [['--until', 'now', '--since', '1 s ago'], 0],
  ])('%j', async (args, count) => {
    expect(await events(...args)).toBe(count)
  })

  it("are meant in this machine's zone", async () => {
    const seen = await analyze(['days.log', '--since', '2026-03-02'], { cwd, env: { TZ: 'Asia/Tokyo' } })
    expect(seen.summary.events).toBe(81)
  })

  it.each([
    ['', 'UTC', 0],
    ['Foo/Bar', 'UTC', 0],
    ['UTC+3', '-03:00', 3],
  ])('a TZ of %j, which names no place', async (zone, name, hours) => {
    const lines = failures('203.0.113.7', 12).map(line => line.replace(/^.*? web-1/, 'Mar  1 01:02:03 web-1'))
    write(`zone-${hours}-${name.length}.log`, text(lines))
    const seen = await analyze([`zone-${hours}-${name.length}.log`, '--year', '2026'], { cwd, env: { TZ: zone } })
    expect(JSON.stringify(seen.inputs)).toContain(name)
    expect(seen.findings[0]?.last_seen).toBe(`2026-03-01T0${1 + hours}:02:03Z`)
  })

  it.each(['2026-13-01', '2026-02-32', 'soon', '5', '2h', '-2 parsecs', '', '12:00', '2026-01-01T25:00:00Z', '@x'])(
    'refuse %j',
    async moment => {
      const ran = await run(['analyze', 'days.log', `--since=${moment}`], { cwd })
      expect(ran.stderr).toMatch(/^vpsguard: --since .*: not a time\n {2}expected: 2026-01-31, .*yesterday.*-2h/)
      expect(ran.code).toBe(EXIT.usage)
    },
  )

  it('refuse a period that ends before it begins', async () => {
    const ran = await run(['analyze', 'days.log', '--since', '2026-03-02', '--until', '2026-03-01'], { cwd })
    expect(ran.stderr).toMatch(/--since is not before --until/)
    expect(ran.code).toBe(EXIT.usage)
  })
})

describe.concurrent('exit codes', () => {
  it.each<[args: string[], code: number]>([
    [[...report], EXIT.ok],
    [[...report, '--fail-on', 'critical'], EXIT.findings],
    [[...report, '--fail-on', 'info'], EXIT.findings],
    [['analyze', 'quiet.log', '--rules-only', '--fail-on', 'low'], EXIT.ok],
    [[...report, 'nope.log'], EXIT.input],
    [[...report, 'nope.log', '--fail-on', 'high'], EXIT.findings],
    [[...report, '--nope'], EXIT.usage],
    [[...report, '--model', 'nope'], EXIT.ok],
    [['analyze', 'auth.log', '--model', 'nope'], EXIT.model],
    [['--version'], EXIT.ok],
    [['--help'], EXIT.ok],
    [['analyze', '--help'], EXIT.ok],
    [['help', 'analyze'], EXIT.ok],
    [[], EXIT.ok],
  ])('%j -> %i', async (args, code) => {
    const ran = await run(args, { cwd })
    expect(ran.stderr).not.toMatch(/\n\s+at /)
    expect(ran.code).toBe(code)
  })

  it('--fail-on looks at what is told, and at all of it', async () => {
    const hidden = await run([...report, '--min-severity', 'critical', '--fail-on', 'medium'], { cwd })
    expect(hidden.code).toBe(EXIT.findings)
  })

  it('stand in the help', async () => {
    const { stdout } = await run(['--help'], { cwd })
    for (const code of Object.values(EXIT)) expect(stdout).toMatch(new RegExp(`\\b${code}\\b`))
  })
})

describe.concurrent('what is misspelt', () => {
  it.each<[args: string[], says: RegExp]>([
    [['analize', 'x'], /unknown command 'analize'\n\(Did you mean analyze\?\)/],
    [['analyze', '--rotatd'], /unknown option '--rotatd'\n\(Did you mean --rotated\?\)/],
    [
      ['analyze', 'auth.log', '--format', 'htlm'],
      /--format htlm: no such report format\n {2}expected: one of terminal, json.*\n {2}try: --format html/,
    ],
    [
      ['analyze', 'auth.log', '-o', 'report.pdf'],
      /--output report\.pdf: no report format has the ending \.pdf\n {2}expected: one of .*\.html/,
    ],
    [['help', 'analize'], /help analize: there is no such command\n {2}expected: .*\n {2}try: vpsguard help analyze/],
    [['help', 'config', 'nosuch'], /help nosuch: there is no such command\n {2}expected: one of validate, show/],
    [['analyze', 'auth.log', '--min-severity', 'hgh'], /'hgh' is invalid\. Allowed choices are critical, high/],
    [['analyze', 'auth.log', '--fail-on'], /argument missing/],
    [['analyze', 'auth.log', '--timezone', 'Mars'], /--timezone Mars: no such time zone\n {2}expected: local, UTC/],
    [
      ['analyze', 'auth.log', '--year', 'x'],
      /--year x: not a number that fits\n {2}expected: a number from 1970 to 9999/,
    ],
    [['generate', '--days', '0'], /--days 0: not a number that fits\n {2}expected: a number from 0.0417 to 3660/],
    [['analyze', 'auth.log', '--seed', '-1'], /--seed -1: not a number that fits/],
    [['analyze', 'auth.log', '--budget', 'often'], /--budget often: not a budget\n {2}expected: .*1\/week/],
    [['analyze', 'auth.log', '--unit', 'ssh'], /--unit goes with --journal/],
    [['analyze', 'auth.log', '--rules-only', '--ml-only'], /exclude each other/],
    [
      ['analyze', 'auth.log', '--input-format', 'comined'],
      /there is no log format "comined"\n {2}expected: one of .*combined/,
    ],
    [
      ['parse', 'auth.log', '--format', 'xml'],
      /--format xml: no such form of events\n {2}expected: json, csv or table/,
    ],
    [['config', 'validat'], /unknown command 'validat'\n\(Did you mean validate\?\)/],
    [['rules', 'show', 'brute-froce'], /there is no rule "brute-froce"\n {2}try: vpsguard rules show brute-force/],
    [['rules', 'test', 'zzz'], /there is no rule "zzz"/],
    [['generate', '--attack-profile', 'botnt:0.1'], /Unknown attack profile "botnt"[\s\S]*Did you mean "botnet"\?/],
    [['generate', '--attack-profile', 'botnet:1.5'], /share/],
    [['generate', '--format', 'ngnix'], /Did you mean "nginx"\?/],
    [['generate', '--entries', 'many'], /--entries many: not a number/],
    [['generate', '--output', 'x', '--truth', 'x'], /name the same file/],
  ])('%j', async (args, says) => {
    const ran = await run(args, { cwd })
    expect(ran.stderr).toMatch(/^vpsguard: /)
    expect(ran.stderr).toMatch(says)
    expect(ran.stderr).not.toMatch(/\n\s+at /)
    expect([ran.code, ran.stdout]).toEqual([EXIT.usage, ''])
  })
})

describe.concurrent('how much is told', () => {
  const stdout = async (...args: string[]): Promise<string> => (await run([...report, ...args], { cwd })).stdout

  it('grows with -v and -vv', async () => {
    write('terse.toml', '[output]\nverbosity = 0\n')
    const [terse, usual, more, all] = await Promise.all([
      stdout('-c', 'terse.toml'),
      stdout(),
      stdout('-c', 'terse.toml', '-v'),
      stdout('-vv'),
    ])
    expect(terse.length).toBeLessThan(usual.length)
    expect(more).toBe(usual)
    expect(all.length).toBeGreaterThan(usual.length)
    expect(await stdout('-v', '-v')).toBe(all)
  })

  it('-q, before or behind the verb, leaves stderr empty', async () => {
    for (const args of [
      ['-q', ...report, '-o', 'q.json'],
      [...report, '-o', 'q.json', '--quiet'],
    ]) {
      expect(await run(args, { cwd })).toEqual({ code: 0, stdout: '', stderr: '' })
    }
  })

  it('--min-severity leaves out, and says how many', async () => {
    const all = await analyze(['auth.log'], { cwd })
    const few = await analyze(['auth.log', '--min-severity', 'critical'], { cwd })
    expect(few.findings.length).toBeGreaterThan(0)
    expect(few.findings.every(finding => finding.severity === 'critical')).toBe(true)
    expect(few.summary.omitted_findings).toBe(all.findings.length - few.findings.length)
  })

  it('--redact keeps the story and not the names', async () => {
    const [plain, redacted] = await Promise.all([
      analyze(['auth.log'], { cwd }),
      analyze(['auth.log', '--redact'], { cwd }),
    ])
    expect(redacted.findings.map(({ rule, count }) => ({ rule, count }))).toEqual(
      plain.findings.map(({ rule, count }) => ({ rule, count })),
    )
    expect(JSON.stringify(redacted)).not.toMatch(/203\.0\.113\.7|web-1/)
  })

  it('--ml-only tells no finding of a rule', async () => {
    const ran = await run(['analyze', 'auth.log', '--ml-only', '--json'], { cwd })
    expect(JSON.parse(ran.stdout).findings.filter((finding: { kind: string }) => finding.kind === 'rule')).toEqual([])
  })

  it('is the same twice', async () => {
    const twice = await Promise.all([1, 2].map(() => analyze(['auth.log', '--seed', '7'], { cwd })))
    const [first, second] = twice.map(one => ({ ...one, generated_at: '' }))
    expect(second).toEqual(first)
  })
})

describe.concurrent('on a pipe', () => {
  const COLOUR = /\x1b\[/

  it('80 columns at most, and no colour', async () => {
    for (const level of [[], ['-v'], ['-vv']]) {
      const { stdout } = await run([...report, ...level], { cwd, env: { COLUMNS: '200' } })
      expect(stdout).not.toMatch(COLOUR)
      // A word of a command that is there to be pasted is not cut.
      const wide = stdout.split('\n').filter(line => [...line].length > 80 && !/^ +"\$\(/.test(line))
      expect(wide).toEqual([])
    }
    const help = await run(['analyze', '--help'], { cwd })
    expect(help.stdout.split('\n').filter(line => [...line].length > 80)).toEqual([])
  })

  it.each<[env: Record<string, string>, args: string[], coloured: boolean]>([
    [{ FORCE_COLOR: '1' }, [], true],
    [{ FORCE_COLOR: '0' }, [], false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, [], true],
    [{ FORCE_COLOR: '1' }, ['--no-color'], false],
    [{ NO_COLOR: '1' }, [], false],
    [{ VPSGUARD_OUTPUT_COLOR: 'always' }, [], true],
    [{ VPSGUARD_OUTPUT_COLOR: 'always', NO_COLOR: '1' }, [], false],
  ])('%j %j', async (env, args, coloured) => {
    expect(COLOUR.test((await run([...report, ...args], { cwd, env })).stdout)).toBe(coloured)
  })

  it('a file gets no colour, whatever is forced', async () => {
    await run([...report, '-o', 'plain.txt'], { cwd, env: { FORCE_COLOR: '1' } })
    expect((await shell('cat plain.txt', { cwd })).stdout).not.toMatch(COLOUR)
  })

  it('colour changes no letter', async () => {
    const plain = await run(report, { cwd })
    const coloured = await run(report, { cwd, env: { FORCE_COLOR: '1' } })
    expect(coloured.stdout.replaceAll(/\x1b\[[0-9;]*m/g, '')).toBe(plain.stdout)
  })
})

describe.concurrent('the program', () => {
  it('starts by its own name, through the shell or Node, from anywhere', async () => {
    const versions = await Promise.all([
      run(['--version'], { cwd }),
      shell('$V --version', { cwd }),
      shell('"$(dirname $V)/vpsguard" -V', { cwd: '/' }),
    ])
    expect(new Set(versions.map(({ stdout, code }) => `${code} ${stdout}`)).size).toBe(1)
    expect(versions[0].stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect((await shell('cd / && exec $V --version', { cwd })).stdout).toBe(versions[0].stdout)
  })
})
