import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Incident } from '../../src/core/incident.ts'
import { DAY, formatTime, HOUR, MINUTE, SECOND } from '../../src/core/time.ts'
import { makeFolder, open } from './helpers.ts'
import { makeBlock, makeFinding, makeNotice, NOW } from './records.ts'

describe('transactions', () => {
  it('keep all or nothing, and nested ones undo their own part', () => {
    const { store } = open(makeFolder())
    expect(() =>
      store.transaction(() => {
        store.blocks.addBlock(makeBlock('lost'))
        throw new Error('no')
      }),
    ).toThrow('no')
    store.transaction(() => {
      store.blocks.addBlock(makeBlock('kept'))
      expect(() =>
        store.blocks.exclusively(() => {
          store.blocks.addBlock(makeBlock('undone'))
          store.blocks.addBlock(makeBlock('kept'))
        }),
      ).toThrow()
      store.transaction(() => store.blocks.addBlock(makeBlock('also kept')))
    })
    expect(store.blocks.blocks().map(({ id }) => id)).toEqual(['kept', 'also kept'])
  })

  it('refuse to wait for a promise', () => {
    const { store } = open(makeFolder())
    expect(() => store.transaction(async () => store.blocks.addBlock(makeBlock('b')))).toThrow(TypeError)
    expect(store.blocks.blocks()).toEqual([])
  })

  it('show others that something changed', () => {
    const folder = makeFolder()
    const [daemon, command] = [open(folder).store, open(folder).store]
    const before = daemon.dataVersion()
    daemon.settings.set('mine', 1, NOW)
    expect(daemon.dataVersion()).toBe(before)
    command.settings.set('mode', 'enforce', NOW)
    expect(daemon.dataVersion()).not.toBe(before)
    expect(daemon.settings.get('mode')).toBe('enforce')
  })
})

describe('blocks', () => {
  it('come back as they went in', () => {
    const { store } = open(makeFolder())
    const { finding: _, rule: __, ...manual } = makeBlock('m', { origin: 'manual', expires: null, created: NOW - 1 })
    const policy = makeBlock('p', { prefix: '2001:db8:0:1::/64' })
    store.blocks.addBlock(policy)
    store.blocks.addBlock(manual)
    expect(store.blocks.activeBlocks()).toEqual([manual, policy])
    expect(store.blocks.blocks({ limit: 1 })).toEqual([policy])
    expect(store.blocks.blocks({ since: NOW })).toEqual([policy])
    expect(store.blocks.blocksOf('203.0.113.7')).toEqual([manual])
    expect(store.blocks.blocksSince(NOW)).toBe(1)
    expect(store.blocks.blocksSince(0)).toBe(1)
    expect(() => store.blocks.addBlock(policy)).toThrow()
  })

  it('take times that arithmetic left a fraction of', () => {
    const { store } = open(makeFolder())
    store.blocks.addBlock(makeBlock('b', { created: NOW + 0.4, expires: NOW + 0.6 }))
    store.blocks.extendBlock('b', NOW + 100.5)
    expect(store.blocks.block('b')).toMatchObject({ created: NOW, expires: NOW + 101 })
    store.outbox.enqueue([makeNotice('n', { due: NOW + 0.2 })])
    store.outbox.postpone('n', NOW + 0.7, 'refused')
    expect(store.outbox.due(NOW + 1, 1)).toMatchObject([{ due: NOW + 1 }])
  })

  it('end once and are never made shorter', () => {
    const { store } = open(makeFolder())
    for (const id of ['a', 'b']) store.blocks.addBlock(makeBlock(id))
    store.blocks.addBlock(makeBlock('o', { state: 'observed' }))
    store.blocks.extendBlock('a', NOW + 1)
    expect(store.blocks.block('a')?.expires).toBe(NOW + HOUR)
    store.blocks.extendBlock('a', NOW + DAY, 'manual')
    expect(store.blocks.block('a')).toMatchObject({ expires: NOW + DAY, origin: 'manual' })
    store.blocks.extendBlock('a', null)
    store.blocks.extendBlock('a', NOW + 2 * DAY)
    expect(store.blocks.block('a')?.expires).toBeNull()
    store.blocks.endBlock('b', 'removed', NOW + 5)
    store.blocks.endBlock('b', 'expired', NOW + 9)
    store.blocks.extendBlock('b', null)
    expect(store.blocks.block('b')).toMatchObject({ state: 'removed', ended: NOW + 5, expires: NOW + HOUR })
    store.blocks.endBlock('o', 'expired', NOW + 6)
    expect(store.blocks.counts()).toEqual({ active: 1, observed: 0, expired: 1, removed: 1, failed: 0 })
  })
})

