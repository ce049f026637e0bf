/** The state primitives against plain models of themselves. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../src/core/random.ts'
import { DistinctCount, type Key, Memory, SlidingCount, State } from '../../../src/kit/state/index.ts'
import { asArray } from '../../../src/kit/state/primitive.ts'
import { Translation } from '../../../src/kit/state/translation.ts'

const ref = (line: number) => ({ input: 0, line, offset: line * 10, length: 9 })

/** Steps of time forwards, with a little jitter back. */
const steps = fc.array(
  fc.tuple(fc.integer({ min: -3, max: 40 }), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 5 })),
  { maxLength: 120 },
)

describe('the sliding count', () => {
  it('is the number of occurrences in the window, up to the limit', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 12 }), (list, limit) => {
        const count = new SlidingCount({ window: 100, limit })
        const seen = new Map<number, number[]>()
        let now = 1000
        for (const [step, key] of list) {
          now += step
          const times = seen.get(key) ?? []
          const at = Math.max(now, times.at(-1) ?? 0)
          times.push(at)
          seen.set(key, times)
          expect(count.add(key, now)).toBe(Math.min(limit, times.filter(time => time >= at - 100).length))
        }
      }),
      { seed: 1 },
    )
  })

  it('begins afresh where the clock was set back by more than the window', () => {
    const count = new SlidingCount({ window: 100, limit: 9 })
    count.add('a', 10_000)
    count.add('a', 10_050)
    expect(count.add('a', 500)).toBe(1)
    // It counts on from there, and does not wait for the clock to come back to where it was.
    expect(count.add('a', 510)).toBe(2)
    expect(count.add('a', 520)).toBe(3)
    expect(count.add('a', 650)).toBe(1)
  })

  it('weighs, and tells what led up to the count', () => {
    const count = new SlidingCount({ window: 1000, limit: 50 })
    count.add('a', 100, 3, ref(1))
    count.add('a', 200, 2, ref(2))
    expect(count.count('a', 250)).toBe(5)
    expect(count.trail('a')).toMatchObject({ first: 100, count: 5 })
    expect(count.trail('a')?.refs.map(({ line }) => line)).toEqual([1, 2])
    count.forget('a')
    expect(count.count('a', 250)).toBe(0)
  })

  it('keeps the latest pointers with the text of their lines, whatever stands in them', () => {
    const texts = ['"a" \\ b', 'Пароль не принят', 'c\u0000\u001b[31m', '[2,[0,1,2,3]]', 'e', 'f']
    const count = new SlidingCount({ window: 1000, limit: 50, evidence: 4 })
    const names = new DistinctCount({ window: 1000, limit: 50, evidence: 4 })
    const refs = texts.map((text, i) => ({ ...ref(i), text }))
    for (const [i, one] of refs.entries()) {
      count.add(7, i, 1, one)
      names.add(7, `name ${i}`, i, one)
    }
    const others = [
      new SlidingCount({ window: 1000, limit: 50, evidence: 4 }),
      new DistinctCount({ window: 1000, limit: 50, evidence: 4 }),
    ]
    others[0].restore(JSON.parse(JSON.stringify(count.snapshot())))
    others[1].restore(JSON.parse(JSON.stringify(names.snapshot())))
    for (const one of [count, names, ...others]) expect(one.trail(7)?.refs).toEqual(refs.slice(-4))
  })

  it('stays within its cap and says what it dropped', () => {
    const count = new SlidingCount({ window: 1e9, limit: 2, cap: 100 })
    for (let key = 0; key < 1000; key++) count.add(key, key)
    expect(count.size).toBeLessThanOrEqual(100)
    expect(count.evicted).toBeGreaterThanOrEqual(900)
    expect(count.count(999, 999)).toBe(1)
  })

  it('drops those that were longest unused where its table is full, of equal ones the first that came', () => {
    const ages = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 10, maxLength: 40 })
    fc.assert(
      fc.property(ages, list => {
        const cap = list.length
        const memory = new Memory<number>({ keep: 1e9, cap })
        for (const [key, age] of list.entries()) memory.set(key, age, age)
        memory.set('one more', 0, 100)
        const oldestFirst = [...list.entries()].sort((a, b) => a[1] - b[1]).map(([key]) => key)
        const dropped = new Set(oldestFirst.slice(0, Math.ceil(cap / 10)))
        expect([...memory.entries()].map(entry => asArray(entry, 'an entry')[0])).toEqual(
          [...list.keys(), 'one more'].filter(key => typeof key === 'string' || !dropped.has(key)),
        )
        expect(memory.evicted).toBe(dropped.size)
      }),
      { seed: 1 },
    )
  })

  it('goes on after a snapshot as if nothing had been', () => {
    fc.assert(
      fc.property(steps, fc.nat(100), (list, cut) => {
        const options = { window: 100, limit: 6 }
        const straight = new SlidingCount(options)
        let restarted = new SlidingCount(options)
        let now = 1000
        for (const [index, [step, key]] of list.entries()) {
          now += step
          const wanted = straight.add(key, now, 1, ref(index))
          expect(restarted.add(key, now, 1, ref(index))).toBe(wanted)
          if (index === cut) {
            const saved = JSON.parse(JSON.stringify(restarted.snapshot()))
            restarted = new SlidingCount(options)
            restarted.restore(saved)
          }
          expect(restarted.trail(key)).toEqual(straight.trail(key))
        }
      }),
      { seed: 2 },
    )
  })

  it('of two nodes is the count of both', () => {
    const options = { window: 1000, limit: 20 }
    const [a, b] = [new SlidingCount(options), new SlidingCount(options)]
    for (let time = 0; time < 5; time++) a.add('x', time * 10)
    for (let time = 0; time < 7; time++) b.add('x', time * 10 + 5)
    a.merge(JSON.parse(JSON.stringify(b.snapshot())))
    expect(a.count('x', 70)).toBe(12)
  })
})

