/** blocks, enforce and observe against a real firewall, each in a network namespace of its own. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { whyNoNetwork } from '../sinks/responders/network.ts'
import { makeBlock } from '../store/records.ts'
import { ended, PROGRAM, type Ran, run, shell, workspace } from '../support/cli.ts'
import { fill, HOUR, seen } from './remembered.ts'

const { path: cwd, write } = workspace()
const absent = whyNoNetwork('nft')
const namespaces: string[] = []
afterAll(() => {
  for (const name of namespaces) spawnSync('ip', ['netns', 'del', name])
})

const GUESSING = seen('aaaa000000000001', 60_000, { count: 40 })
const OWN = seen('aaaa000000000002', 60_000, { count: 40, sources: ['10.1.2.3'] })

interface Place {
  /** Runs the program in the namespace. */
  vpsguard: (...words: string[]) => Promise<Ran>
  /** What the kernel holds. */
  firewall: () => string
  name: string
  folder: string
}

/** A host: a namespace, a folder, a memory with two findings. */
function place(config = ''): Place {
  const name = `vpg-cli-${process.pid}-${namespaces.length}`
  spawnSync('ip', ['netns', 'add', name])
  namespaces.push(name)
  const folder = join(cwd, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'vpsguard.toml'), `[response]\nbackend = "nftables"\nconfirm_seconds = 30\n${config}`)
  fill(join(folder, '.state'), (store, now) => {
    for (const finding of [GUESSING, OWN]) store.findings.upsert(finding, now)
  })
  return {
    name,
    folder,
    vpsguard: (...words) => shell(`ip netns exec ${name} $V ${words.join(' ')}`, { cwd: folder }),
    firewall: () => spawnSync('ip', ['netns', 'exec', name, 'nft', 'list', 'ruleset'], { encoding: 'utf8' }).stdout,
  }
}

describe.skipIf(absent !== undefined)(`blocks${absent === undefined ? '' : ` (skipped: ${absent})`}`, () => {
  it('made by hand are in the firewall and in the ledger, and go again', async () => {
    const { vpsguard, firewall } = place()
    const made = await vpsguard('blocks add 203.0.113.7 2001:db8::9 --minutes 30 --reason mine')
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(firewall()).toMatch(/203\.0\.113\.7 .*timeout 30m/)
    expect((await vpsguard('blocks verify')).stdout).toMatch(/nftables holds exactly 2 active blocks/)
    const { blocks } = JSON.parse((await vpsguard('blocks list --json')).stdout)
    expect(
      blocks.map(({ prefix, reason }: { prefix: string; reason: string }) => `${prefix} ${reason}`).sort(),
    ).toEqual(['2001:db8::/64 mine', '203.0.113.7 mine'])
    spawnSync('ip', ['netns', 'exec', namespaces[0], 'nft', 'flush', 'ruleset'])
    const differs = await vpsguard('blocks verify')
    expect(differs.code).toBe(1)
    expect(differs.stdout).toContain('Not in the firewall: 203.0.113.7, 2001:db8::/64')
    expect((await vpsguard('blocks cleanup')).stdout).toContain('203.0.113.7 was missing in the firewall: it is back')
    expect((await vpsguard('blocks remove 203.0.113.7')).stdout).toBe('203.0.113.7 is no longer blocked.\n')
    expect(firewall()).not.toContain('203.0.113.7')
    expect((await vpsguard('blocks why 203.0.113.7')).stdout).toMatch(
      /is not blocked\.\n[\s\S]*removed: mine[\s\S]*aaaa0000/,
    )
  })

  it('of what is protected are refused', async () => {
    const { vpsguard, firewall } = place()
    const ran = await vpsguard('blocks add 10.1.2.3')
    expect(ran.stderr).toMatch(/not blocked: it is a private network/)
    expect(ran.code).toBe(2)
    expect((await vpsguard('blocks add nonsense')).stderr).toMatch(/this is no address and no network/)
    expect((await vpsguard('blocks remove 203.0.113.9')).stderr).toMatch(/203\.0\.113\.9 is not blocked/)
    expect(firewall()).not.toContain('10.1.2.3')
  })

  it('all go at one word, with no database and no config', async () => {
    const { vpsguard, firewall, folder } = place()
    await vpsguard('blocks add 203.0.113.7')
    expect(firewall()).toContain('203.0.113.7')
    writeFileSync(join(folder, 'vpsguard.toml'), 'this is no config')
    writeFileSync(join(folder, '.state', 'vpsguard.db'), 'this is no database')
    const asked = await vpsguard('blocks remove-all')
    expect(asked.code).toBe(2)
    expect(firewall()).toContain('203.0.113.7')
    const done = await vpsguard('blocks remove-all --yes')
    expect(done.stdout).toContain('nftables: nothing of VPSGuard is in it any more.')
    expect(done.code).toBe(0)
    expect(firewall()).not.toContain('203.0.113.7')
  })

  it('all go, and the ledger is told', async () => {
    const { vpsguard } = place()
    await vpsguard('blocks add 203.0.113.7')
    expect(JSON.parse((await vpsguard('blocks remove-all --yes --json')).stdout)).toMatchObject({ blocks_ended: 1 })
    expect(JSON.parse((await vpsguard('blocks list --json')).stdout).blocks).toEqual([])
  })
})