describe('the outbox', () => {
  it('takes a notice once, whatever became of it', () => {
    const { store } = open(makeFolder())
    expect(store.outbox.enqueue([makeNotice('a'), makeNotice('b', { due: NOW + 10 }), makeNotice('a')])).toBe(2)
    store.outbox.settle('a', 'sent', NOW)
    expect(store.outbox.enqueue([makeNotice('a')])).toBe(0)
    expect(store.outbox.due(NOW, 10)).toEqual([])
    expect(store.outbox.due(NOW + 10, 10)).toEqual([makeNotice('b', { due: NOW + 10 })])
  })

  it('counts attempts and keeps what happened', () => {
    const { store } = open(makeFolder())
    store.outbox.enqueue(['a', 'b', 'c'].map(id => makeNotice(id)))
    store.outbox.hold('a', NOW + 1, 'quiet hours')
    expect(store.outbox.notices({ state: 'waiting' }).find(({ id }) => id === 'a')).toMatchObject({
      due: NOW + 1,
      attempts: 0,
      error: 'quiet hours',
    })
    store.outbox.postpone('a', NOW + MINUTE, 'connection refused')
    expect(store.outbox.due(NOW, 10).map(({ id }) => id)).toEqual(['b', 'c'])
    store.outbox.settle('a', 'sent', NOW + MINUTE)
    store.outbox.settle('b', 'failed', NOW + 1, 'x'.repeat(100_000))
    store.outbox.settle('c', 'dropped', NOW + 2, 'quiet hours')
    store.outbox.settle('c', 'sent', NOW + 3)
    const [a, c, b] = store.outbox.notices({ since: NOW + 1 })
    expect(a).toMatchObject({ id: 'a', state: 'sent', attempts: 2, error: null, settled: NOW + MINUTE })
    expect(c).toMatchObject({ id: 'c', state: 'dropped', attempts: 0, error: 'quiet hours' })
    expect(b.error?.length).toBeLessThan(5000)
    expect(store.outbox.sentSince('mail', NOW)).toBe(1)
    expect(store.outbox.sentSince('mail', NOW + HOUR)).toBe(0)
    expect(store.outbox.sentSince('slack', NOW)).toBe(0)
    expect(store.outbox.notices({ channel: 'mail', group: 'f1', state: 'failed' })).toHaveLength(1)
  })

  it('keeps what the service calls a message, and whether it was an edit', () => {
    const folder = makeFolder()
    const { store } = open(folder)
    store.outbox.enqueue(['a', 'b', 'c'].map(id => makeNotice(id)))
    store.outbox.settle('a', 'sent', NOW, undefined, { reference: '77', edited: false })
    store.outbox.settle('b', 'sent', NOW + 1, undefined, { reference: '77', edited: true })
    store.close()
    const { outbox } = open(folder).store
    expect(outbox.notices({ state: 'sent' }).map(({ id, reference, edited }) => [id, reference, edited])).toEqual([
      ['b', '77', true],
      ['a', '77', false],
    ])
    expect(outbox.notices({ state: 'sent', edited: false }).map(({ id }) => id)).toEqual(['a'])
    expect(outbox.notices({ state: 'waiting' })).toEqual([makeNotice('c')])
  })
})