describe('the distinct count', () => {
  it('is the number of different values in the window, up to the limit', () => {
    fc.assert(
      fc.property(steps, list => {
        const count = new DistinctCount({ window: 100, limit: 4 })
        const seen = new Map<number, Map<number, number>>()
        let now = 1000
        for (const [step, key, value] of list) {
          now += Math.max(0, step)
          const values = seen.get(key) ?? new Map<number, number>()
          values.set(value, now)
          seen.set(key, values)
          const inside = [...values.values()].filter(time => time >= now - 100).length
          expect(count.add(key, value, now)).toBe(Math.min(4, inside))
        }
      }),
      { seed: 3 },
    )
  })

  it('survives a snapshot, and two nodes join', () => {
    const options = { window: 1000, limit: 10 }
    const [a, b, c] = [new DistinctCount(options), new DistinctCount(options), new DistinctCount(options)]
    a.add('host', 'root', 1, ref(1))
    a.add('host', 'admin', 2, ref(2))
    b.add('host', 'admin', 3, ref(3))
    b.add('host', 'guest', 4, ref(4))
    c.restore(JSON.parse(JSON.stringify(a.snapshot())))
    c.merge(JSON.parse(JSON.stringify(b.snapshot())))
    expect(c.count('host', 5)).toBe(3)
    expect(c.values('host', 5).map(String).sort()).toEqual(['admin', 'guest', 'root'])
  })
})

describe('memory', () => {
  it('forgets what is too old, and puts two nodes together', () => {
    const memory = new Memory<number>({ keep: 100, combine: (mine, theirs) => mine + theirs })
    memory.set('a', 1, 0)
    expect(memory.get('a', 100)).toBe(1)
    expect(memory.get('a', 101)).toBeUndefined()
    const other = new Memory<number>({ keep: 100 })
    other.set('a', 5, 50)
    memory.merge(JSON.parse(JSON.stringify(other.snapshot())))
    expect(memory.get('a', 120)).toBe(6)
  })
})

describe('tables of two nodes', () => {
  it('translate sources, hosts and inputs, and leave texts and other values alone', () => {
    const from = new Translation([4, 2, 9], 3)
    const [mine, theirs] = [new State(), new State()]
    const open = (state: State) => ({
      tries: state.slidingCount('tries', { window: 1000, limit: 10, evidence: 2 }),
      sources: state.distinctCount('sources', { window: 1000, limit: 10, values: 'sources' }),
      names: state.distinctCount('names', { window: 1000, limit: 10 }),
      inputs: state.memory<number>('inputs', { keep: 1000, keys: 'inputs' }),
    })
    const [a, b] = [open(mine), open(theirs)]
    a.tries.add(2, 1, 1, ref(1))
    b.tries.add(1, 2, 1, ref(2))
    a.sources.add('host', 9, 1)
    b.sources.add('host', 2, 2)
    b.sources.add('host', 0, 2)
    b.names.add('host', 1, 2)
    b.inputs.set(0, 7, 2)
    mine.merge(JSON.parse([...theirs.snapshotPieces()].join('')), from)
    expect(a.tries.count(2, 3)).toBe(2)
    expect(a.tries.trail(2)?.refs.map(({ input }) => input)).toEqual([ref(1).input, ref(2).input + 3])
    expect(a.sources.values('host', 3).toSorted()).toEqual([4, 9])
    expect(a.names.values('host', 3)).toEqual([1])
    expect(a.inputs.get(3, 3)).toBe(7)
    expect(from.network(-2)).toBe(-3)
    expect(from.network(-0x1_0000_0001)).toBe(-0x1_0000_0001)
  })

  it('hold to their caps, the longest unused gone and counted', () => {
    const options = { window: 1e6, limit: 4, cap: 50 }
    const tables = [0, 1].map(() => ({
      counts: new SlidingCount(options),
      values: new DistinctCount(options),
      memory: new Memory<number>({ keep: 1e6, cap: 50 }),
    }))
    for (let i = 0; i < 100; i++) {
      const { counts, values, memory } = tables[i % 2]
      counts.add(i, i)
      values.add(i, 'x', i)
      memory.set(i, i, i)
    }
    const [mine, theirs] = tables
    for (const name of ['counts', 'values', 'memory'] as const) {
      mine[name].merge(JSON.parse(JSON.stringify(theirs[name].snapshot())))
      expect([mine[name].size, mine[name].evicted]).toEqual([50, 50])
    }
    expect([mine.counts.count(49, 100), mine.counts.count(50, 100)]).toEqual([0, 1])
  })
})

