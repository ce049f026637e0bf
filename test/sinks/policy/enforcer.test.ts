/** Decisions carried out: ledger and firewall stay one, whatever happens between them. */
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { Block } from '../../../src/core/decision.ts'
import { EXIT, Problem } from '../../../src/core/errors.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/core/time.ts'
import type { Responder } from '../../../src/kit/define-responder.ts'
import type { ResponseMode } from '../../../src/sinks/policy/config.ts'
import { Enforcer } from '../../../src/sinks/policy/enforcer.ts'
import type { ModeState } from '../../../src/sinks/policy/mode.ts'
import { Protection } from '../../../src/sinks/policy/protection.ts'
import { openDry } from '../../../src/sinks/responders/dry.ts'
import { clearFirewalls, openResponder } from '../../../src/sinks/responders/index.ts'
import { MemoryLedger } from '../../support/memory-ledger.ts'
import { Network, whyNoNetwork } from '../responders/network.ts'
import { campaign, finding, NOW, policyOf } from './findings.ts'

/** A machine: what survives a restart of the program (the ledger, the mode) and what survives none (the firewall). */
class Machine {
  now = NOW
  readonly ledger = new MemoryLedger()
  firewall: Responder = openDry(() => this.now)
  state: ModeState | undefined
  safe: string[] = []
  /** How often it was asked who is logged in. */
  looks = 0
  /** The next so many changes of the firewall fail. */
  failures = 0
  enforcer: Enforcer

  constructor(mode: ResponseMode = 'enforce', input: Record<string, unknown> = {}) {
    this.enforcer = this.start(mode, input)
  }

  start(mode: ResponseMode, input: Record<string, unknown> = {}): Enforcer {
    return new Enforcer({
      ledger: this.ledger,
      // What the test's firewall is may change under the program's feet.
      responder: {
        id: 'machine',
        title: 'machine',
        probe: () => this.firewall.probe(),
        prepare: () => this.firewall.prepare(),
        apply: async change => {
          if (this.failures-- > 0) throw new Problem(EXIT.config, 'the firewall did not take the change')
          await this.firewall.apply(change)
        },
        list: () => this.firewall.list(),
        cut: prefixes => this.firewall.cut(prefixes),
        clear: () => this.firewall.clear(),
      },
      protection: () => {
        this.looks++
        return new Protection({ sshPeers: this.safe })
      },
      standing: () => new Protection(),
      policy: policyOf(input),
      modes: {
        read: () => this.state,
        write: state => {
          this.state = state
        },
      },
      defaultMode: mode,
    })
  }

  async blocked(): Promise<string[]> {
    return (await this.firewall.list()).map(({ prefix }) => prefix).sort()
  }

  active(): string[] {
    return this.ledger
      .activeBlocks()
      .map(({ prefix }) => prefix)
      .sort()
  }
}

describe('observing', () => {
  it('is how it begins: it says what it would do, once, and touches nothing', async () => {
    const machine = new Machine('observe')
    const [outcome] = await machine.enforcer.answer([finding('203.0.113.7')], NOW)
    expect(outcome.state).toBe('observed')
    expect(machine.ledger.blocks({ state: 'observed' }).map(({ prefix }) => prefix)).toEqual(['203.0.113.7'])
    expect((await machine.enforcer.answer([finding('203.0.113.7', NOW + SECOND)], NOW + SECOND))[0].state).toBe('none')
    expect(await machine.blocked()).toEqual([])
  })

  it('takes away what was blocked by itself, and leaves what a person blocked', async () => {
    const machine = new Machine()
    await machine.enforcer.answer([finding('203.0.113.7')], NOW)
    await machine.enforcer.add({ prefix: '203.0.113.8', seconds: null, reason: 'mine' }, NOW)
    expect(await machine.blocked()).toEqual(['203.0.113.7', '203.0.113.8'])
    await machine.enforcer.setMode('observe', NOW + SECOND)
    expect(await machine.blocked()).toEqual(['203.0.113.8'])
    expect(machine.active()).toEqual(['203.0.113.8'])
  })

  it('needs no firewall', async () => {
    const machine = new Machine('observe')
    machine.firewall = {
      ...machine.firewall,
      list: async () => await Promise.reject(new Problem(EXIT.permission, 'no')),
    }
    expect((await machine.enforcer.tick(NOW)).error).toBeUndefined()
    expect((await machine.enforcer.answer([finding('203.0.113.7')], NOW))[0].state).toBe('observed')
  })
})

