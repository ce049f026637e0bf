/** Several inputs: rotated sets, folders, globs, stdin and files merged in time; and threads that change nothing. */
import { spawnSync } from 'node:child_process'
import { readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Report } from '../../src/core/report.ts'
import { analyze, failures, login, peakMemory, run, text, workspace } from '../support/cli.ts'

const { path: cwd, write } = workspace()
const MODIFIED = new Date('2026-03-05T00:00:00Z')

/** Compresses with the system's own tool, as logrotate does; undefined where it is not installed. */
function xz(content: string): Uint8Array | undefined {
  const { status, stdout } = spawnSync('/bin/sh', ['-c', 'xz -c'], { input: content })
  return status === 0 ? stdout : undefined
}

const lines = failures('203.0.113.7', 50)
const part = (at: number): string => text(lines.slice(at * 10, at * 10 + 10))
const oldest = xz(part(0))

function rotatedFolder(name: string): void {
  if (oldest !== undefined) write(`${name}/auth.log.4.xz`, oldest)
  else write(`${name}/auth.log.4`, part(0))
  write(`${name}/auth.log.3.zst`, zstdCompressSync(part(1)))
  write(`${name}/auth.log.2.gz`, gzipSync(part(2)))
  write(`${name}/auth.log.1`, part(3))
  const newest = write(`${name}/auth.log`, part(4))
  write(`${name}/auth.log.bak`, text(failures('203.0.113.99', 12)))
  write(`${name}/other.log.1`, text(failures('203.0.113.98', 12)))
  utimesSync(newest, MODIFIED, MODIFIED)
}

describe.concurrent('a rotated set', () => {
  rotatedFolder('set')

  it('is read by the name of the log: every line once, in the order of time', async () => {
    const { stdout, stderr } = await run(['parse', 'set/auth.log', '--rotated', '--year', '2026'], { cwd })
    const events: { port: number; time: string; origin: { path: string } }[] = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(stderr).toBe('')
    expect(events.map(event => event.port)).toEqual(Array.from({ length: 50 }, (_, i) => 40000 + i))
    expect([...new Set(events.map(event => event.origin.path))]).toEqual([
      oldest === undefined ? 'set/auth.log.4' : 'set/auth.log.4.xz',
      'set/auth.log.3.zst',
      'set/auth.log.2.gz',
      'set/auth.log.1',
      'set/auth.log',
    ])
  })

  it('is one story, with the lines of every part in it', async () => {
    const report = await analyze(['set/auth.log', '--rotated'], { cwd })
    expect(report.summary.lines).toBe(50)
    expect(report.findings[0]).toMatchObject({ sources: ['203.0.113.7'] })
    expect(report.findings.filter(finding => finding.rule === 'brute-force')).toHaveLength(1)
  })

  it('is not read twice where its parts are named too', async () => {
    const report = await analyze(['set/auth.log', 'set/auth.log.1', 'set/auth.log.2.gz', '--rotated'], { cwd })
    expect(report.summary.lines).toBe(50)
  })

  it('without the flag is the log alone', async () => {
    expect((await analyze(['set/auth.log'], { cwd })).summary.lines).toBe(10)
  })

  it('with a part that is damaged keeps the others', async () => {
    rotatedFolder('hurt')
    write('hurt/auth.log.2.gz', gzipSync(part(2)).subarray(0, 12))
    const ran = await run(['analyze', 'hurt/auth.log', '--rotated', '--rules-only', '--json'], { cwd })
    const report: Report = JSON.parse(ran.stdout)
    expect(report.summary.lines).toBeGreaterThanOrEqual(40)
    expect(report.inputs.find(input => input.path.endsWith('.2.gz'))?.notes?.join()).toMatch(/is damaged or cut/)
  })
})

describe.concurrent('several logs', () => {
  write('ssh.log', text(failures('203.0.113.7', 6, { from: 600 }), failures('203.0.113.7', 6, { from: 620 })))
  write('more.log', text(failures('203.0.113.7', 6, { from: 610 }), login('203.0.113.7', 'root', 630)))
  write(
    'web.log',
    text(
      Array.from(
        { length: 10 },
        (_, i) => `203.0.113.7 - - [04/Mar/2026:10:${10 + i}:30 +0000] "GET /p${i} HTTP/1.1" 404 9 "-" "x"`,
      ),
    ),
  )
  const times = async (paths: string[], stdin?: string): Promise<string[]> => {
    const { stdout } = await run(['parse', ...paths, '--year', '2026'], {
      cwd,
      ...(stdin === undefined ? {} : { stdin }),
    })
    return stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line).time)
  }

  it('of several kinds are merged in time', async () => {
    const merged = await times(['web.log', 'ssh.log', 'more.log'])
    expect(merged).toHaveLength(29)
    expect(merged).toEqual([...merged].sort())
  })

  it('tell a story that none of them tells alone', async () => {
    const report = await analyze(['ssh.log', 'more.log', '--year', '2026'], { cwd })
    const breach = report.findings.find(finding => finding.rule === 'breach-detection')
    expect(breach?.sources).toEqual(['203.0.113.7'])
    expect(new Set(breach?.evidence.map(line => line.path))).toEqual(new Set(['ssh.log', 'more.log']))
  })

  it('in whatever order they are named give the same findings', async () => {
    const story = ({ findings }: Report): unknown =>
      findings.map(({ id, rule, count, sources }) => ({ id, rule, count, sources }))
    const [one, other] = await Promise.all([
      analyze(['ssh.log', 'more.log', 'web.log', '--year', '2026'], { cwd }),
      analyze(['web.log', 'more.log', 'ssh.log', '--year', '2026'], { cwd }),
    ])
    expect(story(other)).toEqual(story(one))
  })

  it('may be stdin beside a file', async () => {
    const merged = await times(['-', 'web.log'], text(failures('203.0.113.7', 6, { from: 612 })))
    expect(merged).toHaveLength(16)
    expect(merged).toEqual([...merged].sort())
  })
})

