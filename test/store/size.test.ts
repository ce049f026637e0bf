import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/core/random.ts'
import { DAY, MINUTE } from '../../src/core/time.ts'
import { DEFAULT_RETENTION, LEAST_CAP, type PruneReport, type Store } from '../../src/store/index.ts'
import { makeFolder, open } from './helpers.ts'
import { makeBlock, makeFinding, makeNotice, NOW } from './records.ts'

/** Text that does not shrink when it is compressed. */
function noise(bytes: number, seed: number): string {
  const random = createRandom(seed)
  const eight = (): string => random.below(0x1_0000_0000).toString(16).padStart(8, '0')
  return Array.from({ length: bytes / 8 }, eight).join('')
}

function size(folder: string): number {
  return ['', '-wal', '-shm']
    .map(companion => join(folder, `vpsguard.db${companion}`))
    .reduce((sum, path) => sum + (existsSync(path) ? statSync(path).size : 0), 0)
}

describe('the size cap', () => {
  it('holds after every write, whatever fills it', () => {
    const folder = makeFolder()
    const { store } = open(folder, { cap: LEAST_CAP })
    const reports: PruneReport[] = []
    store.onPruned = report => reports.push(report)
    const text = noise(20_000, 1)
    const fill: ((i: number) => void)[] = [
      i => store.findings.upsert(makeFinding(`f${i}`, { reasons: [{ text: text + i }] }), NOW + i),
      i => store.outbox.enqueue([makeNotice(`n${i}`, { state: 'sent', settled: NOW + i, error: text })]),
      i => store.blocks.addBlock(makeBlock(`b${i}`, { state: 'expired', ended: NOW + i, reason: text })),
      i => store.runs.begin('analyze', [text], NOW + i),
      i => store.outbox.enqueue([makeNotice(`w${i}`, { created: NOW + i, error: text })]),
    ]
    let largest = 0
    for (const write of fill) {
      for (let i = 0; i < 1500; i++) {
        write(i)
        largest = Math.max(largest, size(folder))
      }
    }
    expect(largest).toBeLessThanOrEqual(LEAST_CAP)
    expect(reports.length).toBeGreaterThan(5)
    for (const report of reports) expect(report.after).toBeLessThanOrEqual(report.before)
    expect(store.verify().intact).toBe(true)
    // Messages that wait go last, and the oldest of them first.
    expect(store.outbox.notices({ state: 'waiting', limit: 1 })).toMatchObject([{ id: 'w1499' }])
    expect(reports[0].notes.join()).toContain('of findings')
  })

  it('takes what fills the store and leaves the rest', () => {
    const { store } = open(makeFolder(), { cap: LEAST_CAP })
    const rest = (one: Store) => [
      one.findings.list().length,
      one.blocks.counts(),
      one.runs.list().length,
      one.labels.list().length,
    ]
    store.findings.upsert(makeFinding('f'), NOW)
    store.blocks.addBlock(makeBlock('ended', { state: 'expired', ended: NOW }))
    store.blocks.addBlock(makeBlock('active'))
    store.labels.set({ finding: 'f', verdict: 'tp', note: '', at: NOW })
    store.runs.begin('watch', [], NOW)
    const before = rest(store)
    const text = noise(100_000, 2)
    for (let i = 0; i < 400; i++) {
      store.outbox.enqueue([makeNotice(`n${i}`, { state: 'sent', settled: NOW + i, error: text })])
    }
    expect(rest(store)).toEqual(before)
    expect(store.outbox.notices({ limit: 1 })).toMatchObject([{ id: 'n399' }])
  })

  it('holds for one change that is larger than all that is allowed', () => {
    const folder = makeFolder()
    const { store } = open(folder, { cap: LEAST_CAP })
    const text = noise(20_000, 3)
    store.transaction(() => {
      for (let i = 0; i < 2000; i++) store.findings.upsert(makeFinding(`f${i}`, { title: text + i }), NOW)
    })
    expect(size(folder)).toBeLessThanOrEqual(LEAST_CAP)
    expect(store.findings.get('f1999')).toBeDefined()
    expect(store.verify().intact).toBe(true)
  })

  it('keeps the log of checkpoints short', () => {
    const folder = makeFolder()
    const { store } = open(folder, { cap: LEAST_CAP })
    const body = Buffer.from(noise(2_000_000, 4))
    for (let i = 0; i < 40; i++) {
      body.writeUInt32LE(i)
      store.checkpoints.save('engine', [body], NOW + i)
      expect(size(folder)).toBeLessThanOrEqual(LEAST_CAP)
    }
  })

  it('that cannot hold says so and goes on', () => {
    const { store } = open(makeFolder(), { cap: LEAST_CAP })
    const reason = noise(100_000, 5)
    for (let i = 0; i < 300; i++) store.blocks.addBlock(makeBlock(`b${i}`, { reason }))
    const report = store.prune()
    expect(report.after).toBeGreaterThan(LEAST_CAP)
    expect(report.notes.join()).toContain('active blocks')
    expect(store.blocks.counts().active).toBe(300)
  })

  it('gives the room back to the disk', () => {
    const folder = makeFolder()
    const { store } = open(folder)
    const text = noise(20_000, 6)
    store.transaction(() => {
      for (let i = 0; i < 1000; i++) store.findings.upsert(makeFinding(`f${i}`, { title: text + i }), NOW)
    })
    expect(store.clear('findings')).toBe(1000)
    store.prune()
    expect(size(folder)).toBeLessThan(1_000_000)
  })

  it('is 16 MiB at least', () => {
    expect(open(makeFolder(), { cap: 1 }).store.stats().cap).toBe(LEAST_CAP)
  })

  it('counts rows and bytes of every table', () => {
    const { store } = open(makeFolder())
    for (let i = 0; i < 50; i++) store.findings.upsert(makeFinding(`f${i}`), NOW)
    const { tables, files, free } = store.stats()
    expect(tables.find(({ name }) => name === 'findings')?.rows).toBe(50)
    expect(tables.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(100_000)
    expect(files.database + files.wal).toBeGreaterThan(100_000)
    expect(free).toBe(0)
  })
})

describe('retention', () => {
  it('takes what ended long ago and never what is in force', () => {
    const clock = { time: NOW }
    const { store } = open(makeFolder(), { now: () => clock.time })
    store.blocks.addBlock(makeBlock('permanent', { expires: null }))
    store.blocks.addBlock(makeBlock('ended', { state: 'removed', ended: NOW }))
    store.blocks.addBlock(makeBlock('observed', { state: 'observed' }))
    store.outbox.enqueue([makeNotice('waiting'), makeNotice('sent', { state: 'sent', settled: NOW })])
    store.runs.begin('watch', [], NOW)
    store.models.add({ name: 'all', version: 1, created: NOW, body: Buffer.from('model') })
    store.checkpoints.save('engine', [Buffer.from('state')], NOW)
    store.settings.set('mode', 'enforce', NOW)
    store.findings.upsert(makeFinding('f'), NOW)
    store.maintenance.add({ start: NOW, end: NOW + MINUTE, reason: 'r', by: 'b' })
    const narrow = { rule: 'r', field: 'user', value: 'v', created: NOW, reason: '' } as const
    store.labels.suppress({ id: 's', ...narrow, expires: null })
    store.labels.suppress({ id: 't', ...narrow, expires: NOW + DAY })
    clock.time = NOW + DEFAULT_RETENTION.runs - DAY
    expect(store.prune().removed).toEqual({ notices: 1 })
    clock.time = NOW + 1000 * DAY
    expect(store.prune().removed).toEqual({ findings: 1, blocks: 2, runs: 1 })
    expect(store.blocks.activeBlocks().map(({ id }) => id)).toEqual(['permanent'])
    expect(store.outbox.notices({}).map(({ id }) => id)).toEqual(['waiting'])
    expect(store.models.current('all')).toBeDefined()
    expect(store.checkpoints.load('engine')).toBeDefined()
    expect(store.settings.get('mode')).toBe('enforce')
    expect(store.maintenance.list()).toEqual([])
    expect(store.labels.suppressions().map(({ id }) => id)).toEqual(['s'])
  })

  it('clears what a person names, up to a moment', () => {
    const { store } = open(makeFolder())
    store.findings.upsert(makeFinding('old'), NOW)
    store.findings.upsert(makeFinding('new'), NOW + DAY)
    expect(store.clear('findings', NOW + 1)).toBe(1)
    expect(store.findings.list().map(({ finding }) => finding.id)).toEqual(['new'])
    store.settings.set('mode', 'enforce', NOW)
    store.series.append([{ name: 'a', time: NOW, value: 1 }])
    expect(store.clear('settings')).toBe(1)
    expect(store.clear('series')).toBe(3)
    expect(store.series.names()).toEqual([])
    expect(store.clear('checkpoints')).toBe(0)
  })

  it('is nothing to do inside a change', () => {
    const { store } = open(makeFolder())
    expect(() => store.transaction(() => store.prune())).toThrow(TypeError)
  })

  it('frees pages in the file, not in memory only', () => {
    const folder = makeFolder()
    open(folder)
    const raw = new DatabaseSync(join(folder, 'vpsguard.db'))
    expect(raw.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 })
    raw.close()
  })
})
