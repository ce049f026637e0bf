import { describe, expect, it } from 'vitest'
import { Blindness } from '../../src/app/live/blindness.ts'
import type { Pumped } from '../../src/app/live/lane.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'

const lines = (count: number, unknown = 0, samples: readonly string[] = []): Pumped => ({
  bytes: count * 100,
  lines: count,
  unknown,
  samples,
})
const keysOf = (blindness: Blindness, now: number): string[] => blindness.check(now).map(({ key }) => key)

describe('blindness', () => {
  it('a log is silent for twice as long as it ever was', () => {
    const blindness = new Blindness()
    let now = 0
    for (; now < 4 * DAY; now += HOUR) blindness.note('auth.log', lines(10), now)
    const last = now - HOUR
    expect(keysOf(blindness, last + 2 * HOUR)).toEqual([])
    expect(keysOf(blindness, last + 2 * HOUR + MINUTE)).toEqual(['silent auth.log'])
    blindness.note('auth.log', lines(1), last + 3 * HOUR)
    expect(keysOf(blindness, last + 4 * HOUR)).toEqual([])
  })

  it('a log that is new may be silent for a day, however often the program starts', () => {
    let blindness = new Blindness()
    for (let start = 0; start < 20; start++) {
      // Every process has a steady clock of its own.
      blindness.note('auth.log', lines(10), start * 777)
      blindness.note('auth.log', lines(10), start * 777 + MINUTE)
      const saved = JSON.parse(JSON.stringify(blindness.snapshot(start * 777 + 2 * MINUTE)))
      blindness = new Blindness()
      blindness.restore(saved, (start + 1) * 777)
    }
    expect(keysOf(blindness, 20 * 777 + 20 * HOUR)).toEqual([])
    expect(keysOf(blindness, 20 * 777 + 25 * HOUR)).toEqual(['silent auth.log'])
  })

  it('lines are no longer understood', () => {
    const blindness = new Blindness()
    for (let i = 0; i < 10; i++) blindness.note('access.log', lines(1000, 20), i * MINUTE)
    expect(keysOf(blindness, 10 * MINUTE)).toEqual([])
    blindness.note('access.log', lines(100, 100), 11 * MINUTE)
    expect(keysOf(blindness, 11 * MINUTE)).toEqual([])
    blindness.note('access.log', lines(300, 300), 12 * MINUTE)
    expect(keysOf(blindness, 12 * MINUTE)).toEqual(['unread access.log'])
    for (let i = 0; i < 5; i++) blindness.note('access.log', lines(300), (13 + i) * MINUTE)
    expect(keysOf(blindness, 18 * MINUTE)).toEqual([])
  })

  it('a log that was never understood is no news', () => {
    const blindness = new Blindness()
    for (let i = 0; i < 100; i++) blindness.note('app.log', lines(100, 100, ['What is this?']), i * MINUTE)
    expect(keysOf(blindness, 100 * MINUTE)).toEqual([])
  })

  it('a new kind of line keeps coming', () => {
    const blindness = new Blindness()
    blindness.note('auth.log', lines(20_000), 0)
    for (let i = 0; i < 19; i++) blindness.note('auth.log', lines(100, 1, [`sshd[${i}]: quantum handshake ${i}`]), i)
    expect(keysOf(blindness, MINUTE)).toEqual([])
    blindness.note('auth.log', lines(100, 1, ['sshd[77]: quantum handshake 77']), MINUTE)
    expect(blindness.check(MINUTE)).toMatchObject([{ text: expect.stringContaining('quantum handshake') }])
  })

  it('a kind of line that has stopped coming is over, and one that was always there is no news after a flood', () => {
    let blindness = new Blindness()
    for (let i = 0; i < 50; i++) blindness.note('auth.log', lines(1, 1, ['an old acquaintance']), i)
    blindness.note('auth.log', lines(20_000), MINUTE)
    for (let i = 0; i < 20; i++) blindness.note('auth.log', lines(100, 1, ['quantum handshake']), 2 * MINUTE)
    for (let i = 0; i < 600; i++)
      blindness.note('auth.log', lines(100, 1, [`flood ${'x'.repeat(i % 150)} ${i > 300 ? 'y' : 'z'}`]), 3 * MINUTE)
    for (let i = 0; i < 50; i++) blindness.note('auth.log', lines(100, 1, ['an old acquaintance']), 4 * MINUTE)
    const saved = JSON.parse(JSON.stringify(blindness.snapshot(4 * MINUTE)))
    blindness = new Blindness()
    blindness.restore(saved, 4 * MINUTE)
    expect(keysOf(blindness, 4 * MINUTE)).toEqual(['shape auth.log\nquantum handshake'])
    blindness.note('auth.log', lines(100), DAY)
    expect(keysOf(blindness, DAY + 3 * MINUTE)).toEqual([])
  })

  it('a log that is no longer followed is not missed', () => {
    const blindness = new Blindness()
    for (const path of ['old.log', 'new.log']) blindness.note(path, lines(10), 0)
    blindness.keepOnly(new Set(['new.log']))
    expect(keysOf(blindness, 2 * DAY)).toEqual(['silent new.log'])
  })

  it('reading falls behind', () => {
    const blindness = new Blindness()
    blindness.noteQueue(false, 0)
    expect(keysOf(blindness, 2 * MINUTE)).toEqual([])
    expect(keysOf(blindness, 2 * MINUTE + 1)).toEqual(['behind'])
    blindness.noteQueue(true, 3 * MINUTE)
    expect(keysOf(blindness, 3 * MINUTE)).toEqual([])
  })
})
