/** Real packets: who is blocked does not get through, to the host or to a published port; everybody else does. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Problem } from '../../../src/core/errors.ts'
import type { Responder } from '../../../src/kit/define-responder.ts'
import { openResponder } from '../../../src/sinks/responders/index.ts'
import { until } from '../../support/until.ts'
import { type Agent, HOST, Network, PORT, whyNoNetwork } from './network.ts'

const PROGRAMS = ['nft', 'iptables', 'ip6tables', 'ipset', 'conntrack', 'ss']
const why = whyNoNetwork(...PROGRAMS)

const FAMILIES = [
  {
    family: 'IPv4',
    to: HOST.v4,
    bad: '203.0.113.7',
    good: '203.0.114.9',
    block: '203.0.113.7',
    network: '203.0.113.0/24',
    neighbour: '203.0.113.8',
  },
  {
    family: 'IPv6',
    to: HOST.v6,
    bad: '2001:db8:0:a::7',
    good: '2001:db8:0:c::9',
    block: '2001:db8:0:a::/64',
    network: '2001:db8:0:a::/63',
    neighbour: '2001:db8:0:a::8',
  },
] as const

describe.each(['nftables', 'iptables'] as const)('%s', id => {
  describe.skipIf(why !== undefined)(why === undefined ? 'with packets' : `with packets (skipped: ${why})`, () => {
    let network: Network
    let responder: Responder
    let away: Agent
    let host: Agent
    let connections = 0

    beforeAll(async () => {
      network = new Network()
      await network.publish()
      responder = await openResponder(id, network.run)
      away = network.agent('away')
      host = network.agent('host')
      await host.ask('listen', { port: PORT.own })
      await network.agent('box').ask('listen', { port: 80 })
    })
    afterEach(async () => {
      await responder.clear()
    })
    afterAll(async () => {
      await network.end()
    })

    const connect = async (from: string, to: string, port: number): Promise<string> => {
      const name = `c${connections++}`
      await away.ask('connect', { name, from, to, port })
      return name
    }
    /** The text has gone there and come back. */
    const hears = async (name: string, text: string): Promise<void> => {
      await away.ask('send', { name, text })
      await until(async () => ((await away.connection(name)).heard.includes(text) ? true : undefined))
    }
    const block = async (...prefixes: string[]): Promise<void> => {
      await responder.prepare()
      await responder.apply({ add: prefixes.map(prefix => ({ prefix, seconds: 3600 })), remove: [] })
    }
    const stopped = async (prefix: string): Promise<number> => (await responder.counters?.())?.get(prefix) ?? 0
    /** Waits until the firewall has stopped more packets of the prefix than before. */
    const stops = async (prefix: string, before: number): Promise<void> => {
      await until(async () => ((await stopped(prefix)) > before ? true : undefined))
    }
    /** Whoever connects from there is stopped by that entry, and has no connection. */
    const shutOut = async (from: string, to: string, port: number, prefix: string): Promise<void> => {
      const before = await stopped(prefix)
      const name = await connect(from, to, port)
      await stops(prefix, before)
      expect((await away.connection(name)).connected).toBe(false)
      await away.ask('drop', { name })
    }
    const letIn = async (from: string, to: string, port: number): Promise<void> => {
      const name = await connect(from, to, port)
      await hears(name, 'hello')
      await away.ask('drop', { name })
    }

    describe.each(FAMILIES)('$family', ({ to, bad, good, block: blocked, network: wide, neighbour }) => {
      it.each([
        ['a port of the host', PORT.own],
        ['a published port', PORT.published],
      ])('keeps a blocked address from %s, nobody else, and only while it is blocked', async (_, port) => {
        await letIn(bad, to, port)
        await block(blocked)
        await shutOut(bad, to, port, blocked)
        await letIn(good, to, port)
        await responder.apply({ add: [], remove: [blocked] })
        await letIn(bad, to, port)
      })

      it('keeps a network out, beside an address of it', async () => {
        await block(wide, blocked)
        await responder.apply({ add: [], remove: [blocked] })
        await shutOut(neighbour, to, PORT.own, wide)
        await shutOut(bad, to, PORT.published, wide)
        await letIn(good, to, PORT.own)
      })

      it('lets it in again when the time is over, by the kernel alone', async () => {
        await responder.prepare()
        await responder.apply({ add: [{ prefix: blocked, seconds: 2 }], remove: [] })
        await shutOut(bad, to, PORT.own, blocked)
        await letIn(bad, to, PORT.own)
      })

      it.each([
        ['a port of the host', PORT.own],
        ['a published port', PORT.published],
      ])('stops what is already connected to %s', async (_, port) => {
        const name = await connect(bad, to, port)
        await hears(name, 'before')
        await block(blocked)
        await away.ask('send', { name, text: 'during' })
        await stops(blocked, 0)
        expect((await away.connection(name)).heard).toBe('before')
        // It was the firewall that held it: TCP sends again, and now it comes through.
        await responder.apply({ add: [], remove: [blocked] })
        await until(async () => ((await away.connection(name)).heard.includes('during') ? true : undefined))
        await away.ask('drop', { name })
      })

      it('cuts what is already connected', async () => {
        const bystander = await connect(good, to, PORT.own)
        await hears(bystander, 'bystander')
        const names = [await connect(bad, to, PORT.own), await connect(bad, to, PORT.published)]
        for (const name of names) await hears(name, 'before')
        await block(blocked)
        expect(await responder.cut([blocked])).toBeGreaterThanOrEqual(2)
        const sockets = async () => await network.run('ss', ['-Htn', 'src', to, 'and', 'dst', bad])
        await until(async () => ((await sockets()).stdout === '' ? true : undefined))
        const flows = await network.run('conntrack', ['-L', '-f', to.includes(':') ? 'ipv6' : 'ipv4', '-s', bad])
        expect(flows.stdout).toBe('')
        await hears(bystander, 'still here')
        for (const name of [bystander, ...names]) await away.ask('drop', { name })
      })

      it('cuts many at once', async () => {
        const name = await connect(bad, to, PORT.own)
        await hears(name, 'before')
        const others = Array.from({ length: 40 }, (_, i) => `192.0.2.${i}`)
        const many = to.includes(':') ? Array.from({ length: 40 }, (_, i) => `2001:db8:1:${i}::/64`) : others
        await block(blocked, ...many)
        expect(await responder.cut([...many, blocked])).toBeGreaterThanOrEqual(1)
        await away.ask('drop', { name })
      })
    })

    it('cuts nobody where nobody is connected', async () => {
      expect(await responder.cut(['192.0.2.1'])).toBe(0)
      expect(await responder.cut([])).toBe(0)
    })

    it('leaves what is not its own alone', async () => {
      const rules = [
        'table inet of_the_owner {\n chain input {\n type filter hook input priority 0;\n tcp dport 23 drop\n }\n}',
      ]
      await network.run('nft', ['-f', '-'], { input: rules.join('\n') })
      await network.run('ipset', ['create', 'owners', 'hash:ip'])
      const look = async (): Promise<string[]> => [
        (await network.run('nft', ['list', 'table', 'inet', 'of_the_owner'])).stdout,
        (await network.run('iptables', ['-t', 'nat', '-S'])).stdout,
        (await network.run('ipset', ['save', 'owners'])).stdout.replace(/initval \S+/, ''),
      ]
      const before = await look()
      expect(before.every(text => text.length > 0)).toBe(true)
      await block('203.0.113.7', '203.0.113.0/24')
      await responder.clear()
      expect(await look()).toEqual(before)
      await network.run('nft', ['delete', 'table', 'inet', 'of_the_owner'])
    })

    it('says that what its rule does not look into is not blocked, and mends the rule', async () => {
      await block('203.0.113.7')
      const tear =
        id === 'nftables'
          ? await network.run('nft', ['flush', 'table', 'inet', 'vpsguard_blocks'])
          : await network.run('iptables', ['-t', 'raw', '-F', 'PREROUTING'])
      expect(tear.code).toBe(0)
      expect(await responder.list()).toEqual([])
      await block('203.0.113.7')
      await shutOut('203.0.113.7', HOST.v4, PORT.own, '203.0.113.7')
    })

    it('does nothing of a change that the kernel refuses in part', async () => {
      await responder.prepare()
      // Somebody has made the other family's set, and made it wrongly.
      const tamper =
        id === 'nftables'
          ? await network.run('nft', ['add', 'set', 'inet', 'vpsguard_blocks', 'v6_64', '{ type inet_service; }'])
          : await tamperIpset()
      expect(tamper.code).toBe(0)
      const change = {
        add: [
          { prefix: '203.0.113.7', seconds: null },
          { prefix: '2001:db8:0:a::/64', seconds: null },
        ],
        remove: [],
      }
      await expect(responder.apply(change)).rejects.toBeInstanceOf(Problem)
      expect(await responder.list()).toEqual([])
    })

    async function tamperIpset() {
      await network.run('ip6tables', ['-t', 'raw', '-F', 'PREROUTING'])
      await network.run('ipset', ['destroy', 'vpsguard6'])
      return await network.run('ipset', ['create', 'vpsguard6', 'hash:ip', 'family', 'inet6', 'timeout', '0'])
    }
  })
})
