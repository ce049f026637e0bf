import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { detect } from '../../src/campaigns/detect.ts'
import { AttemptStore, ROW } from '../../src/campaigns/store.ts'
import { mergeStore } from '../../src/campaigns/store-merge.ts'
import { restoreStore, snapshotStore } from '../../src/campaigns/store-snapshot.ts'
import { SURFACE } from '../../src/campaigns/surfaces.ts'
import { DAY, HOUR } from '../../src/core/time.ts'
import { Translation } from '../../src/kit/state/translation.ts'
import { background, campaign, fill, inOrder, judge, START } from './harness.ts'

const ssh = SURFACE.ssh
const bytesOf = (store: AttemptStore): number =>
  [store.source, store.name, store.first, store.last, store.count, store.bits].reduce(
    (sum, column) => sum + column.byteLength,
    0,
  )

describe('the attempt store', () => {
  it('keeps one row a pair', () => {
    const store = new AttemptStore()
    const root = store.names.idOf(ssh, 'root')
    store.add(START, 3, root, 2)
    store.add(START + 1000, 3, root, 1, ROW.KNOWN)
    expect([store.rows, store.count[0], store.first[0], store.last[0]]).toEqual([1, 3, START, START + 1000])
    expect(store.bits[0]).toBe(ROW.KNOWN | ROW.FIRST)
  })

  it('counts the names beyond the 64th of a source together', () => {
    const store = new AttemptStore()
    for (let i = 0; i < 5000; i++) store.add(START + i, 1, store.names.idOf(ssh, `name${i}`))
    expect(store.rows).toBe(65)
    expect(store.count[64]).toBe(5000 - 64)
    expect(store.names.isRest(store.name[64])).toBe(true)
  })

  it('keeps the evidence of a first line only', () => {
    const store = new AttemptStore()
    const name = store.names.idOf(ssh, 'root')
    store.add(START, 1, name, 1, 0, { ref: { input: 2, line: 7, offset: 900, length: 80, text: 'a line' } })
    store.add(START, 1, name, 1, 0, { ref: { input: 2, line: 8, offset: 980, length: 80 } })
    expect(store.refOf(0)).toEqual({ input: 2, line: 7, offset: 900, length: 80, text: 'a line' })
  })

  it('drops the longest unused when it is full, and says so', () => {
    const store = new AttemptStore(1024)
    for (let i = 0; i < 3000; i++) store.add(START + i * 1000, i, store.names.idOf(ssh, i % 2 === 0 ? 'root' : `n${i}`))
    expect(store.rows).toBeLessThanOrEqual(1024)
    expect(store.rows + store.evicted).toBe(3000)
    expect(store.last[0]).toBeGreaterThan(START + 1000 * 1000)
  })

  it('frees names whose rows are gone', () => {
    const store = new AttemptStore(1024)
    for (let i = 0; i < 100_000; i++) store.add(START + i * 1000, i, store.names.idOf(ssh, `n${i}`))
    expect(store.names.overflow).toBe(0)
    expect(store.names.size).toBeLessThan(3000)
  })

  it('is bounded for a million sources once each and a million names once each', () => {
    const store = new AttemptStore()
    for (let i = 0; i < 1_000_000; i++) store.add(START + i * 100, i, store.names.idOf(ssh, `name${i}`))
    expect(store.rows).toBeLessThanOrEqual(store.limit)
    expect(store.names.size).toBeLessThanOrEqual(1 << 16)
    expect(bytesOf(store)).toBeLessThan(20e6)
    expect(store.attempts).toBe(1_000_000)
  })
})