describe('enforcing', () => {
  it('blocks, until the time is over, and tells it', async () => {
    const machine = new Machine()
    expect((await machine.enforcer.answer([finding('203.0.113.7')], NOW))[0].state).toBe('blocked')
    expect(await machine.blocked()).toEqual(['203.0.113.7'])
    machine.now = NOW + 61 * MINUTE
    const report = await machine.enforcer.tick(machine.now)
    expect(report.expired.map(({ prefix }) => prefix)).toEqual(['203.0.113.7'])
    expect(machine.active()).toEqual([])
    expect(await machine.blocked()).toEqual([])
  })

  it('looks around the host only where somebody may have to be blocked', async () => {
    const machine = new Machine()
    const said = async (source: string, time: number): Promise<string> =>
      (await machine.enforcer.answer([finding(source, time)], time))[0].state
    expect(await said('203.0.113.7', NOW)).toBe('blocked')
    expect(machine.looks).toBe(1)
    // It goes on, and another is of a network that nobody may block.
    expect(await said('203.0.113.7', NOW + MINUTE)).toBe('none')
    expect(await said('198.18.0.1', NOW + MINUTE)).toBe('refused')
    expect(machine.looks).toBe(1)
    machine.safe = ['203.0.113.8']
    expect(await said('203.0.113.8', NOW + MINUTE)).toBe('refused')
    expect(machine.looks).toBe(2)
  })

  it('makes no temporary block permanent by one event, however often it is told', async () => {
    const machine = new Machine('enforce', { permanent_after: 2 })
    for (; machine.now < NOW + 2 * DAY; machine.now += 10 * MINUTE) {
      await machine.enforcer.tick(machine.now)
      await machine.enforcer.answer([finding('203.0.113.7', NOW)], machine.now)
    }
    expect(machine.ledger.blocks().map(({ state, expires }) => [state, expires])).toEqual([['expired', NOW + HOUR]])
  })

  it('makes it longer and at last permanent when it comes back each time', async () => {
    const machine = new Machine('enforce', { permanent_after: 3 })
    for (let round = 0; round < 4; round++) {
      await machine.enforcer.answer([finding('203.0.113.7', machine.now)], machine.now)
      machine.now += 10 * HOUR
      await machine.enforcer.tick(machine.now)
    }
    const lengths = machine.ledger
      .blocks()
      .map(({ created, expires }) => (expires === null ? null : (expires - created) / HOUR))
    expect(lengths).toEqual([null, 4, 2, 1])
    expect(machine.active()).toEqual(['203.0.113.7'])
    machine.now += 365 * DAY
    await machine.enforcer.tick(machine.now)
    expect(await machine.blocked()).toEqual(['203.0.113.7'])
  })

  it('answers the worst first where the hour has a cap, tells the rest, and goes on in the next', async () => {
    const machine = new Machine('enforce', { max_blocks_per_hour: 2 })
    const all = [1, 2, 3, 4].map(i => finding(`203.0.113.${i}`, NOW, { risk: 50 + i }))
    const outcomes = await machine.enforcer.answer(all, NOW)
    expect(outcomes.map(({ state, decision }) => [decision.prefix, state])).toEqual([
      ['203.0.113.4', 'blocked'],
      ['203.0.113.3', 'blocked'],
      ['203.0.113.2', 'left-out'],
      ['203.0.113.1', 'left-out'],
    ])
    expect((await machine.enforcer.answer(all, NOW + MINUTE)).map(({ state }) => state).sort()).toEqual([
      'left-out',
      'left-out',
      'none',
      'none',
    ])
    machine.now = NOW + 61 * MINUTE
    const again = all.map(one => ({ ...one, last_seen: new Date(machine.now).toISOString() }))
    expect((await machine.enforcer.answer(again.slice(0, 2), machine.now)).map(({ state }) => state)).toEqual([
      'blocked',
      'blocked',
    ])
  })

  it('blocks what two findings accuse once, and nothing inside what it has just blocked', async () => {
    const machine = new Machine()
    const members = [1, 2, 3].map(i => ({ source: `203.0.113.${i}`, last: NOW }))
    const outcomes = await machine.enforcer.answer([finding('203.0.113.2'), campaign(members, ['203.0.113.0/28'])], NOW)
    expect(outcomes.map(({ state }) => state)).toEqual(['blocked', 'none'])
    expect(machine.active()).toEqual(['203.0.113.0/28'])
  })

  it('lifts a block that has come to cover somebody protected', async () => {
    const machine = new Machine()
    await machine.enforcer.answer([finding('203.0.113.7'), finding('203.0.113.8')], NOW)
    machine.safe = ['203.0.113.7']
    const { lifted } = await machine.enforcer.tick(NOW + MINUTE)
    expect(lifted.map(({ block, why }) => [block.prefix, why])).toEqual([
      ['203.0.113.7', 'somebody is logged in from there by SSH'],
    ])
    expect(await machine.blocked()).toEqual(['203.0.113.8'])
  })
})

