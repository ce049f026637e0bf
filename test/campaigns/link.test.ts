/** Linking over time: waves of one controller, and addresses that go through one list. */
import { describe, expect, it } from 'vitest'
import { LISTS } from '../../src/campaigns/scan.ts'
import { createRandom } from '../../src/core/random.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { type Attempt, background, campaign, hits, inOrder, judge, START } from './harness.ts'

/** Bots `bot<from>`... that each try every name of the list, a name every two minutes, one bot every `every`. */
function walkers(count: number, names: readonly string[], start: number, every: number, from = 0): Attempt[] {
  return Array.from({ length: count }, (_, bot) =>
    names.map((user, i) => ({ time: start + bot * every + i * 2 * MINUTE, source: `bot${from + bot}`, user })),
  ).flat()
}

const LIST = ['baikal', 'contador', 'usuario', 'almacen', 'ventas2', 'caja']

/** A wave: so many bots on a sample of a leaked list, within an hour. */
function wave(names: readonly string[], start: number, from: number, seed: number): Attempt[] {
  const random = createRandom(seed, 'wave')
  return Array.from({ length: 40 }, (_, bot) => ({
    time: start + random.next() * HOUR,
    source: `bot${from + bot}`,
    user: names[random.below(names.length)],
  }))
}
const leaked = (prefix: string): string[] => Array.from({ length: 60 }, (_, i) => `${prefix}${i}`)

describe('waves days apart', () => {
  it('on the same leaked names are one campaign', () => {
    const waves = [3, 9, 16].flatMap((day, i) => wave(leaked('jsmith'), START + day * DAY, i * 40, i))
    const { detection, members } = judge(inOrder([...background(5, 28, 4), ...waves]))
    expect(members).toHaveLength(1)
    expect(hits(members[0], 120).f1).toBeGreaterThan(0.95)
    expect(detection.campaigns[0].waves).toHaveLength(3)
  })

  it('on one private account are one campaign', () => {
    const attacks = [4, 11].flatMap((day, i) =>
      campaign({ sources: 30, duration: 6 * HOUR, strategy: 'valid', start: START + day * DAY, seed: i }).map(one => ({
        ...one,
        source: `${one.source}-${day}`,
      })),
    )
    const { detection } = judge(inOrder([...background(5, 28, 4), ...attacks]))
    expect(detection.campaigns.map(({ waves }) => waves.length)).toEqual([2])
  })

  it('on other names, or on root alone, are several', () => {
    const others = [3, 12].flatMap((day, i) => wave(leaked(`list${i}name`), START + day * DAY, i * 40, i))
    expect(judge(inOrder([...background(5, 28, 4), ...others])).members).toHaveLength(2)
    const roots = [3, 12].flatMap((day, i) =>
      campaign({ sources: 40, duration: HOUR, strategy: 'root', start: START + day * DAY, seed: i }).map(one => ({
        ...one,
        source: `${one.source}-${day}`,
      })),
    )
    expect(judge(inOrder([...background(5, 28, 4), ...roots])).members).toHaveLength(2)
  })
})

describe('one list from many addresses', () => {
  it('is found where no window sees it, and only its walkers are named', () => {
    const log = inOrder([...background(5, 28, 4), ...walkers(10, LIST, START + 2 * DAY, 2.3 * DAY)])
    const { detection, members } = judge(log)
    expect(detection.campaigns.map(({ key }) => key)).toEqual([LISTS])
    expect(hits(members[0], 10)).toEqual({ precision: 1, recall: 1, f1: 1 })
  })

  it('is one campaign with the burst that its walkers make elsewhere', () => {
    const log = inOrder([
      ...background(5, 28, 4),
      ...walkers(12, LIST, START + 2 * DAY, 10 * MINUTE),
      ...walkers(12, LIST, START + 19 * DAY, 10 * MINUTE, 12),
    ])
    const { members } = judge(log)
    expect(members).toHaveLength(1)
    expect(hits(members[0], 24).f1).toBeGreaterThan(0.95)
  })

  it('is nothing where it is on everybody’s list, or where it is two who share it', () => {
    const common = ['admin', 'test', 'oracle', 'postgres', 'pi', 'guest', 'ubnt']
    expect(judge(inOrder([...background(20, 28, 4), ...walkers(10, common, START, 2.3 * DAY)])).members).toEqual([])
    expect(judge(inOrder([...background(5, 28, 4), ...walkers(2, LIST, START + DAY, 5 * DAY)])).members).toEqual([])
  })

  it('compares in bounded time, whatever an attacker makes collide', () => {
    const names = Array.from({ length: 60 }, (_, i) => `name${i}`)
    const log = inOrder(walkers(1000, names, START, MINUTE))
    const started = process.cpuUsage().user
    judge(log)
    expect((process.cpuUsage().user - started) / 1e6).toBeLessThan(6)
  })
})
