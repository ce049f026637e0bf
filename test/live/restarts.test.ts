/** What is read when: first starts, restarts, `--once`, pauses, rotation, logs that come later, streams. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../../src/core/finding.ts'
import { analyze, type Ran, run, type Workspace, workspace } from '../support/cli.ts'
import { until } from '../support/until.ts'
import { append, blocksIn, essence, findingOf, findingsIn, guesses, LiveProgram, storyOf } from './program.ts'

const CONFIG = '[watch]\ncheckpoint_seconds = 1\n[response]\nbackend = "dry"\n'
const A = '203.0.113.7'
const B = '203.0.113.8'
const C = '203.0.113.9'
const DAY = 86_400_000

function setUp(): { place: Workspace; log: string; state: string; flags: string[]; once: () => Promise<Ran> } {
  const place = workspace()
  const log = place.write('auth.log', '')
  const flags = ['--config', place.write('vpsguard.toml', CONFIG), '--rules-only']
  const once = (): Promise<Ran> => run(['watch', '--once', '--json', ...flags, log], { cwd: place.path })
  return { place, log, state: join(place.path, '.state'), flags, once }
}

/** The findings of a run, as its JSON Lines tell them. */
const toldBy = ({ stdout }: { stdout: string }): { change: string; finding: Finding }[] =>
  stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))

const accused = (ran: { stdout: string }): string[] => toldBy(ran).flatMap(({ finding }) => finding.sources)

describe('a first start', () => {
  it('records what stood in the logs, and neither tells nor answers it; a restart tells what happened meanwhile', async () => {
    const { place, log, state, flags } = setUp()
    // A log that ended long ago beside one that goes on: what waits for the other's lines stood there as well.
    const old = place.write('old.log', guesses(C, 40, { end: Date.now() - 3 * DAY, user: 'admin' }))
    append(log, guesses(A, 40))
    const args = ['--json', ...flags, log, old]
    const first = new LiveProgram(place, args)
    await first.said(/learnt from; what was found in them is recorded/)
    await findingOf(state, 'brute-force', A)
    await findingOf(state, 'brute-force', C)
    expect(await first.stop()).toBe(0)
    expect(first.stdout).toBe('')
    expect(blocksIn(state)).toEqual([])

    append(log, guesses(B, 40, { pid: 5000 }))
    const second = new LiveProgram(place, args)
    await until(() => (blocksIn(state).some(({ prefix }) => prefix === B) ? true : undefined))
    expect(await second.stop()).toBe(0)
    expect(new Set(accused(second))).toEqual(new Set([B]))
    expect(blocksIn(state).map(({ prefix }) => prefix)).toEqual([B])
  })

  it('from the end leaves out what stood there', async () => {
    const { place, log, state, flags } = setUp()
    append(log, guesses(A, 40))
    const program = new LiveProgram(place, ['--from', 'end', ...flags, log])
    await program.live()
    append(log, guesses(B, 40, { pid: 5000 }))
    await findingOf(state, 'brute-force', B)
    expect(findingsIn(state).flatMap(({ sources }) => sources)).not.toContain(A)
    expect(await program.stop()).toBe(0)
  })
})

describe('--once', () => {
  it('reads only what is new, and says whether it was bad', async () => {
    const { place, log, state, flags, once } = setUp()
    append(log, guesses(A, 40))
    expect(accused(await once())).toEqual([])
    append(log, guesses(B, 20, { pid: 5000 }))
    const second = await run(['watch', '--once', '--json', '--fail-on', 'medium', ...flags, log], { cwd: place.path })
    expect(second.code).toBe(1)
    expect(new Set(accused(second))).toEqual(new Set([B]))
    expect(accused(await once())).toEqual([])
    // The same attack goes on, and is the same finding.
    append(log, guesses(B, 60, { pid: 6000 }))
    expect(toldBy(await once()).map(({ change }) => change)).toContain('updated')
    const report = await analyze([log], { cwd: place.path })
    expect(findingsIn(state).map(essence)).toEqual(report.findings.map(essence).sort((a, b) => (a.id < b.id ? -1 : 1)))
  })

  it('reads a stream to its end', async () => {
    const { place, state, flags } = setUp()
    const ran = await run(['watch', '--once', ...flags, '-'], { cwd: place.path, stdin: guesses(A, 40) })
    expect(ran.code).toBe(0)
    expect(findingsIn(state).find(({ rule }) => rule === 'brute-force')).toMatchObject({ sources: [A], count: 40 })
  })
})

