/** The config as its owner meets it: every mistake with file, line, key, what was expected and the nearest key. */
import { chmodSync, chownSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isSecret } from '../../src/config/secrets.ts'
import { NOTIFIERS } from '../../src/sinks/notifiers/index.ts'
import { analyze, failures, IS_ROOT, login, NOBODY, run, text, workspace } from '../support/cli.ts'

const { path: cwd, write } = workspace()

const mistakes: [what: string, toml: string, says: string][] = [
  [
    'an unknown key',
    '[rules.brute_force]\ntreshold = 10\n',
    'bad.toml:2: rules.brute_force.treshold: is not a known key (did you mean rules.brute_force.threshold?)',
  ],
  [
    'an unknown key, dotted',
    'rules.brute_force.treshold = 10\n',
    'bad.toml:1: rules.brute_force.treshold: is not a known key (did you mean rules.brute_force.threshold?)',
  ],
  ['an unknown table', '\n\n[outputs]\nx = 1\n', 'bad.toml:3: outputs: is not a known key (did you mean output?)'],
  [
    'an unknown rule',
    '[rules.brute_froce]\n',
    'bad.toml:1: rules.brute_froce: is not a known key (did you mean rules.brute_force?)',
  ],
  [
    'a key that is like none',
    '[output]\nzzzzzzzz = 1\n',
    'bad.toml:2: output.zzzzzzzz: is not a known key (known here: format, verbosity, color, min_severity)',
  ],
  [
    'a number in quotes',
    '[rules.brute_force]\nthreshold = "10"\n',
    'bad.toml:2: rules.brute_force.threshold: expected a number; found "10" (without quotes: 10)',
  ],
  [
    'a number with a fraction',
    '[rules.brute_force]\nthreshold = 2.5\n',
    'bad.toml:2: rules.brute_force.threshold: expected a whole number; found 2.5',
  ],
  [
    'a word for a switch',
    '[rules.brute_force]\nenabled = "yes"\n',
    'bad.toml:2: rules.brute_force.enabled: expected true or false; found "yes"',
  ],
  [
    'a text for a list',
    '[whitelist]\nips = "192.0.2.1"\n',
    'bad.toml:2: whitelist.ips: expected a list such as ["one", "two"]; found "192.0.2.1"',
  ],
  ['a number for a table', 'whitelist = 3\n', 'bad.toml:1: whitelist: expected a table; found 3'],
  ['a number too large', '[output]\nverbosity = 7\n', 'bad.toml:2: output.verbosity: expected at most 2; found 7'],
  [
    'a length that is none',
    '[rules.brute_force]\nwindow_minutes = -5\n',
    'bad.toml:2: rules.brute_force.window_minutes: expected more than 0; found -5',
  ],
  [
    'a length in words',
    '[rules.brute_force]\nwindow_minutes = "1h"\n',
    'bad.toml:2: rules.brute_force.window_minutes: expected a number; found "1h"',
  ],
  [
    'a wrong choice',
    '[output]\nformat = "htlm"\n',
    'bad.toml:2: output.format: expected one of terminal, json, jsonl, html, markdown, csv; found "htlm" (did you mean "html"?)',
  ],
  [
    'a wrong severity',
    '[rules.root_login]\nseverity = "hgih"\n',
    'bad.toml:2: rules.root_login.severity: expected one of critical, high, medium, low, info; found "hgih" (did you mean "high"?)',
  ],
  [
    'a bad address',
    '[whitelist]\nips = ["192.0.2.300"]\n',
    'bad.toml:2: whitelist.ips: expected an address or a CIDR prefix such as 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32; found "192.0.2.300"',
  ],
  [
    'a bad CIDR prefix',
    '[blacklist]\nips = ["198.51.100.0/24", "198.51.100.0/33"]\n',
    'bad.toml:2: blacklist.ips: expected an address or a CIDR prefix such as 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32; found "198.51.100.0/33"',
  ],
  [
    'a bad time zone',
    '[input]\ntimezone = "Europe/Pariss"\n',
    'bad.toml:2: input.timezone: expected a time zone such as UTC or Europe/Paris; found "Europe/Pariss" (did you mean "Europe/Paris"?)',
  ],
  [
    'a bad time zone of a rule',
    '[rules.quiet_hours]\ntimezone = "Mars"\n',
    'bad.toml:2: rules.quiet_hours.timezone: expected a time zone such as UTC or Europe/Paris; found "Mars"',
  ],
  [
    'a budget of nothing',
    '[detection]\nbudget = "0/week"\n',
    'bad.toml:2: detection.budget: expected a number of false alarms per day, week, month or year, such as "1/week"; found "0/week"',
  ],
  [
    'a proxy list that is none',
    '[web]\ntrusted_proxies = ["cloudfare"]\n',
    'bad.toml:2: web.trusted_proxies: "cloudfare" is neither',
  ],
  [
    'a log format with an unknown variable',
    '[web]\nlog_format = "$remote_addr $foo"\n',
    'bad.toml:2: web.log_format: unknown variable $foo',
  ],
  [
    'a field that JSON logs have not',
    '[web]\njson_fields = { sourc = "ip" }\n',
    'bad.toml:2: web.json_fields: unknown field "sourc"',
  ],
]

