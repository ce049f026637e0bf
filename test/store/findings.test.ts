import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Problem } from '../../src/core/errors.ts'
import { DAY, formatTime, WEEK } from '../../src/core/time.ts'
import { DEFAULT_RETENTION } from '../../src/store/index.ts'
import { makeFolder, open } from './helpers.ts'
import { makeFinding, NOW } from './records.ts'

describe('findings', () => {
  it('come back as they went in', () => {
    const folder = makeFolder()
    const finding = makeFinding('f1', { details: { interval: 30, prefixes: ['203.0.113.0/24'] } })
    const { store } = open(folder)
    expect(store.findings.upsert(finding, NOW)).toBe('new')
    store.close()
    expect(open(folder).store.findings.get('f1')).toEqual({
      finding,
      status: 'open',
      firstRecorded: NOW,
      lastRecorded: NOW,
      sequence: 1,
    })
  })

  it('are updated and not repeated; what is equal adds nothing to the chain', () => {
    const { store } = open(makeFolder())
    store.findings.upsert(makeFinding('f1'), NOW)
    const reordered = Object.fromEntries(Object.entries(makeFinding('f1')).reverse())
    expect(store.findings.upsert({ ...makeFinding('f1'), ...reordered }, NOW + 1)).toBe('unchanged')
    expect(store.chainHead().sequence).toBe(1)
    expect(store.findings.upsert(makeFinding('f1', { count: 13 }), NOW + 2)).toBe('updated')
    expect(store.chainHead().sequence).toBe(2)
    expect(store.findings.list()).toHaveLength(1)
    expect(store.findings.get('f1')).toMatchObject({
      finding: { count: 13 },
      firstRecorded: NOW,
      lastRecorded: NOW + 2,
    })
  })

  it('a closed one opens again with its next revision only', () => {
    const { store } = open(makeFolder())
    store.findings.upsert(makeFinding('f1'), NOW)
    store.findings.setStatus(['f1', 'not there'], 'closed')
    store.findings.upsert(makeFinding('f1'), NOW + 1)
    expect(store.findings.list({ status: 'closed' })).toHaveLength(1)
    store.findings.upsert(makeFinding('f1', { count: 99 }), NOW + 2)
    expect(store.findings.list({ status: 'open' })).toHaveLength(1)
  })

  it('are found by the beginning of an id, if it is one only', () => {
    const { store } = open(makeFolder())
    for (const id of ['abc1', 'abc2', 'abd1', 'x%_']) store.findings.upsert(makeFinding(id), NOW)
    expect(store.findings.get('abd')?.finding.id).toBe('abd1')
    expect(store.findings.get('x%')?.finding.id).toBe('x%_')
    expect(store.findings.get('%')).toBeUndefined()
    expect(store.findings.get('')).toBeUndefined()
    expect(() => store.findings.get('ab')).toThrow(Problem)
  })

  it('are listed by what a person asks for', () => {
    const { store } = open(makeFolder())
    const run = store.runs.begin('analyze', ['/var/log/auth.log'], NOW)
    const old = { first_seen: formatTime(NOW - 10 * DAY), last_seen: formatTime(NOW - 9 * DAY) }
    store.findings.upsert(makeFinding('old', old), NOW)
    store.findings.upsert(makeFinding('info', { severity: 'info', rule: 'log-gap' }), NOW, run)
    store.findings.upsert(
      makeFinding('campaign', { kind: 'campaign', sources: ['2001:db8::/64', '198.51.100.1'] }),
      NOW,
      run,
    )
    const ids = (query: Parameters<typeof store.findings.list>[0]) =>
      store.findings.list(query).map(({ finding }) => finding.id)
    expect(ids({})).toEqual(['campaign', 'info', 'old'])
    expect(ids({ since: NOW - DAY })).toEqual(['campaign', 'info'])
    expect(ids({ until: NOW - DAY })).toEqual(['old'])
    expect(ids({ severity: 'high' })).toEqual(['campaign', 'old'])
    expect(ids({ rule: 'log-gap' })).toEqual(['info'])
    expect(ids({ kind: 'campaign' })).toEqual(['campaign'])
    expect(ids({ source: '2001:db8::/64' })).toEqual(['campaign'])
    expect(ids({ source: '198.51.100' })).toEqual([])
    expect(ids({ run })).toEqual(['campaign', 'info'])
    expect(ids({ limit: 1 })).toEqual(['campaign'])
    expect(store.findings.idsOfRun(run)).toEqual(['campaign', 'info'])
  })
})