describe('incidents and runs', () => {
  const incident = (id: string, changes: Partial<Incident> = {}): Incident => ({
    id,
    title: 'Break-in',
    severity: 'critical',
    risk: 95,
    first_seen: formatTime(NOW - HOUR),
    last_seen: formatTime(NOW),
    findings: ['f1', 'f2'],
    links: ['source 203.0.113.7'],
    sources: ['203.0.113.7'],
    users: ['root'],
    stages: ['access'],
    ...changes,
  })

  it('incidents are replaced, found and merged away', () => {
    const { store } = open(makeFolder())
    store.incidents.upsert([incident('aa1'), incident('ab1', { severity: 'low' })], NOW)
    store.incidents.upsert([incident('aa1', { stages: ['access', 'privilege'] })], NOW + 1)
    expect(store.incidents.get('aa')?.stages).toEqual(['access', 'privilege'])
    expect(store.incidents.list({ severity: 'high' })).toHaveLength(1)
    expect(store.incidents.list({ until: NOW - 2 * HOUR })).toEqual([])
    store.incidents.remove(['aa1'])
    expect(store.incidents.list().map(({ id }) => id)).toEqual(['ab1'])
  })

  it('runs are listed newest first, with their result once they have one', () => {
    const { store } = open(makeFolder())
    const first = store.runs.begin('watch', ['/var/log/auth.log'], NOW)
    const second = store.runs.begin(
      'analyze',
      Array.from({ length: 1000 }, (_, i) => `/logs/${i}`),
      NOW + 1,
    )
    const result = { lines: 10, events: 5, findings: { high: 1 }, exit: 0 }
    store.runs.finish(second, result, NOW + 2)
    const runs = store.runs.list()
    expect(runs.map(({ id, finished }) => [id, finished])).toEqual([
      [second, NOW + 2],
      [first, null],
    ])
    expect(runs[0].result).toEqual(result)
    expect(runs[0].inputs.at(-1)).toBe('and 900 more')
    expect(store.runs.list({ kind: 'watch' })).toHaveLength(1)
  })
})

describe('rates', () => {
  it('are kept by second, minute and hour, with their peaks', () => {
    const { store } = open(makeFolder())
    const start = NOW - HOUR / 2
    const points = Array.from({ length: 600 }, (_, i) => ({
      name: 'requests',
      time: start + i * 500,
      value: i === 100 ? 50 : 1,
    }))
    for (let i = 0; i < points.length; i += 7) store.series.append(points.slice(i, i + 7))
    expect(store.series.read('requests', start, NOW, 10_000).step).toBe(SECOND)
    const fine = store.series.read('requests', start, start + 5 * MINUTE, 300).buckets
    expect(fine).toHaveLength(300)
    expect(fine[50]).toEqual({ time: start + 50 * SECOND, sum: 51, max: 51 })
    const wide = store.series.read('requests', start, start + 5 * MINUTE, 2).buckets
    expect(wide.reduce((sum, { sum: part }) => sum + part, 0)).toBe(649)
    expect(Math.max(...wide.map(({ max }) => max))).toBe(51)
    const month = store.series.read('requests', NOW - 30 * DAY, NOW)
    expect(month).toMatchObject({ step: 2 * HOUR, buckets: [{ sum: 649, max: 51 }] })
  })

  it('add up to the same however they come in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(7200), value: fc.integer({ min: 0, max: 100 }) }), { minLength: 1 }),
        fc.nat(5),
        (raw, size) => {
          const points = raw.map(({ at, value }) => ({ name: 'n', time: NOW - at * SECOND, value }))
          const [whole, parts] = [open(makeFolder()).store, open(makeFolder()).store]
          whole.series.append(points)
          for (let i = 0; i < points.length; i += size + 1) parts.series.append(points.slice(i, i + size + 1))
          const sums = (store: typeof whole) =>
            store.series.read('n', NOW - 3 * HOUR, NOW + SECOND, 1000).buckets.map(({ time, sum }) => ({ time, sum }))
          expect(sums(parts)).toEqual(sums(whole))
          expect(sums(whole).reduce((sum, bucket) => sum + bucket.sum, 0)).toBe(
            points.reduce((sum, { value }) => sum + value, 0),
          )
        },
      ),
      { numRuns: 25 },
    )
  })

  it('grow coarser with age', () => {
    const clock = { time: NOW }
    const { store } = open(makeFolder(), { now: () => clock.time })
    store.series.append([{ name: 'a', time: NOW, value: 3 }])
    const rows = () => store.stats().tables.find(({ name }) => name === 'points')?.rows
    expect(rows()).toBe(3)
    for (const [age, left] of [
      [2 * HOUR, 2],
      [3 * DAY, 1],
      [401 * DAY, 0],
    ]) {
      clock.time = NOW + age
      store.prune()
      expect(rows()).toBe(left)
    }
    expect(store.series.names()).toEqual([])
  })

  it('refuse what would never grow old, no numbers, and names without end', () => {
    const { store } = open(makeFolder())
    const refused = store.series.append([
      { name: 'a', time: NOW + 2 * DAY, value: 1 },
      { name: 'a', time: NOW - 500 * DAY, value: 1 },
      { name: 'a', time: Number.NaN, value: 1 },
      { name: 'a', time: NOW, value: Number.POSITIVE_INFINITY },
      { name: 'x'.repeat(1000), time: NOW, value: 1 },
    ])
    expect(refused).toBe(5)
    const many = Array.from({ length: 1000 }, (_, i) => ({ name: `n${i}`, time: NOW, value: 1 }))
    expect(store.series.append(many)).toBe(1000 - store.series.names().length)
    expect(store.series.names().length).toBeLessThan(200)
  })
})