describe('a table of thousands of keys', () => {
  /** Ids, texts and numbers that are no ids, each of them some thousand times. */
  const keyOf = (n: number): Key => (n % 5 === 0 ? `name ${n}` : n % 7 === 0 ? -n * 1e6 : n)

  it('counts each of them rightly, whatever was forgotten and has expired meanwhile', () => {
    const random = createRandom(11)
    const count = new SlidingCount({ window: 6000, limit: 9, evidence: 2 })
    const names = new DistinctCount({ window: 6000, limit: 9, evidence: 0 })
    const seen = new Map<Key, number[]>()
    let now = 1e12
    for (let step = 0; step < 60_000; step++) {
      now += random.below(2)
      const key = keyOf(random.below(4000))
      if (random.below(4) === 0) {
        seen.delete(key)
        count.forget(key)
        names.forget(key)
        continue
      }
      const times = [...(seen.get(key) ?? []), now].filter(time => time >= now - 6000)
      seen.set(key, times)
      expect(count.add(key, now, 1, ref(step))).toBe(Math.min(9, times.length))
      expect(names.add(key, step, now)).toBe(Math.min(9, times.length))
      expect(count.trail(key)?.refs.at(-1)).toEqual(ref(step))
    }
    for (const [key, times] of seen) {
      const inside = times.filter(time => time >= now - 6000).length
      expect(count.count(key, now)).toBe(Math.min(9, inside))
      expect(names.count(key, now)).toBe(Math.min(9, inside))
    }
  })

  it('counts as rightly where it has more rows than two bytes tell', () => {
    const count = new SlidingCount({ window: 1e9, limit: 3, cap: 100_000, evidence: 0 })
    for (let n = 0; n < 70_000; n++) count.add(n * 3, n)
    for (let n = 0; n < 70_000; n += 7) count.forget(n * 3)
    for (let n = 69_000; n < 80_000; n++) count.add(n * 3, n)
    const wrong = Array.from({ length: 80_000 }, (_, n) => n).filter(n => {
      const before = n < 70_000 && n % 7 !== 0 ? 1 : 0
      return count.count(n * 3, 80_000) !== before + (n >= 69_000 ? 1 : 0)
    })
    expect(wrong).toEqual([])
    expect(count.size).toBe(70_142)
  })

  it('is held to its cap, and who was longest unused goes first', () => {
    const memory = new Memory<number>({ keep: 1e9, cap: 2000 })
    for (let n = 0; n < 2000; n++) memory.set(keyOf(n), n, n)
    expect(memory.evicted).toBe(0)
    memory.set('one more', 1, 5000)
    expect([memory.size, memory.evicted]).toEqual([1801, 200])
    expect(memory.get(keyOf(199), 5000)).toBeUndefined()
    expect(memory.get(keyOf(200), 5000)).toBe(200)
  })

  it('is written in pieces that are its snapshot', () => {
    const state = new State()
    const count = state.slidingCount('count', { window: 1e6, limit: 4 })
    const names = state.distinctCount('names', { window: 1e6, limit: 4 })
    state.memory<number>('nothing', { keep: 1 })
    for (let n = 0; n < 5000; n++) {
      count.add(keyOf(n % 3000), 1e12 + n, 1, ref(n))
      names.add(keyOf(n % 3000), n, 1e12 + n, ref(n))
    }
    const pieces = [...state.snapshotPieces()]
    expect(pieces.length).toBeGreaterThan(10)
    const snapshots = { count: count.snapshot(), names: names.snapshot(), nothing: [] }
    expect(JSON.parse(pieces.join(''))).toEqual(JSON.parse(JSON.stringify(snapshots)))
  })
})

describe("a rule's state", () => {
  it('opens a name once', () => {
    const state = new State()
    state.memory('known', { keep: 1 })
    expect(() => state.memory('known', { keep: 1 })).toThrow(/opened twice/)
  })

  it('refuses a snapshot of another shape', () => {
    const state = new State()
    state.slidingCount('failures', { window: 1, limit: 1 })
    expect(() => state.restore({ failures: 'nonsense' })).toThrow(/expected a list/)
  })
})