describe.concurrent('a mistake in the config', () => {
  // A file each in conf.d: every file is checked by itself, and one run tells all.
  const told = (async () => {
    for (const [index, [, toml]] of mistakes.entries()) write(`each/vpsguard/conf.d/${index + 10}-bad.toml`, toml)
    return run(['config', 'validate'], { cwd, env: { XDG_CONFIG_HOME: join(cwd, 'each') } })
  })()
  const lines = told.then(ran => ran.stderr.split('\n').map(line => line.replace(/^.*\/(\d+-)/, '$1')))

  it('is never valid', async () => {
    const ran = await told
    expect(ran.stderr).toMatch(/\n {2}try: vpsguard config print-default/)
    expect([ran.code, ran.stdout]).toEqual([3, ''])
    expect(await lines).toHaveLength(mistakes.length + 2)
  })

  it.each(mistakes.map(([what, , says], index) => [what, `${index + 10}-${says}`]))('%s', async (_, says) => {
    expect(await lines).toContainEqual(expect.stringContaining(says))
  })

  it('in a file that is named', async () => {
    write('bad.toml', mistakes[0][1])
    const ran = await run(['config', 'validate', 'bad.toml'], { cwd })
    expect(ran.stderr).toBe(
      `vpsguard: ${mistakes[0][2]}\n  try: vpsguard config print-default shows every key with its meaning\n`,
    )
    expect([ran.code, ran.stdout]).toEqual([3, ''])
  })

  it('all of them are told at once, in the order of the file', async () => {
    const file = write(
      'all/bad.toml',
      mistakes
        .slice(0, 1)
        .concat(mistakes.slice(2, 4))
        .map(([, toml]) => toml)
        .join(''),
    )
    const ran = await run(['analyze', 'x.log', '-c', file], { cwd })
    expect(ran.stderr.match(/bad\.toml:(\d+)/g)).toEqual(['bad.toml:2', 'bad.toml:5', 'bad.toml:7'])
    expect(ran.code).toBe(3)
  })

  it('that is no TOML is told with line and column', async () => {
    write('syntax.toml', '[output]\nformat = = "json"\n')
    const ran = await run(['config', 'validate', 'syntax.toml'], { cwd })
    expect(ran.stderr).toMatch(/^vpsguard: syntax\.toml:2:\d+: not valid TOML: /)
    expect(ran.code).toBe(3)
    write('binary.toml', Uint8Array.of(0, 1, 2, 255, 254))
    expect((await run(['config', 'validate', 'binary.toml'], { cwd })).code).toBe(3)
  })

  it('in a file that the config names is told with that file', async () => {
    write('lists.toml', '[whitelist]\nfiles = ["list.txt"]\n')
    write('list.txt', '192.0.2.1\n# fine\nnonsense\n')
    const ran = await run(['config', 'validate', 'lists.toml'], { cwd })
    expect(ran.stderr).toMatch(
      /list\.txt:3: not an address or network: nonsense\n {2}expected: an address or a network/,
    )
    expect(ran.code).toBe(3)
    write('nolist.toml', '[blacklist]\nfiles = ["nowhere.txt"]\n')
    const missing = await run(['config', 'validate', 'nolist.toml'], { cwd })
    expect(missing.stderr).toMatch(/nowhere\.txt: the list of addresses cannot be read/)
    expect(missing.code).toBe(4)
    write('nodb.toml', '[geoip]\ncity = "list.txt"\n')
    const noDatabase = await run(['config', 'validate', 'nodb.toml'], { cwd })
    expect(noDatabase.stderr).toMatch(/list\.txt: the address database is no MaxMind DB/)
    expect(noDatabase.code).toBe(3)
  })

  it('a config, a list, a model or a report that has no end, or is too large for one, is not read', async () => {
    write('large.toml', `${'# nothing\n'.repeat(120_000)}`)
    write('endless.toml', '[blacklist]\nfiles = ["/dev/zero"]\n')
    const told: [args: string[], code: number, says: RegExp][] = [
      [
        ['-c', '/dev/zero', 'config', 'validate'],
        3,
        /\/dev\/zero is a device.*\n.*expected: a TOML file of at most 1 MB/,
      ],
      [['-c', 'large.toml', 'config', 'validate'], 3, /large\.toml is larger than 1 MB/],
      [['-c', 'endless.toml', 'analyze', 'log'], 4, /the list of addresses cannot be read: it is a device/],
      [['analyze', '--model', '/dev/zero', 'log'], 6, /\/dev\/zero: is a device, expected a model file/],
      [['explain', '1', '/dev/zero'], 4, /\/dev\/zero is a device, not a report/],
      [['-c', '/dev/null', 'config', 'validate'], 0, /^$/],
    ]
    write('log', text(failures('203.0.113.7', 3)))
    for (const [args, code, says] of told) {
      const ran = await run(args, { cwd })
      expect(ran.stderr).toMatch(says)
      expect(ran.code).toBe(code)
    }
  })
  it('a config that is named and not there, a folder, or unreadable', async () => {
    const absent = await run(['analyze', '-c', 'nope.toml', 'x'], { cwd })
    expect(absent.stderr).toMatch(/nope\.toml: no such config file\n {2}try: vpsguard init/)
    expect(absent.code).toBe(4)
    const folder = await run(['config', 'validate', '.'], { cwd })
    expect(folder.stderr).toMatch(/\. is a folder, not a config/)
    expect(folder.code).toBe(4)
    const secret = write('secret.toml', '', 0o600)
    if (IS_ROOT) chmodSync(cwd, 0o755)
    else chmodSync(secret, 0)
    const denied = await run(['config', 'validate', 'secret.toml'], IS_ROOT ? { cwd, uid: NOBODY } : { cwd })
    expect(denied.stderr).toMatch(/secret\.toml: may not be read/)
    expect(denied.code).toBe(5)
  })
})