it('a stream that ends is the end of a watch', async () => {
  const { place, state, flags } = setUp()
  const program = new LiveProgram(place, [...flags, '-'])
  program.stdin.write(guesses(A, 40))
  await findingOf(state, 'brute-force', A)
  program.stdin.end(guesses(B, 40, { pid: 5000 }))
  expect(await program.ended()).toBe(0)
  expect(findingsIn(state).flatMap(({ sources }) => sources)).toContain(B)
})

it('--interval looks every so often', async () => {
  const { place, log, state, flags } = setUp()
  const program = new LiveProgram(place, ['--interval', '1s', ...flags, log])
  await program.live()
  append(log, guesses(A, 40))
  await findingOf(state, 'brute-force', A)
  expect(await program.stop()).toBe(0)
})

it('the journal is read to the end that it had before anything is told', async () => {
  const { place, state, flags } = setUp()
  const record = (source: string, i: number): string =>
    JSON.stringify({
      __CURSOR: `s=1;i=${source}.${i}`,
      __REALTIME_TIMESTAMP: String((Date.now() - 100_000 + i * 1000) * 1000),
      SYSLOG_IDENTIFIER: 'sshd',
      _PID: String(4000 + i),
      _HOSTNAME: 'web-1',
      MESSAGE: `Failed password for root from ${source} port ${40000 + i} ssh2`,
    })
  const records = (source: string): string => Array.from({ length: 40 }, (_, i) => `${record(source, i)}\n`).join('')
  const journal = place.write('journal', records(A))
  // Stands in for journalctl: the last record, or all of them and what comes.
  const bin = join(place.path, 'bin')
  place.write(
    'bin/journalctl',
    `#!/bin/sh\ncase "$*" in *--lines=1*) tail -n 1 ${journal} ;; *) sleep 1; exec tail -n +1 -f ${journal} ;; esac\n`,
    0o755,
  )
  const PATH = `${bin}:${process.env.PATH}`
  const program = new LiveProgram(place, ['--json', '--journal', ...flags], { env: { PATH } })
  await program.said(/learnt from; what was found in them is recorded/)
  await findingOf(state, 'brute-force', A)
  append(journal, records(B))
  await findingOf(state, 'brute-force', B)
  await until(() => (program.stdout.includes(B) ? true : undefined))
  expect(await program.stop()).toBe(0)
  expect(program.stdout).not.toContain(A)
})

describe('rotation', () => {
  it('while watching: renamed, copied and truncated', async () => {
    const { place, log, flags } = setUp()
    const program = new LiveProgram(place, [...flags, log])
    await program.live()
    append(log, guesses(A, 30))
    renameSync(log, `${log}.1`)
    writeFileSync(log, guesses(B, 30, { pid: 5000 }))
    await program.read(60)
    copyFileSync(log, `${log}.0`)
    truncateSync(log)
    append(log, guesses(C, 30, { pid: 6000 }))
    await program.read(90)
    expect(await program.stop()).toBe(0)
    const found = findingsIn(program.folder).filter(({ rule }) => rule === 'brute-force')
    expect(found.map(({ sources, count }) => [sources, count]).sort()).toEqual([
      [[A], 30],
      [[B], 30],
      [[C], 30],
    ])
  })

  it('several times while the daemon was down', async () => {
    const { place, log, state, flags } = setUp()
    const args = [...flags, log]
    const program = new LiveProgram(place, args)
    await program.live()
    append(log, guesses(A, 30))
    await program.read(30)
    expect(await program.stop()).toBe(0)
    append(log, guesses(A, 30, { pid: 4500 }))
    for (const [i, source] of [B, C].entries()) {
      for (const age of [2, 1])
        try {
          renameSync(`${log}.${age}`, `${log}.${age + 1}`)
        } catch {
          // There is none of that age yet.
        }
      renameSync(log, `${log}.1`)
      writeFileSync(log, guesses(source, 30, { pid: 5000 + 1000 * i }))
    }
    writeFileSync(`${log}.2.gz`, gzipSync(readFileSync(`${log}.2`)))
    renameSync(`${log}.2`, join(place.path, 'gone'))
    const second = new LiveProgram(place, args)
    await second.read(120)
    expect(await second.stop()).toBe(0)
    const found = findingsIn(state).filter(({ rule }) => rule === 'brute-force')
    expect(found.map(({ sources, count }) => [sources, count]).sort()).toEqual([
      [[A], 60],
      [[B], 30],
      [[C], 30],
    ])
  })
})

