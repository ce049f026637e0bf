/** What every responder must do, the dry twin included. The real ones work in a network namespace of their own. */
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Problem } from '../../../src/core/errors.ts'
import type { FirewallEntry, Responder } from '../../../src/kit/define-responder.ts'
import { clearFirewalls, openResponder, RESPONDERS } from '../../../src/sinks/responders/index.ts'
import { runCommand } from '../../../src/sinks/responders/run-command.ts'
import { until } from '../../support/until.ts'
import { Network, whyNoNetwork } from './network.ts'

const NEEDS = { nftables: ['nft'], iptables: ['iptables', 'ip6tables', 'ipset'], dry: [] } as const

const PREFIXES = [
  '203.0.113.7',
  '203.0.113.8',
  '203.0.113.0/24',
  '203.0.112.0/23',
  '198.51.100.128/25',
  '2001:db8:0:a::/64',
  '2001:db8:0:b::/64',
  '2001:db8::/48',
]

const sorted = (entries: readonly FirewallEntry[]): string[] => entries.map(({ prefix }) => prefix).sort()

describe.each(RESPONDERS.map(({ id }) => id))('%s', id => {
  const why = id === 'dry' ? undefined : whyNoNetwork(...NEEDS[id])
  describe.skipIf(why !== undefined)(why === undefined ? 'as a responder' : `as a responder (skipped: ${why})`, () => {
    let network: Network | undefined
    let responder: Responder

    beforeAll(async () => {
      network = id === 'dry' ? undefined : new Network()
      responder = await openResponder(id, network?.run ?? runCommand)
    })
    afterEach(async () => {
      await responder.clear()
    })
    afterAll(async () => {
      await network?.end()
    })

    const secondsOf = async (prefix: string): Promise<number | null | undefined> =>
      (await responder.list()).find(entry => entry.prefix === prefix)?.seconds

    it('works here, and says what it is', async () => {
      const availability = await responder.probe()
      expect(availability.ok && availability.version.length > 0).toBe(true)
      expect(responder.id).toBe(id)
    })

    it('has nothing before it is given anything, and after it is cleared', async () => {
      expect(await responder.list()).toEqual([])
      await responder.prepare()
      await responder.prepare()
      expect(await responder.list()).toEqual([])
      await responder.apply({ add: [{ prefix: '203.0.113.7', seconds: null }], remove: [] })
      await responder.clear()
      expect(await responder.list()).toEqual([])
      await responder.clear()
    })

    it('holds addresses and networks of both families, inside one another too', async () => {
      await responder.prepare()
      const add = PREFIXES.map((prefix, i) => ({ prefix, seconds: i % 2 === 0 ? null : 5000 }))
      await responder.apply({ add, remove: [] })
      const found = await responder.list()
      expect(sorted(found)).toEqual([...PREFIXES].sort())
      for (const { prefix, seconds } of add) {
        const left = found.find(entry => entry.prefix === prefix)?.seconds
        if (seconds === null) expect(left).toBeNull()
        else expect(Math.abs((left ?? 0) - seconds)).toBeLessThan(100)
      }
    })

    it('renews the time of what is there, either way', async () => {
      await responder.prepare()
      const give = async (seconds: number | null): Promise<void> =>
        await responder.apply({ add: [{ prefix: '203.0.113.7', seconds }], remove: [] })
      await give(1000)
      await give(50_000)
      expect(await secondsOf('203.0.113.7')).toBeGreaterThan(40_000)
      await give(null)
      expect(await secondsOf('203.0.113.7')).toBeNull()
      await give(1000)
      expect(await secondsOf('203.0.113.7')).toBeLessThanOrEqual(1000)
    })

    it('adds and removes in one change; what is not there may be removed', async () => {
      await responder.prepare()
      await responder.apply({ add: [{ prefix: '203.0.113.7', seconds: null }], remove: ['203.0.113.8'] })
      await responder.apply({
        add: [{ prefix: '203.0.113.8', seconds: null }],
        remove: ['203.0.113.7', '2001:db8::/48'],
      })
      expect(sorted(await responder.list())).toEqual(['203.0.113.8'])
    })

    it.each(['', 'example.net', '0.0.0.0/0', '::/0', '203.0.113.7; flush ruleset', '203.0.113.7\nflush ruleset', '-h'])(
      'refuses %j, and everything that came with it',
      async text => {
        await responder.prepare()
        const change = {
          add: [
            { prefix: '203.0.113.7', seconds: null },
            { prefix: text, seconds: 60 },
          ],
          remove: [],
        }
        await expect(responder.apply(change)).rejects.toBeInstanceOf(Problem)
        await expect(responder.apply({ add: [], remove: [text] })).rejects.toBeInstanceOf(Problem)
        expect(await responder.list()).toEqual([])
      },
    )

    it('lets an entry go when its time is over', async () => {
      await responder.prepare()
      await responder.apply({
        add: [
          { prefix: '203.0.113.7', seconds: 1 },
          { prefix: '2001:db8:0:a::/64', seconds: 1 },
          { prefix: '203.0.113.8', seconds: null },
        ],
        remove: [],
      })
      await until(async () => ((await responder.list()).length === 1 ? true : undefined))
      expect(sorted(await responder.list())).toEqual(['203.0.113.8'])
    })

    it('holds what a list of all changes says, whatever they were', async () => {
      const changes = fc.array(
        fc.record({
          add: fc.array(fc.record({ prefix: fc.constantFrom(...PREFIXES), seconds: fc.constantFrom(null, 3000) }), {
            maxLength: 5,
          }),
          remove: fc.array(fc.constantFrom(...PREFIXES), { maxLength: 3 }),
        }),
        { minLength: 1, maxLength: 4 },
      )
      await fc.assert(
        fc.asyncProperty(changes, async sequence => {
          await responder.clear()
          await responder.prepare()
          const model = new Map<string, number | null>()
          for (const change of sequence) {
            await responder.apply(change)
            for (const prefix of change.remove) model.delete(prefix)
            for (const { prefix, seconds } of change.add) model.set(prefix, seconds)
          }
          const found = await responder.list()
          expect(sorted(found)).toEqual([...model.keys()].sort())
          for (const { prefix, seconds } of found) expect(seconds === null).toBe(model.get(prefix) === null)
        }),
        { seed: 1, numRuns: 12 },
      )
    })

    it('holds 100,000 entries', async () => {
      await responder.prepare()
      const add = Array.from({ length: 100_000 }, (_, i) => ({
        prefix: `${11 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.9`,
        seconds: i % 10 === 0 ? null : 86_400,
      }))
      await responder.apply({ add, remove: [] })
      expect((await responder.list()).length).toBe(100_000)
      await responder.apply({ add: [], remove: add.slice(1).map(({ prefix }) => prefix) })
      expect(await responder.list()).toEqual([{ prefix: '11.0.0.9', seconds: null }])
    })

    // Nothing of the dry twin outlives the process that it is in.
    if (id !== 'dry')
      it('is cleared without anybody who knows what was in it', async () => {
        await responder.prepare()
        await responder.apply({ add: [{ prefix: '203.0.113.7', seconds: null }], remove: [] })
        const results = await clearFirewalls(network?.run ?? runCommand)
        expect(results.find(result => result.id === id)).toEqual({ id, cleared: true })
        expect(await responder.list()).toEqual([])
      })
  })
})

describe('opening a responder', () => {
  it('says what is missing where nothing works', async () => {
    const nothing = async () => ({ code: null, stdout: '', stderr: '', failure: 'missing' as const, truncated: false })
    await expect(openResponder('auto', nothing)).rejects.toMatchObject({
      where: 'nftables: nft is not installed; iptables: iptables is not installed',
      hint: expect.stringContaining('apt install nftables'),
    })
  })
})