describe('models and checkpoints', () => {
  it('models: the newest five, and the one in use', () => {
    const { store } = open(makeFolder())
    const body = (n: number) => new TextEncoder().encode(`model ${n} `.repeat(1000))
    const ids = Array.from({ length: 3 }, (_, n) =>
      store.models.add({ name: 'all', version: 1, created: NOW + n, body: body(n) }),
    )
    expect(store.models.use(ids[0])).toBe(true)
    expect(store.models.use(999)).toBe(false)
    expect(new Uint8Array(store.models.current('all')?.body ?? [])).toEqual(body(0))
    for (let n = 3; n < 10; n++) store.models.add({ name: 'all', version: 1, created: NOW + n, body: body(n) })
    expect(store.models.list('all').map(({ created, current }) => [created - NOW, current])).toEqual([
      [9, true],
      [8, false],
      [7, false],
      [6, false],
      [5, false],
    ])
    expect(store.models.current('none')).toBeUndefined()
  })

  it('checkpoints: any bytes come back', () => {
    const { store } = open(makeFolder())
    expect(store.checkpoints.load('engine')).toBeUndefined()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), body => {
        store.checkpoints.save('engine', [body], NOW)
        expect(new Uint8Array(store.checkpoints.load('engine')?.body ?? [1])).toEqual(body)
      }),
    )
  })

  it('checkpoints: the one before is used where the newest is damaged, and both are told where both are', () => {
    const folder = makeFolder()
    const { store } = open(folder)
    for (const [n, text] of ['one', 'two', 'three'].entries())
      store.checkpoints.save('engine', [Buffer.from(text)], NOW + n)
    const raw = new DatabaseSync(join(folder, 'vpsguard.db'))
    const spoil = (generation: number) =>
      raw
        .prepare(
          "UPDATE checkpoints SET body = CAST(substr(body, 1, 6) || 'x' || substr(body, 8) AS BLOB) WHERE generation = ?",
        )
        .run(generation)
    spoil(3)
    const loaded = store.checkpoints.load('engine')
    expect(Buffer.from(loaded?.body ?? []).toString()).toBe('two')
    expect(loaded).toMatchObject({ at: NOW + 1, note: expect.stringContaining('damaged') })
    raw.exec('UPDATE checkpoints SET checksum = zeroblob(32)')
    raw.close()
    expect(store.checkpoints.load('engine')).toMatchObject({
      body: undefined,
      note: expect.stringContaining('damaged'),
    })
    store.checkpoints.save('engine', [Buffer.from('four')], NOW + 9)
    expect(store.checkpoints.load('engine')).toMatchObject({ at: NOW + 9 })
  })

  it('checkpoints: two rows a name, however often it is saved', () => {
    const { store } = open(makeFolder())
    for (let i = 0; i < 50; i++) store.checkpoints.save('engine', [new Uint8Array(100_000).fill(i)], i)
    expect(store.stats().tables.find(({ name }) => name === 'checkpoints')?.rows).toBe(2)
    store.checkpoints.remove('engine')
    expect(store.checkpoints.load('engine')).toBeUndefined()
  })
})