it('a log that comes later and fits the pattern is followed; so is one beyond a restart', async () => {
  const { place, log, state, flags } = setUp()
  const args = [...flags, join(place.path, '*.log')]
  const program = new LiveProgram(place, args)
  await program.live()
  append(log, guesses(A, 20))
  place.write('later.log', guesses(B, 20, { pid: 5000 }))
  await findingOf(state, 'brute-force', A)
  await findingOf(state, 'brute-force', B)
  await program.said(/other logs match now/)
  append(log, guesses(A, 20, { pid: 4500 }))
  await program.read(60)
  expect(await program.stop()).toBe(0)
  place.write('down.log', guesses(C, 20, { pid: 6000 }))
  const second = new LiveProgram(place, args)
  await findingOf(state, 'brute-force', C)
  expect(await second.stop()).toBe(0)
  expect(
    findingsIn(state)
      .map(({ sources, count }) => [sources, count])
      .sort(),
  ).toEqual([
    [[A], 40],
    [[B], 20],
    [[C], 20],
  ])
})

const DATA = process.env.VPSGUARD_DATA ?? resolve(import.meta.dirname, '../../../shared/data')
const REAL = ['auth/elastic-ec2-2017.log', 'web/apache-blog-2015.log']
const readable = REAL.every(name => existsSync(join(DATA, name)))

describe.skipIf(!readable)('a real log, replayed at speed (needs VPSGUARD_DATA)', () => {
  it.each(REAL)('%s: in three runs of --once as in analyze', async name => {
    const place = workspace()
    const whole = readFileSync(join(DATA, name))
    const log = place.write('some.log', '')
    const state = join(place.path, '.state')
    mkdirSync(state, { mode: 0o700 })
    const flags = ['--config', place.write('vpsguard.toml', CONFIG), '--year', '2017', '--timezone', 'UTC']
    for (let part = 0; part < 3; part++) {
      const cut = (share: number): number =>
        share === 3 ? whole.length : whole.indexOf('\n', (whole.length * share) / 3) + 1
      append(log, whole.subarray(part === 0 ? 0 : cut(part), cut(part + 1)).toString('latin1'))
      const { code } = await run(['watch', '--once', ...flags, log], { cwd: place.path })
      expect(code).toBe(0)
    }
    const { stdout } = await run(['analyze', '--json', ...flags, log], { cwd: place.path })
    const { findings } = JSON.parse(stdout) as { findings: Finding[] }
    const rules = (list: readonly Finding[]): unknown[] =>
      list
        .filter(({ kind }) => kind === 'rule')
        .map(essence)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
    const stories = (list: readonly Finding[]): string[] =>
      list
        .filter(({ kind }) => kind !== 'rule')
        .map(one => JSON.stringify(storyOf(one)))
        .sort()
    const live = findingsIn(state)
    expect(rules(live)).toEqual(rules(findings))
    expect(stories(live)).toEqual(stories(findings))
  })
})
