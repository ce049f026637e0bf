/** What does not grow with the attack: who is weighed, who is laid out in time, what a finding lists. */
import { describe, expect, it } from 'vitest'
import { detect } from '../../src/campaigns/detect.ts'
import { AttemptStore, ROW } from '../../src/campaigns/store.ts'
import { SURFACE } from '../../src/campaigns/surfaces.ts'
import { DAY, HOUR } from '../../src/core/time.ts'
import { START } from './harness.ts'

const options = { budget: 1, networkOf: (source: number) => source }

describe('more sources than can be named', () => {
  it('are one campaign: the first 30,000 named, the rest counted', () => {
    const store = new AttemptStore()
    const root = store.names.idOf(SURFACE.ssh, 'root')
    for (let i = 0; i < 70; i++) store.add(START + i * 4.8 * HOUR, 200_000 + i, root)
    for (let i = 0; i < 120_000; i++) store.add(START + 14 * DAY + i * 500, i, root)
    const { campaigns } = detect(store, options)
    expect(campaigns).toHaveLength(1)
    const { members, more } = campaigns[0].membership
    expect(members.length).toBeLessThanOrEqual(30_000)
    expect(members.length + more).toBeGreaterThan(118_000)
  })

  it('with thousands of failures each on one account are laid out in bounded space', () => {
    const store = new AttemptStore()
    const alice = store.names.idOf(SURFACE.ssh, 'alice')
    for (let i = 0; i < 20_000; i++) store.add(START + i * 3000, i, alice, 5000, ROW.KNOWN)
    const before = process.memoryUsage().heapTotal
    expect(detect(store, options).campaigns).not.toEqual([])
    expect(process.memoryUsage().heapTotal - before).toBeLessThan(250e6)
  })

  it('that post to forms are listed no further than they are named', () => {
    const store = new AttemptStore()
    const form = store.names.idOf(SURFACE['web-form'], 'POST /join')
    const others = Array.from({ length: 40 }, (_, i) => store.names.idOf(SURFACE['web-form'], `POST /reply/${i}`))
    for (let i = 0; i < 45_000; i++) {
      const time = START + i * 20_000
      store.visits.note(i, false, false)
      store.add(time, i, form)
      store.add(time + 1000, i, others[i % others.length])
    }
    const { campaigns } = detect(store, options)
    const whole = campaigns.find(({ surface }) => surface === SURFACE['web-form'])
    expect(whole?.membership.members).toHaveLength(30_000)
    expect((whole?.membership.more ?? 0) + 30_000).toBe(45_000)
  })
})