describe('snapshots', () => {
  const attempts = inOrder([
    ...background(10, 20, 1),
    ...campaign({ sources: 40, duration: HOUR, strategy: 'stuffing', start: START + 12 * DAY, seed: 1 }),
  ])
  const whole = fill(attempts)

  it('restore what was saved', () => {
    const copy = new AttemptStore()
    restoreStore(copy, JSON.parse(JSON.stringify(snapshotStore(whole.store))))
    expect(snapshotStore(copy)).toEqual(snapshotStore(whole.store))
    const options = { budget: 1, networkOf: (source: number) => source }
    const members = (store: AttemptStore) =>
      detect(store, options).campaigns.map(({ membership }) => membership.members.map(({ source }) => source))
    expect(members(copy)).toEqual(members(whole.store))
  })

  it('refuse another shape', () => {
    expect(() => restoreStore(new AttemptStore(), [1, 2])).toThrow(TypeError)
    expect(() => restoreStore(new AttemptStore(), { days: [], span: null, rows: [['x']] })).toThrow(TypeError)
  })

  it('cut anywhere and resumed give what the whole gives', () => {
    const expected = judge(attempts).members
    fc.assert(
      fc.property(fc.nat(attempts.length), cut => {
        const half = fill(attempts.slice(0, cut))
        const resumed = new AttemptStore()
        restoreStore(resumed, snapshotStore(half.store))
        const { store, sources } = fill(attempts.slice(cut), resumed, half.sources)
        const found = detect(store, { budget: 1, networkOf: source => source })
        expect(
          found.campaigns.map(({ membership }) => membership.members.map(({ source }) => sources[source])),
        ).toEqual(expected)
      }),
      { numRuns: 12 },
    )
  })

  it('of two nodes put together give what one would have seen', () => {
    const [left, right] = [0, 1].map(part => fill(attempts.filter((_, i) => i % 2 === part)))
    const sources = [...left.sources]
    const idOf = (id: number): number => {
      const known = sources.indexOf(right.sources[id])
      return known >= 0 ? known : sources.push(right.sources[id]) - 1
    }
    mergeStore(left.store, snapshotStore(right.store), new Translation(right.sources.map((_, id) => idOf(id))))
    const found = detect(left.store, { budget: 1, networkOf: source => source })
    const merged = found.campaigns.map(({ membership }) =>
      membership.members.map(({ source }) => sources[source]).sort(),
    )
    expect(merged).toEqual(judge(attempts).members.map(list => list.sort()))
    expect(left.store.attempts).toBe(whole.store.attempts)
  })
})

describe('two nodes at their limits', () => {
  const merge = (mine: AttemptStore, theirs: AttemptStore): void =>
    mergeStore(mine, JSON.parse(JSON.stringify(snapshotStore(theirs))), new Translation())

  it('keep the rows last used, and count the others', () => {
    const [mine, theirs] = [new AttemptStore(1024), new AttemptStore(1024)]
    for (let i = 0; i < 1800; i++) {
      const store = i % 2 === 0 ? mine : theirs
      store.add(START + i * 1000, i, store.names.idOf(ssh, i % 3 === 0 ? 'root' : `n${i}`))
    }
    merge(mine, theirs)
    expect(mine.rows).toBeLessThanOrEqual(1024)
    expect(mine.rows + mine.evicted).toBe(1800)
    expect(Math.max(...mine.first.subarray(0, mine.rows))).toBe(START + 1799 * 1000)
    // What has no row has no name either.
    expect(mine.names.size).toBeLessThan(1600)
  })

  it('keep the earliest names of a source that has more than are told apart', () => {
    const [mine, theirs, one] = [new AttemptStore(), new AttemptStore(), new AttemptStore()]
    for (let i = 0; i < 200; i++) {
      for (const store of [i % 3 === 0 ? mine : theirs, one])
        store.add(START + i * 1000, 7, store.names.idOf(ssh, `n${i}`))
    }
    merge(mine, theirs)
    const rowsOf = (store: AttemptStore): unknown =>
      Array.from({ length: store.rows }, (_, row) => [
        store.names.text(store.name[row]),
        store.first[row],
        store.count[row],
      ])
    expect(rowsOf(mine)).toEqual(rowsOf(one))
    expect(mine.count.subarray(0, mine.rows).reduce((sum, count) => sum + count, 0)).toBe(200)
  })

  it('take nobody for new whose first row either has dropped', () => {
    const [mine, theirs] = [new AttemptStore(1024), new AttemptStore(1024)]
    theirs.add(START, 5, theirs.names.idOf(ssh, 'early'))
    for (let i = 0; i < 1500; i++) theirs.add(START + (i + 1) * 1000, 10 + i, theirs.names.idOf(ssh, `n${i}`))
    theirs.add(START + HOUR, 5, theirs.names.idOf(ssh, 'late'))
    mine.add(START + 2 * HOUR, 5, mine.names.idOf(ssh, 'root'))
    mine.add(START + 2 * HOUR, 6, mine.names.idOf(ssh, 'root'))
    merge(mine, theirs)
    const isFirst = (source: number): boolean[] =>
      [...mine.source.subarray(0, mine.rows).keys()]
        .filter(row => mine.source[row] === source)
        .map(row => (mine.bits[row] & ROW.FIRST) !== 0)
    expect(isFirst(5)).toEqual([false, false])
    expect(isFirst(6)).toEqual([true])
  })

  it('refuse what is no snapshot', () => {
    expect(() => mergeStore(new AttemptStore(), [1], new Translation())).toThrow(TypeError)
  })
})