describe.concurrent('where the config comes from', () => {
  const threshold = async (env: Record<string, string>, folder: string, args: string[] = []): Promise<string> => {
    const ran = await run([...args, 'config', 'show'], { cwd: folder, env })
    expect(ran.stderr).toBe('')
    return `${/^# .*/m.exec(ran.stdout)?.[0].replaceAll(cwd, '')} ${/\[rules\.brute_force\][^[]*?threshold = (\d+)/.exec(ran.stdout)?.[1]}`
  }
  const toml = (value: number): string => `[rules.brute_force]\nthreshold = ${value}\n`
  write('xdg/vpsguard/vpsguard.toml', toml(21))
  write('xdg2/vpsguard/vpsguard.toml', `${toml(21)}[output]\nverbosity = 2\n`)
  write('xdg2/vpsguard/conf.d/10.toml', toml(22))
  write('xdg2/vpsguard/conf.d/20.toml', toml(23))
  write('xdg2/vpsguard/conf.d/30.txt', 'not read')
  write('here/vpsguard.toml', toml(24))
  write('elsewhere/other.toml', toml(25))
  write('plain/x', '')
  const XDG_CONFIG_HOME = join(cwd, 'xdg')

  it('nowhere: the defaults', async () => {
    expect(await threshold({}, join(cwd, 'plain'))).toBe('# no config file: the defaults 10')
  })
  it("the user's folder", async () => {
    expect(await threshold({ XDG_CONFIG_HOME }, join(cwd, 'plain'))).toBe('# from /xdg/vpsguard/vpsguard.toml 21')
  })
  it('with its conf.d, the last name last', async () => {
    const env = { XDG_CONFIG_HOME: join(cwd, 'xdg2') }
    expect(await threshold(env, join(cwd, 'plain'))).toBe(
      '# from /xdg2/vpsguard/vpsguard.toml, /xdg2/vpsguard/conf.d/10.toml, /xdg2/vpsguard/conf.d/20.toml 23',
    )
  })
  it('the present folder before it', async () => {
    expect(await threshold({ XDG_CONFIG_HOME }, join(cwd, 'here'))).toBe('# from /here/vpsguard.toml 24')
  })
  it('--config, before or behind the verb, and no other', async () => {
    const file = join(cwd, 'elsewhere', 'other.toml')
    expect(await threshold({ XDG_CONFIG_HOME }, join(cwd, 'here'), ['-c', file])).toBe(
      '# from /elsewhere/other.toml 25',
    )
    const behind = await run(['config', 'show', '--config', file], { cwd })
    expect(behind.stdout).toMatch(/# from .*other\.toml/)
  })
  it('a variable above all', async () => {
    const env = { VPSGUARD_RULES_BRUTE_FORCE_THRESHOLD: '26' }
    expect(await threshold(env, join(cwd, 'here'))).toBe('# from /here/vpsguard.toml 26')
  })
  it.each(NOTIFIERS.flatMap(({ id, secrets }) => secrets.map(key => [id, key])))(
    'the secret of %s that is called %s is known as one',
    (id, key) => expect(isSecret(['notify', id, key])).toBe(true),
  )
  it('a secret is shown by nothing, right or wrong', async () => {
    write('hidden.toml', '[notify.webhook]\nurl = "https://hook.example/AAAA"\nsecret = "BBBBBBBB"\n')
    const shown = await run(['config', 'show', '-c', 'hidden.toml'], { cwd })
    expect(shown.stdout).toMatch(/\[notify\.webhook\][^[]*url = "\(not shown\)"\nsecret = "\(not shown\)"/)
    expect(shown.stdout).not.toMatch(/AAAA|BBBB/)
    write(
      'short.toml',
      '[notify.webhook]\nurl = "htps://hook.example/AAAA"\nsecret = "BBBB"\n[notify.email]\npassword = 1234\n',
    )
    const wrong = await run(['config', 'validate', '-c', 'short.toml'], { cwd })
    expect(wrong.stderr).toMatch(
      /short\.toml:3: notify\.webhook\.secret: expected at least 8 characters; found a text of 4/,
    )
    expect(wrong.stderr).toMatch(
      /short\.toml:5: notify\.email\.password: expected a text in quotes; found a number, not/,
    )
    expect(wrong.stderr).not.toMatch(/AAAA|BBBB|1234/)
    expect(wrong.code).toBe(3)
  })
  it('a mistake in conf.d is told with its file', async () => {
    write('xdg3/vpsguard/conf.d/10.toml', '\n[outptu]\n')
    const ran = await run(['config', 'show'], { cwd: join(cwd, 'plain'), env: { XDG_CONFIG_HOME: join(cwd, 'xdg3') } })
    expect(ran.stderr).toMatch(/conf\.d\/10\.toml:2: outptu: is not a known key \(did you mean output\?\)/)
    expect(ran.code).toBe(3)
  })
  it('a mistake in a variable is told with the variable', async () => {
    const unknown = await run(['config', 'show'], { cwd, env: { VPSGUARD_OUTPUT_FORMT: 'json' } })
    expect(unknown.stderr).toMatch(
      /VPSGUARD_OUTPUT_FORMT: names no key of the config \(did you mean VPSGUARD_OUTPUT_FORMAT\?\)/,
    )
    expect(unknown.code).toBe(3)
    const wrong = await run(['config', 'show'], { cwd, env: { VPSGUARD_OUTPUT_VERBOSITY: 'loud' } })
    expect(wrong.stderr).toMatch(/VPSGUARD_OUTPUT_VERBOSITY: output\.verbosity: expected a number; found "loud"/)
    expect(wrong.code).toBe(3)
    const list = await run(['config', 'show'], { cwd, env: { VPSGUARD_WHITELIST_IPS: '192.0.2.1,1.2.3' } })
    expect(list.stderr).toMatch(/VPSGUARD_WHITELIST_IPS: whitelist\.ips: expected an address .*; found "1\.2\.3"/)
  })
  it('files that it names are meant from its own folder', async () => {
    write('rel/vpsguard.toml', '[whitelist]\nfiles = ["mine.txt"]\n')
    write('rel/mine.txt', '203.0.113.7\n')
    write('rel.log', text(failures('203.0.113.7', 12)))
    const report = await analyze(['rel.log', '-c', 'rel/vpsguard.toml'], { cwd })
    expect(report.summary).toMatchObject({ findings: 0, whitelisted_events: 12 })
  })
  it.runIf(IS_ROOT)('as root, not from a file that others may write', async () => {
    const file = write('foreign/vpsguard.toml', '')
    chownSync(file, NOBODY, NOBODY)
    const ran = await run(['config', 'show'], { cwd: join(cwd, 'foreign') })
    expect(ran.stderr).toMatch(/is not used: root reads only a config that root owns/)
    expect(ran.code).toBe(3)
  })
})

describe.concurrent('writing a config', () => {
  it('print-default is valid, as it stands and with every key in force', async () => {
    const { stdout } = await run(['config', 'print-default'], { cwd })
    write('default.toml', stdout)
    write('live.toml', stdout.replace(/^# ([a-z0-9_]+ = \S.*)$/gm, '$1'))
    for (const name of ['default.toml', 'live.toml']) {
      expect(await run(['config', 'validate', name], { cwd })).toEqual({
        code: 0,
        stdout: `${name}: valid\n`,
        stderr: '',
      })
    }
    const show = async (...args: string[]): Promise<string> =>
      (await run(['config', 'show', ...args], { cwd })).stdout.replace(/^#.*\n/, '')
    expect(await show('live.toml')).toBe(await show())
  })

  it('init writes it, not over one that is there', async () => {
    const first = await run(['init', 'new.toml'], { cwd })
    expect(first).toMatchObject({ code: 0, stdout: '' })
    expect((await run(['config', 'validate', 'new.toml'], { cwd })).code).toBe(0)
    const second = await run(['init', 'new.toml'], { cwd })
    expect(second.stderr).toMatch(/new\.toml is there already\n {2}try: vpsguard init new\.toml --force/)
    expect(second.code).toBe(2)
    expect((await run(['init', 'new.toml', '--force', '-q'], { cwd })).stderr).toBe('')
    expect((await run(['init', 'no/new.toml'], { cwd })).stderr).toMatch(/there is no folder no/)
  })
})

describe.concurrent("the issue's example config", () => {
  const example = `[rules.brute_force]
enabled = true
threshold = 10
window_minutes = 60
severity = "high"
[rules.breach_detection]
enabled = true
failures_before_success = 5
severity = "critical"
[rules.quiet_hours]
enabled = true
start = 23
end = 6
timezone = "UTC"
severity = "medium"
[whitelist]
ips = ["192.168.1.1", "10.0.0.0/8"]
[blacklist]
ips = ["198.51.100.0/24"]
[output]
format = "terminal"
verbosity = 1
`
  write(
    'example.log',
    text(
      failures('10.1.2.3', 40, { from: 500 }),
      failures('203.0.113.7', 11, { from: 600 }),
      failures('203.0.113.8', 6, { user: 'deploy', from: 660 }),
      login('203.0.113.8', 'deploy', 667),
      failures('198.51.100.9', 1, { from: 700 }),
      login('203.0.113.60', 'nora', 23 * 60 + 30),
    ),
  )
  write('example.toml', example)
  const findings = async (...changes: [from: string, to: string][]) => {
    const name = `example-${changes.flat().join('-').replaceAll(/\W/g, '')}.toml`
    let toml = example
    for (const [from, to] of changes) {
      expect(toml).toContain(from)
      toml = toml.replace(from, to)
    }
    write(name, toml)
    const { findings: all, summary } = await analyze(['example.log', '-c', name], { cwd })
    const of = (rule: string): string[] =>
      all.filter(finding => finding.rule === rule).map(({ severity, sources }) => `${severity} ${sources.join()}`)
    return { of, summary }
  }

  it('loads unchanged', async () => {
    const ran = await run(['config', 'validate', 'example.toml'], { cwd })
    expect(ran).toEqual({ code: 0, stdout: 'example.toml: valid\n', stderr: '' })
  })

  it('means what it says', async () => {
    const { of, summary } = await findings()
    expect(of('brute-force')).toEqual(['high 203.0.113.7'])
    expect(of('breach-detection')).toEqual(['critical 203.0.113.8'])
    expect(of('quiet-hours')).toEqual(['medium 203.0.113.60'])
    expect(of('blacklisted-source')).toEqual([expect.stringMatching(/ 198\.51\.100\.9$/)])
    expect(summary.whitelisted_events).toBe(40)
  })

  const effects: [what: string, changes: [string, string][], rule: string, expected: string[]][] = [
    ['brute_force.enabled', [['enabled = true', 'enabled = false']], 'brute-force', []],
    ['brute_force.threshold', [['threshold = 10', 'threshold = 12']], 'brute-force', []],
    ['brute_force.window_minutes', [['window_minutes = 60', 'window_minutes = 5']], 'brute-force', []],
    ['brute_force.severity', [['severity = "high"', 'severity = "low"']], 'brute-force', ['low 203.0.113.7']],
    [
      'breach_detection.enabled',
      [['[rules.breach_detection]\nenabled = true', '[rules.breach_detection]\nenabled = false']],
      'breach-detection',
      [],
    ],
    [
      'breach_detection.failures_before_success',
      [['failures_before_success = 5', 'failures_before_success = 7']],
      'breach-detection',
      [],
    ],
    [
      'breach_detection.severity',
      [['severity = "critical"', 'severity = "medium"']],
      'breach-detection',
      ['medium 203.0.113.8'],
    ],
    [
      'quiet_hours.enabled',
      [['[rules.quiet_hours]\nenabled = true', '[rules.quiet_hours]\nenabled = false']],
      'quiet-hours',
      [],
    ],
    ['quiet_hours.start', [['start = 23', 'start = 0']], 'quiet-hours', []],
    [
      'quiet_hours.end',
      [
        ['start = 23', 'start = 22'],
        ['end = 6', 'end = 23'],
      ],
      'quiet-hours',
      [],
    ],
    ['quiet_hours.timezone', [['timezone = "UTC"', 'timezone = "Asia/Tokyo"']], 'quiet-hours', []],
    ['quiet_hours.severity', [['severity = "medium"', 'severity = "info"']], 'quiet-hours', ['info 203.0.113.60']],
    ['whitelist.ips', [['"10.0.0.0/8"', '"203.0.113.7", "10.1.0.0/16"']], 'brute-force', []],
    ['whitelist.ips, shorter', [[', "10.0.0.0/8"', '']], 'brute-force', ['high 10.1.2.3', 'high 203.0.113.7']],
    ['blacklist.ips', [['198.51.100.0/24', '192.0.2.0/24']], 'blacklisted-source', []],
  ]
  it.each(effects)('%s has its effect', async (_, changes, rule, expected) => {
    expect((await findings(...changes)).of(rule).sort()).toEqual(expected)
  })

  it('output.format and output.verbosity have theirs', async () => {
    write('json.toml', example.replace('format = "terminal"', 'format = "json"'))
    const json = await run(['analyze', 'example.log', '--rules-only', '-c', 'json.toml'], { cwd })
    expect(JSON.parse(json.stdout).findings.length).toBeGreaterThan(2)
    const lengths = await Promise.all(
      [0, 1, 2].map(async level => {
        write(`v${level}.toml`, example.replace('verbosity = 1', `verbosity = ${level}`))
        return (await run(['analyze', 'example.log', '--rules-only', '-c', `v${level}.toml`], { cwd })).stdout.length
      }),
    )
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b))
    expect(new Set(lengths).size).toBe(3)
  })
})