describe.skipIf(absent !== undefined)(`enforce${absent === undefined ? '' : ` (skipped: ${absent})`}`, () => {
  it('--dry-run says what would be blocked and what is protected, and switches nothing', async () => {
    const { vpsguard, firewall } = place()
    const dry = JSON.parse((await vpsguard('enforce --dry-run --json')).stdout)
    expect(dry.would_block).toMatchObject([{ prefix: '203.0.113.7', rule: 'brute-force' }])
    expect(dry.protected).toMatchObject([{ prefix: '10.1.2.3' }])
    expect(dry.mode).toBe('observe')
    expect(firewall()).toBe('')
  })

  /** Starts enforce without a daemon; answers when it has said how to confirm. */
  async function begun({ name, folder }: Place) {
    const child = spawn('ip', ['netns', 'exec', name, process.execPath, PROGRAM, 'enforce'], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, TZ: 'UTC', VPSGUARD_STATE: join(folder, '.state') },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const done = ended(child)
    await new Promise<void>(resolve => {
      let said = ''
      child.stdout.on('data', chunk => {
        said += chunk
        if (said.includes('this command waits')) resolve()
      })
    })
    return { child, done }
  }

  it('blocks at once, and stays where it is confirmed', async () => {
    const host = place()
    const { done } = await begun(host)
    // Nothing outlives the deadline before it is confirmed.
    expect(host.firewall()).toMatch(/203\.0\.113\.7 .*timeout [23]\ds/)
    expect(host.firewall()).not.toContain('10.1.2.3')
    expect((await host.vpsguard('enforce --confirm')).stdout).toMatch(/^Confirmed/)
    const { code, stdout } = await done
    expect(stdout).toMatch(/left alone: 10\.1\.2\.3[\s\S]*203\.0\.113\.7 for 60 min/)
    expect(stdout).toMatch(/vpsguard enforce --confirm[\s\S]*Confirmed/)
    expect(code).toBe(0)
    expect(host.firewall()).toMatch(/203\.0\.113\.7 .*timeout (59m|1h)/)
    const { blocks, mode } = JSON.parse((await host.vpsguard('blocks list --json')).stdout)
    expect(mode).toBe('enforce')
    expect(blocks).toMatchObject([{ prefix: '203.0.113.7', state: 'active', finding: GUESSING.id }])
    expect((await host.vpsguard('observe')).stdout).toMatch(/Observing again: 1 block ended/)
    expect(host.firewall()).not.toContain('203.0.113.7')
  })

  it('is undone by Ctrl-C', async () => {
    const host = place()
    const { child, done } = await begun(host)
    child.kill('SIGINT')
    const { code, stdout } = await done
    expect(stdout).toContain('Not confirmed: all blocks are gone')
    expect(code).toBe(130)
    expect(host.firewall()).not.toContain('203.0.113.7')
    const late = await host.vpsguard('enforce --confirm')
    expect(late.stderr).toMatch(/nothing to confirm/)
    expect(late.code).toBe(2)
  })
})

describe('without a firewall', () => {
  write('vpsguard.toml', '[response]\nbackend = "dry"\n')

  it('the ledger can be looked at and written in the language of others', async () => {
    fill(join(cwd, '.state'), (store, now) => {
      store.blocks.addBlock(makeBlock('b1', { created: now, expires: now + HOUR }))
      store.blocks.addBlock(
        makeBlock('b2', { prefix: '203.0.113.8', state: 'observed', created: now, expires: now + HOUR }),
      )
    })
    const { stdout } = await run(['blocks', 'list'], { cwd })
    expect(stdout).toMatch(/^Observing: .* No daemon is running\.\n/)
    expect(stdout).toMatch(/203\.0\.113\.8 +would block/)
    for (const [format, line] of [
      ['nft', '203.0.113.7, #'],
      ['iptables', '-s 203.0.113.7 -j DROP'],
      ['nginx', 'deny 203.0.113.7;'],
      ['htaccess', 'Require not ip 203.0.113.7'],
      ['hosts-deny', 'ALL: 203.0.113.7'],
      ['fail2ban', 'banip 203.0.113.7'],
      ['csv', '"203.0.113.7","active"'],
    ]) {
      const exported = await run(['blocks', 'export', '--format', format], { cwd })
      expect(exported.stdout).toContain(line)
      expect(exported.stdout).not.toContain('203.0.113.8')
    }
    expect((await run(['blocks', 'export', '--format', 'ngnix'], { cwd })).code).toBe(2)
    expect((await run(['blocks', 'list', '--state', 'gone'], { cwd })).code).toBe(2)
  })
})
