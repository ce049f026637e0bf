/** What a person may name as an input, and is none: the path, what is wrong with it, what to do; the rest is still read. */
import { execFileSync } from 'node:child_process'
import { chmodSync, linkSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { analyze, failures, IS_ROOT, NOBODY, type RunOptions, run, text, workspace } from '../support/cli.ts'

const { path: cwd, write } = workspace()
chmodSync(cwd, 0o755)
write('auth.log', text(failures('203.0.113.7', 12)))
write('empty.log', '')
write('wide.log', Buffer.from(`\ufeff${text(failures('203.0.113.7', 12))}`, 'utf16le'))
mkdirSync(join(cwd, 'nothing'))
write('onlyempty/a.log', '')
write('folder/auth.log', text(failures('203.0.113.7', 12)))
write('folder/.hidden', 'no log')
write('secret.log', text(failures('203.0.113.9', 12)), 0o600)
mkdirSync(join(cwd, 'locked'), { mode: 0o700 })
write('locked/auth.log', text(failures('203.0.113.9', 12)))
execFileSync('mkfifo', [join(cwd, 'pipe')])
symlinkSync('loop', join(cwd, 'loop'))
symlinkSync('auth.log', join(cwd, 'link.log'))
linkSync(join(cwd, 'auth.log'), join(cwd, 'hard.log'))
symlinkSync('..', join(cwd, 'folder', 'up'))

/** Root may read everything, so root tests as somebody else; for others the mode itself forbids. */
const stranger: RunOptions = IS_ROOT ? { cwd, uid: NOBODY } : { cwd }
if (!IS_ROOT) {
  chmodSync(join(cwd, 'secret.log'), 0)
  chmodSync(join(cwd, 'locked'), 0)
}

const cases: [what: string, path: string, code: number, says: RegExp, advises: RegExp][] = [
  ['an absent path', 'nope.log', 4, /nope\.log does not exist/, /spelling/],
  ['a path below a file', 'auth.log/x', 4, /auth\.log\/x leads through something that is no folder/, /^/],
  ['an empty path', '', 4, /an empty path is named: ""/, /variable/],
  ['an empty file', 'empty.log', 4, /empty\.log is empty/, /--rotated/],
  ['a folder without logs', 'nothing', 4, /nothing is a folder without log files/, /expected: a log file/],
  ['a folder with nothing but empty files', 'onlyempty', 4, /nothing to read/, /--rotated/],
  ['a device', '/dev/zero', 4, /\/dev\/zero is a device, not a log file/, /- for stdin/],
  ['a FIFO', 'pipe', 4, /pipe is a FIFO, not a log file/, /vpsguard analyze -/],
  ['a loop of links', 'loop', 4, /loop is a symbolic link that leads back to itself/, /remove the link/],
  ['a pattern that matches nothing', '*.nope', 4, /nothing matches \*\.nope/, /ls/],
  ['text of two bytes a character', 'wide.log', 4, /wide\.log is UTF-16 text/, /iconv -f UTF-16/],
  ['a file that the kernel makes up', '/proc/version', 4, /\/proc\/version is a file of the kernel/, /regular file/],
  ['a pattern in an unreadable folder', 'locked/*.log', 5, /locked may not be read/, /as root/],
  ['an unreadable file', 'secret.log', 5, /secret\.log may not be read/, /as root, or add your user to the group/],
  ['an unreadable folder', 'locked', 5, /locked may not be read/, /as root/],
  ['a file in an unreadable folder', 'locked/auth.log', 5, /locked\/auth\.log may not be read/, /as root/],
]

describe.concurrent('what is no log', () => {
  it.each(cases)('%s', async (_, path, code, says, advises) => {
    const ran = await run(['analyze', path], code === 5 ? stranger : { cwd })
    expect(ran.stderr).toMatch(says)
    expect(ran.stderr).toMatch(advises)
    // Once is enough.
    expect(ran.stderr.match(new RegExp(says.source, 'g'))).toHaveLength(1)
    expect(ran.stderr).not.toMatch(/\n\s+at /)
    expect(ran.stdout).toBe('')
    expect(ran.code).toBe(code)
  })

  it.each([4, 5])('beside a good one: the good one is analysed (exit %i)', async exit => {
    const bad = cases.filter(([what, , code]) => code === exit && !what.includes('nothing but empty'))
    const args = ['analyze', '--rules-only', '--json', ...bad.map(([, path]) => path), 'auth.log']
    const ran = await run(args, exit === 5 ? stranger : { cwd })
    const { findings, notes } = JSON.parse(ran.stdout)
    expect(findings[0].sources).toEqual(['203.0.113.7'])
    for (const [, , , says] of bad) expect(notes.join('\n')).toMatch(says)
    // Of many, the report names them all; ten are told at the terminal.
    for (const [, , , says] of bad.slice(0, 10)) expect(ran.stderr).toMatch(says)
    expect(ran.stderr).not.toMatch(/\n\s+at /)
    expect(ran.code).toBe(exit)
  })

  it('several at once: each is told, once', async () => {
    const ran = await run(['analyze', 'nope.log', 'empty.log', 'pipe', 'loop'], { cwd })
    expect(ran.code).toBe(4)
    expect(ran.stderr.split('\n')).toEqual([
      'vpsguard: these cannot be read:',
      '  nope.log does not exist',
      '  empty.log is empty',
      '  pipe is a FIFO, not a log file',
      '  loop is a symbolic link that leads back to itself',
      '',
    ])
  })

  it('--quiet hides no problem', async () => {
    const ran = await run(['analyze', '-q', '--rules-only', 'nope.log', 'auth.log'], { cwd })
    expect(ran.stderr).toMatch(/nope\.log does not exist/)
    expect(ran.code).toBe(4)
  })

  it('parse says the same', async () => {
    const ran = await run(['parse', 'nope.log', 'auth.log'], { cwd })
    expect(ran.stderr).toMatch(/nope\.log does not exist/)
    expect(ran.stdout.split('\n').length).toBe(13)
    expect(ran.code).toBe(4)
  })

  it.each([
    [
      '[  970.699396] web-1 sshd[403]: ',
      /count from the start of the machine.*short-monotonic.*-o short-iso or -o json/,
    ],
    ['', /no time stamp \(journalctl -o cat\).*-o short-iso or -o json/],
  ])('lines without a time: %j', async (head, says) => {
    const lines = Array.from({ length: 5 }, () => `${head}Failed password for root from 203.0.113.7 port 4242 ssh2`)
    const { inputs } = await analyze(['-'], { cwd, stdin: text(lines) })
    expect(inputs[0].notes?.[0]).toMatch(says)
  })

  it('a packed file of which nothing can be read ends nothing', async () => {
    write('torn.gz', Uint8Array.of(0x1f, 0x8b, 0x08))
    const ran = await run(['analyze', '--rules-only', 'torn.gz', 'auth.log'], { cwd })
    expect(ran.stderr).toMatch(/torn\.gz is damaged or cut/)
    expect(ran.stdout).toMatch(/203\.0\.113\.7/)
    expect(ran.code).toBe(4)
    write('tail.gz', Buffer.concat([gzipSync(text(failures('203.0.113.7', 12))), Buffer.from('junk\n')]))
    const whole = await analyze(['tail.gz'], { cwd })
    expect(whole.inputs[0]).toMatchObject({ lines: 12, notes: [expect.stringContaining('what follows')] })
    const alone = await run(['analyze', 'torn.gz'], { cwd })
    expect(alone.code).toBe(4)
    expect(alone.stderr.match(/damaged or cut/g)).toHaveLength(1)
  })
})

describe.concurrent('what is a log', () => {
  it.each(['folder', 'folder/', 'fol*/*.log', 'link.log', './folder/../auth.log'])('%s', async path => {
    const report = await analyze([path], { cwd })
    expect(report.inputs).toHaveLength(1)
    expect(report.summary.lines).toBe(12)
  })

  it('is read once, whatever it is called', async () => {
    const report = await analyze(['auth.log', './auth.log', 'link.log', 'hard.log', '*th.log'], { cwd })
    expect(report.inputs.map(input => input.path)).toEqual(['auth.log'])
  })

  it('may be stdin, given once or twice', async () => {
    const report = await analyze(['-', '-'], { cwd, stdin: text(failures('203.0.113.7', 12)) })
    expect(report.inputs).toMatchObject([{ path: '-', lines: 12 }])
    expect(report.findings[0].evidence[0].text).toMatch(/Failed password for root from 203\.0\.113\.7/)
  })

  it('may be stdin that is empty or closed', async () => {
    const { stdout, stderr, code } = await run(['analyze', '-'], { cwd })
    expect(stdout).toMatch(/Nothing to judge: no security event in what was read/)
    expect(stdout).toMatch(/empty: not one line/)
    expect([code, stderr]).toEqual([0, ''])
  })

  it('may stand behind -- where its name begins with a dash', async () => {
    write('-x.log', text(failures('203.0.113.7', 12)))
    expect((await analyze(['--', '-x.log'], { cwd })).summary.lines).toBe(12)
  })

  it('may be one of very many', async () => {
    for (let i = 0; i < 500; i++)
      write(`many/${String(i).padStart(4, '0')}.log`, failures(`203.0.113.${i % 250}`, 1, { from: i })[0])
    const report = await analyze(['many'], { cwd })
    expect(report.inputs).toHaveLength(500)
    expect(report.summary.lines).toBe(500)
  })

  it('without a security event: it says so plainly', async () => {
    write(
      'cron.log',
      text(
        Array.from(
          { length: 40 },
          (_, i) => `Mar  4 10:${10 + i}:01 web-1 CRON[${i + 1}]: pam_unix(cron:session): session closed for user root`,
        ),
      ),
    )
    const { stdout, stderr, code } = await run(['analyze', 'cron.log'], { cwd })
    expect(stdout).toMatch(/Nothing to judge: no security event in what was read/)
    expect(stdout).toMatch(/40 lines/)
    expect([code, stderr]).toEqual([0, ''])
  })
})