describe('the chain', () => {
  it('of an empty memory is intact', () => {
    expect(open(makeFolder()).store.verify()).toMatchObject({
      intact: true,
      entries: 0,
      findings: 0,
      head: { sequence: 0 },
    })
  })

  it('holds when it is pruned by age, by hand and to nothing', () => {
    const clock = { time: NOW }
    const { store } = open(makeFolder(), { now: () => clock.time })
    for (let i = 0; i < 20; i++) {
      clock.time += 10 * DAY
      store.findings.upsert(makeFinding(`f${i}`), clock.time)
      if (i % 3 === 0) store.findings.upsert(makeFinding('long', { count: i + 1 }), clock.time)
    }
    const { removed } = store.prune({ ...DEFAULT_RETENTION, findings: 65 * DAY })
    expect(removed.findings).toBeGreaterThan(10)
    expect(store.findings.list().map(({ finding }) => finding.id)).toEqual([
      'f13',
      'f14',
      'f15',
      'f16',
      'f17',
      'f18',
      'f19',
      'long',
    ])
    const report = store.verify()
    expect(report).toMatchObject({ intact: true, faults: [], findings: 8 })
    expect(report.from).toBeGreaterThan(10)
    expect(store.prune({ ...DEFAULT_RETENTION, findings: 65 * DAY }).removed).toEqual({})
    store.findings.upsert(makeFinding('later'), clock.time)
    expect(store.clear('findings', clock.time)).toBeGreaterThan(0)
    expect(store.clear('findings')).toBeGreaterThan(0)
    expect(store.verify()).toMatchObject({ intact: true, findings: 0, faults: [] })
  })

  it('is not emptied by a clock that was set back', () => {
    const { store } = open(makeFolder())
    store.findings.upsert(makeFinding('before'), NOW)
    store.findings.upsert(makeFinding('wrong'), 0)
    store.findings.upsert(makeFinding('after'), NOW)
    store.prune()
    expect(store.findings.count()).toBe(3)
  })

  it('is held against a head that was told elsewhere', () => {
    const folder = makeFolder()
    const { store } = open(folder)
    for (let i = 0; i < 5; i++) store.findings.upsert(makeFinding(`f${i}`), NOW)
    const told = store.chainHead()
    store.findings.upsert(makeFinding('f5'), NOW)
    expect(store.verify(told).intact).toBe(true)
    expect(store.verify({ ...told, hash: 'f'.repeat(64) }).faults[0].what).toContain('written anew')
    expect(store.verify({ ...told, sequence: 99 }).faults[0].what).toContain('taken away')
    // Whoever can write the file can take entries from the end: only the head that was told shows it.
    const raw = new DatabaseSync(join(folder, 'vpsguard.db'))
    raw.exec('DELETE FROM findings WHERE sequence > 3; DELETE FROM finding_log WHERE sequence > 3')
    raw.close()
    expect(store.verify().intact).toBe(true)
    expect(store.verify(told).intact).toBe(false)
  })

  it('shows every change that is made behind its back', () => {
    const folder = makeFolder()
    const { store } = open(folder)
    for (let i = 0; i < 12; i++) store.findings.upsert(makeFinding(`f${i % 8}`, { count: i + 1 }), NOW + i)
    store.findings.cut(2, NOW, 'retention')
    const { from, head } = store.verify()
    const raw = new DatabaseSync(join(folder, 'vpsguard.db'))
    raw.exec('CREATE TEMP TABLE keep_findings AS SELECT * FROM findings')
    raw.exec('CREATE TEMP TABLE keep_log AS SELECT * FROM finding_log')
    const entry = fc.integer({ min: from, max: head.sequence })
    const id = fc.integer({ min: 2, max: 7 }).map(n => `f${n}`)
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const change = fc.oneof(
      fc.record({
        sql: fc.constant('UPDATE finding_log SET at = at + ?1 WHERE sequence = ?2'),
        value: fc.integer({ min: 1 }),
        key: entry,
      }),
      fc.record({
        sql: fc.constant('UPDATE finding_log SET count = count + ?1 WHERE sequence = ?2'),
        value: fc.integer({ min: 1, max: 1e9 }),
        key: entry,
      }),
      fc.record({
        sql: fc.constant('UPDATE finding_log SET subject = subject || ?1 WHERE sequence = ?2'),
        value: fc.string({ minLength: 1 }),
        key: entry,
      }),
      fc.record({
        sql: fc.constant('UPDATE finding_log SET digest = ?1 WHERE sequence = ?2'),
        value: bytes,
        key: entry,
      }),
      fc.record({ sql: fc.constant('UPDATE finding_log SET hash = ?1 WHERE sequence = ?2'), value: bytes, key: entry }),
      fc.record({
        sql: fc.constant('DELETE FROM finding_log WHERE sequence = ?2 AND ?1'),
        value: fc.constant(1),
        key: entry,
      }),
      fc.record({
        sql: fc.constant('DELETE FROM finding_log WHERE sequence <= ?2 AND ?1'),
        value: fc.constant(1),
        key: entry,
      }),
      fc.record({
        sql: fc.constant("UPDATE findings SET body = json_set(body, '$.title', ?1) WHERE id = ?2"),
        value: fc.string(),
        key: id,
      }),
      fc.record({
        sql: fc.constant('UPDATE findings SET rank = rank + ?1 WHERE id = ?2'),
        value: fc.integer({ min: 1, max: 4 }),
        key: id,
      }),
      fc.record({
        sql: fc.constant('UPDATE findings SET last_seen = last_seen + ?1 WHERE id = ?2'),
        value: fc.integer({ min: 1, max: 1e9 }),
        key: id,
      }),
      fc.record({ sql: fc.constant('DELETE FROM findings WHERE id = ?2 AND ?1'), value: fc.constant(1), key: id }),
    )
    fc.assert(
      fc.property(change, ({ sql, value, key }) => {
        const { changes } = raw.prepare(sql).run(value, key)
        const report = store.verify()
        undo()
        expect(changes).toBeGreaterThan(0)
        expect(report.intact).toBe(false)
        if (typeof key === 'number' && sql.startsWith('UPDATE')) expect(report.brokenAt).toBe(key)
      }),
      { numRuns: 200 },
    )
    raw.close()

    function undo(): void {
      raw.exec('DELETE FROM findings; DELETE FROM finding_log')
      raw.exec('INSERT INTO findings SELECT * FROM keep_findings; INSERT INTO finding_log SELECT * FROM keep_log')
    }
  })
})