describe('what commands and the daemon tell each other', () => {
  it('settings and the sign of life', () => {
    const { store } = open(makeFolder())
    expect(store.settings.get('mode')).toBeUndefined()
    store.settings.set('mode', { kind: 'enforce', until: NOW }, NOW)
    store.settings.set('mode', null, NOW + 1)
    expect(store.settings.all()).toEqual([{ key: 'mode', value: null, changed: NOW + 1 }])
    store.settings.remove('mode')
    expect(store.settings.all()).toEqual([])
    expect(() => store.settings.set('big', 'x'.repeat(2_000_000), NOW)).toThrow(RangeError)
    expect(store.status.last()).toBeUndefined()
    store.status.beat({ pid: 1, started: NOW, at: NOW, body: {} })
    store.status.beat({ pid: 2, started: NOW, at: NOW + 1, body: { lines: 5 } })
    expect(store.status.last()).toEqual({ pid: 2, started: NOW, at: NOW + 1, body: { lines: 5 } })
  })

  it('labels and suppressions', () => {
    const { store } = open(makeFolder())
    store.findings.upsert(makeFinding('f1'), NOW)
    store.labels.set({ finding: 'f1', verdict: 'tp', note: '', at: NOW })
    store.labels.set({ finding: 'f1', verdict: 'fp', note: 'the backup', at: NOW + 1 })
    expect(store.labels.list({ verdict: 'tp' })).toEqual([])
    expect(store.labels.get('f1')).toEqual({ finding: 'f1', verdict: 'fp', note: 'the backup', at: NOW + 1 })
    store.labels.remove('f1')
    expect(store.labels.list()).toEqual([])
    const narrow = {
      rule: 'brute-force',
      field: 'source',
      value: '198.51.100.1',
      created: NOW,
      reason: 'backup',
    } as const
    store.labels.suppress({ id: 's1', ...narrow, expires: NOW + DAY })
    store.labels.suppress({ id: 't2', ...narrow, expires: null })
    expect(store.labels.suppressions(NOW).map(({ id }) => id)).toEqual(['s1', 't2'])
    expect(store.labels.suppressions(NOW + DAY).map(({ id }) => id)).toEqual(['t2'])
    expect(store.labels.unsuppress('t')).toBe(true)
    expect(store.labels.unsuppress('t')).toBe(false)
    expect(store.labels.suppressions()).toEqual([{ id: 's1', ...narrow, expires: NOW + DAY }])
  })

  it('maintenance windows', () => {
    const { store } = open(makeFolder())
    const window = { start: NOW, end: NOW + HOUR, reason: 'upgrade', by: 'anna' }
    const id = store.maintenance.add(window)
    const later = store.maintenance.add({ ...window, start: NOW + DAY, end: NOW + 2 * DAY })
    expect(store.maintenance.at(NOW - 1)).toEqual([])
    expect(store.maintenance.at(NOW)).toEqual([{ id, ...window }])
    expect(store.maintenance.at(NOW + HOUR)).toEqual([])
    store.maintenance.end(id, NOW + MINUTE)
    store.maintenance.end(later, NOW + MINUTE)
    expect(store.maintenance.list()).toEqual([{ id, ...window, end: NOW + MINUTE }])
  })
})