describe('what must make no difference', () => {
  it('the order of events of one moment', () => {
    const seconds = inOrder([
      ...background(10, 20, 3),
      ...campaign({ sources: 60, duration: HOUR, strategy: 'spray', start: START + 12 * DAY, seed: 3 }),
    ]).map(one => ({ ...one, time: Math.floor(one.time / 60_000) * 60_000 }))
    const reversed = inOrder(seconds.toReversed())
    const told = (attempts: typeof seconds) => {
      const { members, detection } = judge(attempts)
      return {
        members: members.map(list => list.toSorted()),
        alarms: detection.campaigns.map(({ firstAlarm, best }) => [firstAlarm, best.score]),
      }
    }
    expect(told(reversed)).toEqual(told(seconds))
  })

  it('where the campaign stands in the log', () => {
    for (const day of [0.2, 10, 26.5]) {
      const attack = campaign({ sources: 60, duration: 6 * HOUR, strategy: 'root', start: START + day * DAY, seed: 4 })
      const { members } = judge(inOrder([...background(5, 28, 4), ...attack]))
      expect(members.flat().filter(source => source.startsWith('bot')).length).toBeGreaterThan(55)
    }
  })
})

describe('bad input', () => {
  it('an empty store', () => {
    expect(judge([]).members).toEqual([])
  })

  it('one event, one source', () => {
    expect(judge([{ time: START, source: 'a', user: 'root' }]).members).toEqual([])
    expect(
      judge(Array.from({ length: 3000 }, (_, i) => ({ time: START + i * 1000, source: 'a', user: `n${i}` }))).members,
    ).toEqual([])
  })

  it('everything at one moment', () => {
    const burst = Array.from({ length: 50 }, (_, i) => ({ time: START, source: `bot${i}`, user: 'admin' }))
    expect(judge(burst).members).toEqual([expect.arrayContaining(['bot0', 'bot49'])])
  })

  it('a clock that jumps a year', () => {
    const before = background(5, 10, 5)
    const after = background(5, 10, 6).map(one => ({
      ...one,
      time: one.time + 365 * DAY,
      source: `later-${one.source}`,
    }))
    expect(judge(inOrder([...before, ...after])).members).toEqual([])
  })

  it('times that run backwards a little, and far', () => {
    const shuffled = background(20, 10, 8).map((one, i) => ({ ...one, time: one.time - (i % 7 === 0 ? 90_000 : 0) }))
    expect(() => judge(shuffled)).not.toThrow()
    expect(() =>
      judge([
        { time: START, source: 'a', user: 'x' },
        { time: 0, source: 'b', user: 'x' },
      ]),
    ).not.toThrow()
  })
})