describe('when things go wrong', () => {
  it('a firewall that refuses leaves the ledger saying so, and is asked again', async () => {
    const machine = new Machine()
    machine.failures = 1
    const [outcome] = await machine.enforcer.answer([finding('203.0.113.7')], NOW)
    expect(outcome).toMatchObject({ state: 'failed', error: 'the firewall did not take the change' })
    expect(machine.active()).toEqual([])
    expect(machine.ledger.blocks().map(({ state }) => state)).toEqual(['failed'])
    machine.now += 2 * MINUTE
    expect((await machine.enforcer.answer([finding('203.0.113.7')], machine.now))[0].state).toBe('blocked')
    expect(await machine.blocked()).toEqual(['203.0.113.7'])
  })

  it('whatever was lost in between is set right both ways by the next tick', async () => {
    const machine = new Machine()
    await machine.enforcer.answer([finding('203.0.113.7'), finding('203.0.113.8')], NOW)
    // The program died after the ledger, somebody took an entry out, and another was left behind.
    machine.ledger.addBlock({ ...(machine.ledger.activeBlocks()[0] as Block), id: 'lost', prefix: '203.0.113.9' })
    await machine.firewall.apply({ add: [{ prefix: '192.0.2.1', seconds: null }], remove: ['203.0.113.8'] })
    const report = await machine.enforcer.tick(NOW + MINUTE)
    expect(report.repaired.sort()).toEqual(['203.0.113.8', '203.0.113.9'])
    expect(report.strays).toEqual(['192.0.2.1'])
    expect(await machine.blocked()).toEqual(['203.0.113.7', '203.0.113.8', '203.0.113.9'])
    expect((await machine.enforcer.tick(NOW + MINUTE)).repaired).toEqual([])
  })

  it('permanent blocks are there again after a reboot, the others for what is left of them', async () => {
    const machine = new Machine('enforce', { policies: { blacklisted: { action: 'permanent_block' } } })
    await machine.enforcer.answer(
      [finding('203.0.113.7', NOW, { rule: 'blacklisted-source' }), finding('203.0.113.8')],
      NOW,
    )
    machine.now = NOW + 20 * MINUTE
    machine.firewall = openDry(() => machine.now)
    const reborn = machine.start('enforce')
    await reborn.tick(machine.now)
    expect(await machine.firewall.list()).toEqual([
      { prefix: '203.0.113.7', seconds: null },
      { prefix: '203.0.113.8', seconds: 2400 },
    ])
  })

  it('a firewall that cannot be read is no empty firewall', async () => {
    const machine = new Machine()
    await machine.enforcer.answer([finding('203.0.113.7')], NOW)
    machine.firewall = { ...machine.firewall, list: async () => await Promise.reject(new Error('busy')) }
    expect((await machine.enforcer.tick(NOW + MINUTE)).error).toBe('busy')
    expect(machine.active()).toEqual(['203.0.113.7'])
  })

  it('ledger and firewall agree after any history, and removing all ends every block', async () => {
    const address = fc.nat(5).map(i => `203.0.113.${i}`)
    const step = fc.oneof(
      fc.record({ do: fc.constant('answer' as const), who: fc.array(address, { minLength: 1, maxLength: 4 }) }),
      fc.record({
        do: fc.constantFrom('add' as const, 'remove' as const, 'fail' as const, 'vanish' as const, 'protect' as const),
        who: fc.array(address, { minLength: 1, maxLength: 1 }),
      }),
      fc.record({ do: fc.constant('wait' as const), who: fc.constant([]), minutes: fc.integer({ min: 1, max: 300 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async steps => {
        const machine = new Machine()
        for (const one of steps) {
          const [who] = one.who
          if (one.do === 'answer')
            await machine.enforcer.answer(
              one.who.map(source => finding(source, machine.now)),
              machine.now,
            )
          else if (one.do === 'add')
            await machine.enforcer.add({ prefix: who, seconds: 600, reason: 'mine' }, machine.now).catch(expectProblem)
          else if (one.do === 'remove') await machine.enforcer.remove(who, machine.now).catch(expectProblem)
          else if (one.do === 'fail') machine.failures = 1
          else if (one.do === 'vanish') await machine.firewall.clear()
          else if (one.do === 'protect') machine.safe = one.who
          else if (one.do === 'wait') machine.now += one.minutes * MINUTE
        }
        machine.failures = 0
        await machine.enforcer.tick(machine.now)
        expect(await machine.blocked()).toEqual(machine.active())
        for (const safe of machine.safe) expect(machine.active()).not.toContain(safe)
        expect(new Set(machine.active()).size).toBe(machine.active().length)
        await machine.enforcer.removeAll(machine.now)
        expect(machine.active()).toEqual([])
        expect(await machine.blocked()).toEqual([])
      }),
      { seed: 1, numRuns: 150 },
    )
  })
})

function expectProblem(error: unknown): void {
  expect(error).toBeInstanceOf(Problem)
}

describe('enforcing on trial', () => {
  it('undoes itself when nobody confirms, and the kernel does where the program has died', async () => {
    const machine = new Machine('observe', { policies: { blacklisted: { action: 'permanent_block' } } })
    await machine.enforcer.setMode('enforce', NOW, NOW + 90 * SECOND)
    await machine.enforcer.answer(
      [finding('203.0.113.7', NOW, { rule: 'blacklisted-source' }), finding('203.0.113.8')],
      NOW,
    )
    for (const { seconds } of await machine.firewall.list()) expect(seconds).toBeLessThanOrEqual(95)
    machine.now = NOW + 96 * SECOND
    expect(await machine.blocked()).toEqual([])
    machine.now = NOW + 90 * SECOND
    const report = await machine.enforcer.tick(machine.now)
    expect(report.undone).toBe(true)
    expect(machine.active()).toEqual([])
    expect(machine.enforcer.mode()).toEqual({ mode: 'observe', confirmBy: null })
    expect((await machine.enforcer.answer([finding('203.0.113.9', machine.now)], machine.now))[0].state).toBe(
      'observed',
    )
    await expect(machine.enforcer.confirm(machine.now)).rejects.toBeInstanceOf(Problem)
  })

  it('is undone before anything else is answered, even where no tick came', async () => {
    const machine = new Machine('observe')
    await machine.enforcer.setMode('enforce', NOW, NOW + 90 * SECOND)
    await machine.enforcer.answer([finding('203.0.113.7')], NOW)
    machine.now = NOW + 91 * SECOND
    expect((await machine.enforcer.answer([finding('203.0.113.8', machine.now)], machine.now))[0].state).toBe(
      'observed',
    )
    expect(await machine.blocked()).toEqual([])
  })

  it('stays when it is confirmed, and blocks then get their whole time', async () => {
    const machine = new Machine('observe')
    await machine.enforcer.setMode('enforce', NOW, NOW + 90 * SECOND)
    await machine.enforcer.answer([finding('203.0.113.7')], NOW)
    machine.now = NOW + 30 * SECOND
    await machine.enforcer.confirm(machine.now)
    expect(await machine.firewall.list()).toEqual([{ prefix: '203.0.113.7', seconds: 3570 }])
    machine.now = NOW + 10 * MINUTE
    expect((await machine.enforcer.tick(machine.now)).undone).toBe(false)
    expect(await machine.blocked()).toEqual(['203.0.113.7'])
  })

  it('is undone after a restart too', async () => {
    const machine = new Machine('observe')
    await machine.enforcer.setMode('enforce', NOW, NOW + 90 * SECOND)
    await machine.enforcer.answer([finding('203.0.113.7')], NOW)
    machine.now = NOW + DAY
    expect((await machine.start('observe').tick(machine.now)).undone).toBe(true)
  })
})

describe("a person's own blocks", () => {
  it('are made in any mode, renewed, and removed', async () => {
    const machine = new Machine('observe')
    await machine.enforcer.add({ prefix: '2001:db8:0:1::5', seconds: 600, reason: 'mine' }, NOW)
    await machine.enforcer.add({ prefix: '2001:db8:0:1::6', seconds: null, reason: 'mine' }, NOW)
    expect(await machine.firewall.list()).toEqual([{ prefix: '2001:db8:0:1::/64', seconds: null }])
    // None is made shorter, and what is answered is what holds.
    const again = await machine.enforcer.add({ prefix: '2001:db8:0:1::7', seconds: 60, reason: 'mine' }, NOW)
    expect(again.expires).toBeNull()
    expect(await machine.firewall.list()).toEqual([{ prefix: '2001:db8:0:1::/64', seconds: null }])
    expect(machine.ledger.blocks()).toMatchObject([{ expires: null }])
    expect((await machine.enforcer.remove('2001:db8:0:1::7', NOW)).map(({ prefix }) => prefix)).toEqual([
      '2001:db8:0:1::/64',
    ])
    expect(await machine.blocked()).toEqual([])
  })

  it('are refused for what is protected, and for what is no address', async () => {
    const machine = new Machine()
    machine.safe = ['203.0.113.7']
    const add = async (prefix: string): Promise<unknown> =>
      await machine.enforcer.add({ prefix, seconds: 60, reason: '' }, NOW)
    await expect(add('203.0.113.7')).rejects.toMatchObject({
      message: expect.stringContaining('SSH'),
      exitCode: EXIT.usage,
    })
    await expect(add('0.0.0.0/0')).rejects.toBeInstanceOf(Problem)
    await expect(add('; reboot')).rejects.toBeInstanceOf(Problem)
    expect(machine.ledger.blocks()).toEqual([])
  })

  it('inside a network that is blocked are told of it', async () => {
    const machine = new Machine()
    await machine.enforcer.add({ prefix: '203.0.113.0/24', seconds: null, reason: 'mine' }, NOW)
    await expect(machine.enforcer.remove('203.0.113.7', NOW)).rejects.toMatchObject({
      hint: expect.stringContaining('203.0.113.0/24'),
    })
    const why = await machine.enforcer.why('203.0.113.7', NOW)
    expect(why.active.map(({ prefix, reason }) => [prefix, reason])).toEqual([['203.0.113.0/24', 'mine']])
    expect((await machine.enforcer.why('127.0.0.1', NOW)).protectedBy).toContain('loopback')
  })

  it('can be compared with the firewall without changing either', async () => {
    const machine = new Machine()
    await machine.enforcer.add({ prefix: '203.0.113.7', seconds: 600, reason: 'mine' }, NOW)
    await machine.enforcer.add({ prefix: '203.0.113.8', seconds: 600, reason: 'mine' }, NOW)
    await machine.firewall.apply({
      add: [
        { prefix: '203.0.113.8', seconds: null },
        { prefix: '192.0.2.1', seconds: 9 },
      ],
      remove: ['203.0.113.7'],
    })
    machine.safe = ['203.0.113.8']
    const found = await machine.enforcer.verify(NOW)
    expect(found.missing.map(({ prefix }) => prefix)).toEqual(['203.0.113.7'])
    expect(found.stray).toEqual(['192.0.2.1'])
    expect(found.wrongTime.map(({ prefix }) => prefix)).toEqual(['203.0.113.8'])
    expect(found.protected.map(({ block }) => block.prefix)).toEqual(['203.0.113.8'])
    expect(await machine.blocked()).toEqual(['192.0.2.1', '203.0.113.8'])
  })
})

const why = whyNoNetwork('nft')

describe.skipIf(why !== undefined)(why === undefined ? 'with nftables' : `with nftables (skipped: ${why})`, () => {
  let network: Network | undefined
  afterEach(async () => {
    await network?.end()
    network = undefined
  })

  it('comes back after a reboot, is counted, and can be cleared by who has nothing but the program', async () => {
    const machine = new Machine()
    network = new Network()
    machine.firewall = await openResponder('nftables', network.run)
    const members = [1, 2, 3].map(i => ({ source: `203.0.113.${i}`, last: NOW }))
    await machine.enforcer.answer([campaign(members, ['203.0.113.0/28']), finding('2001:db8:0:a::7')], NOW)
    const both = ['2001:db8:0:a::/64', '203.0.113.0/28']
    expect(await machine.blocked()).toEqual(both)
    await network.end()
    network = new Network()
    machine.firewall = await openResponder('nftables', network.run)
    expect(await machine.blocked()).toEqual([])
    expect((await machine.enforcer.tick(NOW + SECOND)).repaired.sort()).toEqual(both)
    expect(await machine.blocked()).toEqual(both)
    // Another program has flushed every rule there is.
    await network.run('nft', ['flush', 'ruleset'])
    expect((await machine.enforcer.tick(NOW + SECOND)).repaired.sort()).toEqual(both)
    await clearFirewalls(network.run)
    expect((await network.run('nft', ['list', 'tables'])).stdout).not.toContain('vpsguard')
  })
})