describe('this week against last week', () => {
  it('tells what is new, gone and growing', () => {
    const clock = { time: NOW - 10 * DAY }
    const { store } = open(makeFolder(), { now: () => clock.time })
    const seen = (first: number, last: number) => ({ first_seen: formatTime(first), last_seen: formatTime(last) })
    store.findings.upsert(makeFinding('gone', seen(NOW - 12 * DAY, NOW - 10 * DAY)), clock.time)
    store.findings.upsert(makeFinding('grows', { ...seen(NOW - 12 * DAY, NOW - 10 * DAY), count: 5 }), clock.time)
    store.findings.upsert(makeFinding('long ago', seen(NOW - 40 * DAY, NOW - 30 * DAY)), clock.time)
    clock.time = NOW
    store.findings.upsert(makeFinding('grows', { ...seen(NOW - 12 * DAY, NOW - DAY), count: 50 }), NOW)
    store.findings.upsert(makeFinding('fresh', { ...seen(NOW - DAY, NOW - DAY), rule: 'web-scan' }), NOW)
    expect(store.runs.compareWeeks(NOW)).toEqual({
      from: NOW - 2 * WEEK,
      split: NOW - WEEK,
      until: NOW,
      fresh: [{ id: 'fresh', rule: 'web-scan', count: 12 }],
      gone: [{ id: 'gone', rule: 'brute-force', count: 12 }],
      growing: [{ id: 'grows', rule: 'brute-force', count: 50, before: 5 }],
      byRule: [
        { rule: 'brute-force', lastWeek: 2, thisWeek: 1 },
        { rule: 'web-scan', lastWeek: 0, thisWeek: 1 },
      ],
    })
  })
})
