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
})
