/** Where results go: whole or not at all, on full disks, closed pipes and Ctrl-C. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseReport } from '../../src/sinks/reports/schema.ts'
import { appears, ended, failures, IS_ROOT, NOBODY, run, shell, start, text, workspace } from '../support/cli.ts'

const { path: cwd, write } = workspace()
write('auth.log', text(failures('203.0.113.7', 12)))
/** More than a pipe, a block of output and a small disk hold. */
write('large.log', text(failures('203.0.113.7', 4000)))
const FULL = '/dev/full'

const leftovers = (folder: string): string[] => readdirSync(folder).filter(name => name.endsWith('.tmp'))

describe.concurrent('a report in a file', () => {
  it.each([
    ['report.html', /^<!doctype html>/i],
    ['report.json', /^\{\n {2}"schema_version"/],
    ['report.jsonl', /^\{"type":/],
    ['report.md', /^# /],
    ['report.csv', /^"?id"?,/],
    ['report.txt', /findings? needs? attention/],
    ['report.log', /findings? needs? attention/],
  ])('%s: its ending chooses the format', async (name, begins) => {
    const ran = await run(['analyze', 'auth.log', '--rules-only', '-o', name], { cwd })
    expect(ran).toEqual({ code: 0, stdout: '', stderr: `Report written to ${name}\n` })
    expect(readFileSync(join(cwd, name), 'utf8')).toMatch(begins)
  })

  it('--format goes before the ending, --json is --format json', async () => {
    await run(['analyze', 'auth.log', '--rules-only', '-f', 'json', '-o', 'a.html'], { cwd })
    await run(['analyze', 'auth.log', '--rules-only', '--json', '-o', 'b.html'], { cwd })
    for (const name of ['a.html', 'b.html']) {
      expect(parseReport(readFileSync(join(cwd, name), 'utf8'), name).summary.lines).toBe(12)
    }
    const dash = await run(['analyze', 'auth.log', '--rules-only', '--json', '-o', '-'], { cwd })
    expect(parseReport(dash.stdout, '-').summary.lines).toBe(12)
  })

  it('is not for everybody to read, and takes the place of the one before', async () => {
    write('again.json', 'old')
    await run(['analyze', 'auth.log', '--rules-only', '-o', 'again.json'], { cwd })
    expect(parseReport(readFileSync(join(cwd, 'again.json'), 'utf8'), 'again.json').findings.length).toBeGreaterThan(0)
    expect(statSync(join(cwd, 'again.json')).mode & 0o007).toBe(0)
  })

  it('behind a link is written there, and the link stays', async () => {
    write('target.json', 'old')
    symlinkSync('target.json', join(cwd, 'link.json'))
    await run(['analyze', 'auth.log', '--rules-only', '-o', 'link.json'], { cwd })
    expect(realpathSync(join(cwd, 'link.json'))).toBe(realpathSync(join(cwd, 'target.json')))
    expect(readFileSync(join(cwd, 'target.json'), 'utf8')).toMatch(/^\{/)
  })

  it('may be a device, which stays one', async () => {
    const ran = await shell('$V analyze auth.log --rules-only --json -o /dev/stdout | cat', { cwd })
    expect(parseReport(ran.stdout, 'stdout').summary.lines).toBe(12)
    await run(['analyze', 'auth.log', '--rules-only', '-o', '/dev/null'], { cwd })
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  it('that cannot be: said before the log is read', async () => {
    const noFolder = await run(['analyze', 'nope.log', '-o', 'no/r.html'], { cwd })
    expect(noFolder.stderr).toBe('vpsguard: no/r.html cannot be written: there is no folder no\n  try: mkdir -p no\n')
    expect(noFolder.code).toBe(4)
    mkdirSync(join(cwd, 'dir'))
    const folder = await run(['analyze', 'nope.log', '-o', 'dir'], { cwd })
    expect(folder.stderr).toMatch(/dir is a folder, not a file to write\n {2}try: dir\/report\.html/)
    expect(folder.code).toBe(2)
  })

  it.runIf(IS_ROOT)('where one may not write: exit 5', async () => {
    mkdirSync(join(cwd, 'mine'), { mode: 0o755 })
    execFileSync('chmod', ['755', cwd])
    const ran = await run(['analyze', 'auth.log', '-o', 'mine/r.html'], { cwd, uid: NOBODY })
    expect(ran.stderr).toMatch(/mine\/r\.html may not be written\n {2}try: name another place with --output/)
    expect(ran.code).toBe(5)
  })
})

describe.concurrent('a disk that is full', () => {
  it
    .runIf(existsSync(FULL))
    .each([
      [['analyze', 'auth.log', '--rules-only']],
      [['analyze', 'auth.log', '--rules-only', '--json']],
      [['parse', 'large.log']],
      [['parse', 'large.log', '--stats']],
      [['generate']],
      [['rules', 'list']],
      [['config', 'print-default']],
    ])('under stdout: %j', async args => {
    const ran = await run(args, { cwd, stdout: FULL })
    expect(ran.stderr).toMatch(/^vpsguard: standard output cannot be written: the disk is full\n {2}try: make room/)
    expect(ran.code).toBe(4)
  })

  // A limit on the size of files is a full disk that needs no privilege.
  it.each([
    'analyze auth.log --rules-only -o limited.html',
    'parse large.log -o limited.json',
    'generate -o limited.log',
    'generate --entries 1 -o small.log --truth limited.truth --attack-profile brute:0.5 --days 3000',
  ])('by a limit: %s', async line => {
    const name = /limited\.\w+/.exec(line)?.[0] ?? ''
    const ran = await shell(`ulimit -f 1; exec $V ${line}`, { cwd })
    if (ran.code === 0) return expect(existsSync(join(cwd, name))).toBe(true)
    expect(ran.stderr).toContain(`${name} cannot be written: it would be larger than the system allows`)
    expect(ran.stderr).not.toMatch(/\n\s+at /)
    expect(ran.code).toBe(4)
    expect(existsSync(join(cwd, name))).toBe(false)
    expect(leftovers(cwd).filter(left => left.startsWith(name))).toEqual([])
  })

  const disk = join(cwd, 'disk')
  mkdirSync(disk)
  const mounted = IS_ROOT && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', disk]).status === 0
  afterAll(() => {
    if (mounted) spawnSync('umount', [disk])
  })
  it.runIf(mounted)('really: nothing is left behind, and what was there stays', async () => {
    execFileSync('sh', ['-c', `echo old > ${disk}/report.html`])
    for (const line of ['analyze auth.log --rules-only -o', 'parse large.log -o', 'generate -o']) {
      const ran = await run([...line.split(' '), join(disk, 'report.html')], { cwd })
      expect(ran.stderr).toMatch(
        /report\.html cannot be written: the disk is full; nothing of it was left behind\n {2}try: make room/,
      )
      expect(ran.code).toBe(4)
      expect(readdirSync(disk)).toEqual(['report.html'])
      expect(readFileSync(join(disk, 'report.html'), 'utf8')).toBe('old\n')
    }
  })
})

describe.concurrent('a pipe that closes', () => {
  it.each([
    'parse large.log',
    'generate --entries 20000',
    'rules show brute-force',
    'analyze large.log --rules-only -vv',
    'config print-default',
  ])('%s | head -1', async line => {
    const ran = await shell(`$V ${line} | head -1; echo "codes \${PIPESTATUS[*]}"`, { cwd })
    expect(ran.stderr).toBe('')
    expect(ran.stdout).toMatch(/\ncodes 0 0\n$/)
    expect(ran.stdout.split('\n')).toHaveLength(3)
  })

  it('of messages loses no report', async () => {
    const ran = await shell('$V analyze auth.log nope.log --rules-only --json 2> >(exec true) > kept.json; echo $?', {
      cwd,
    })
    expect(ran.stdout).toBe('4\n')
    expect(parseReport(readFileSync(join(cwd, 'kept.json'), 'utf8'), 'kept.json').summary.lines).toBe(12)
  })
})

describe.concurrent('Ctrl-C', () => {
  const interrupted = async (folder: string, args: string[], stdin: string | undefined): Promise<void> => {
    mkdirSync(join(cwd, folder))
    // The first sign of life is that the result's place is tried.
    const alive = appears(join(cwd, folder), name => name.endsWith('.tmp'))
    const child = start([...args, '-o', `${folder}/out.json`], { cwd })
    if (stdin !== undefined) child.stdin.write(stdin)
    const end = ended(child)
    await alive
    child.kill('SIGINT')
    const ran = await end
    expect(ran).toEqual({ code: 130, stdout: '', stderr: '' })
    expect(readdirSync(join(cwd, folder))).toEqual([])
  }

  it('while stdin is silent', () => interrupted('silent', ['analyze', '-'], undefined))
  it('in the middle of stdin', () => interrupted('middle', ['analyze', '-'], text(failures('203.0.113.7', 2000))))
  it('while events are written', () => interrupted('events', ['parse', '-'], text(failures('203.0.113.7', 2000))))
  it('while threads read a large file', async () => {
    const line = failures('203.0.113.7', 1)[0]
    write('huge.log', `${line}\n`.repeat(600_000))
    await interrupted('threads', ['analyze', 'huge.log'], undefined)
  })
  it('SIGTERM leaves nothing behind either', async () => {
    mkdirSync(join(cwd, 'term'))
    const alive = appears(join(cwd, 'term'), name => name.endsWith('.tmp'))
    const child = start(['parse', '-', '-o', 'term/out.json'], { cwd })
    child.stdin.write(text(failures('203.0.113.7', 2)))
    const end = ended(child)
    await alive
    child.kill('SIGTERM')
    expect((await end).code).toBe(130)
    expect(readdirSync(join(cwd, 'term'))).toEqual([])
  })
})

describe.concurrent('streams that are closed', () => {
  it.each(['<&-', '>&-', '2>&-', '<&- >&- 2>&-'])('%s', async closed => {
    const ran = await shell(`$V analyze auth.log --rules-only ${closed}; echo code $? >&3`, { cwd })
    expect(ran.stderr).not.toMatch(/\n\s+at /)
    const inner = await shell(`exec 3>&1; $V analyze auth.log --rules-only ${closed}; echo code $? >&3`, { cwd })
    expect(inner.stdout).toMatch(/code 0\n$/)
  })
})