describe.concurrent('a large file', () => {
  /** Past the size at which threads take over. */
  beforeAll(async () => {
    const ran = await run(
      [
        'generate',
        '--entries',
        '90000',
        '--days',
        '6',
        '--start',
        '2026-03-01',
        '--seed',
        '3',
        '-o',
        'large.log',
        '--attack-profile',
        'brute:0.02',
        'breach:0.002',
      ],
      { cwd },
    )
    expect(ran.code).toBe(0)
  })

  it('read by threads gives what it gives read from a pipe', async () => {
    const bytes = readFileSync(join(cwd, 'large.log'))
    expect(bytes.length).toBeGreaterThan(7 << 20)
    const [threads, pipe] = await Promise.all([
      analyze(['large.log', '--year', '2026'], { cwd }),
      analyze(['-', '--year', '2026'], { cwd, stdin: bytes }),
    ])
    const plain = (report: Report): unknown =>
      JSON.parse(JSON.stringify({ ...report, generated_at: '' }).replaceAll('"large.log"', '"-"'))
    expect(plain(threads)).toEqual(plain(pipe))
    expect(threads.findings.length).toBeGreaterThan(2)
  })

  it('parsed by threads has every event, its line and its offset', async () => {
    const [threads, pipe] = await Promise.all([
      run(['parse', 'large.log', '--year', '2026'], { cwd }),
      run(['parse', '-', '--year', '2026'], { cwd, stdin: readFileSync(join(cwd, 'large.log')) }),
    ])
    expect(threads.stdout.replaceAll('"large.log"', '"-"') === pipe.stdout).toBe(true)
    expect(threads.stdout.length).toBeGreaterThan(1e6)
  })
})

describe.concurrent('a year that the stamps do not have', () => {
  const days = ['Feb 20', 'Feb 28', 'Feb 29', 'Mar  1']
  const log = (perDay: number, names: readonly string[]): string =>
    text(names.flatMap(day => failures('203.0.113.7', perDay).map(line => line.replace('Mar  4', day))))
  const year = async (name: string, content: string): Promise<string> => {
    const path = write(name, content)
    utimesSync(path, MODIFIED, MODIFIED)
    const { stdout } = await run(['parse', name], { cwd })
    return JSON.parse(stdout.slice(0, stdout.indexOf('\n'))).time.slice(0, 4)
  }

  it.each([1, 12_000])('is a leap year where 29 February stands in the log (%i lines a day)', async perDay => {
    expect(await year(`leap-${perDay}.log`, log(perDay, days))).toBe('2024')
    expect(await year(`plain-${perDay}.log`, log(perDay, ['Feb 20', 'Feb 28', 'Mar  1']))).toBe('2026')
  })

  it('is found across New Year', async () => {
    expect(await year('wrap.log', log(10_000, ['Nov  3', 'Dec 31', 'Feb 28', 'Mar  1']))).toBe('2025')
    expect(await year('wrapleap.log', log(10_000, ['Nov  3', 'Dec 31', 'Feb 28', 'Feb 29', 'Mar  1']))).toBe('2023')
  })
})

describe('thousands of files', () => {
  it('by a pattern cost little each', async () => {
    const [line] = failures('203.0.113.7', 1)
    for (let file = 0; file < 2000; file++) write(`thousands/${file}.log`, text([line]))
    const { stdout, peak, code } = await peakMemory(
      ['analyze', 'thousands/*.log', '--rules-only', '--json', '--year', '2026'],
      { cwd },
    )
    const report: Report = JSON.parse(stdout)
    expect(code).toBe(0)
    expect(report.inputs).toHaveLength(2000)
    expect(report.findings.map(({ count }) => count)).toEqual([2000])
    // Kilobytes: the program alone takes about half of it.
    expect(peak).toBeLessThan(300_000)
  })
})
