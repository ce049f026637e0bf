/** What is never blocked, and where the facts come from. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { type Prefix, PrefixSet, parsePrefix } from '../../../src/core/ip.ts'
import { DAY, MINUTE } from '../../../src/core/time.ts'
import { HostGuards } from '../../../src/sinks/policy/host-guards.ts'
import { KeyLogins } from '../../../src/sinks/policy/key-logins.ts'
import { PrefixMap } from '../../../src/sinks/policy/prefix-map.ts'
import { gatewaysOf, resolversOf, sshPeersOf } from '../../../src/sinks/policy/proc-facts.ts'
import { Protection } from '../../../src/sinks/policy/protection.ts'
import { configOf, NOW } from './findings.ts'

function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text)
  if (prefix === undefined) throw new TypeError(`${text} is no prefix`)
  return prefix
}

describe('protection', () => {
  it.each([
    ['10.1.2.3', 'private'],
    ['192.168.0.0/24', 'private'],
    ['100.64.3.0/24', 'shared'],
    ['169.254.169.254', 'metadata'],
    ['198.18.0.1', 'benchmark'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'multicast'],
    ['::1', 'loopback'],
    ['fe80::/64', 'link-local'],
    ['fd00:1::/64', 'private'],
    ['64:ff9b::/64', 'NAT64'],
    ['2001::/64', 'Teredo'],
    ['104.16.3.4', 'cloudflare'],
    ['2606:4700:1::/64', 'cloudflare'],
    ['151.101.1.0/24', 'fastly'],
    ['203.0.112.0/22', 'larger'],
    ['203.0.113.0/23', 'larger'],
    ['2001:db8::/47', 'larger'],
    ['0.0.0.0/0', ''],
    ['::/0', ''],
  ])('covers %s', (text, why) => {
    const reason = new Protection().covers(prefixOf(text))
    expect(reason).toBeDefined()
    expect(reason).toContain(why)
  })

  it.each(['203.0.113.7', '203.0.113.0/24', '8.8.4.0/24', '2001:db8:0:1::/64', '2a01:4f8::/48'])(
    'does not cover %s',
    text => {
      expect(new Protection().covers(prefixOf(text))).toBeUndefined()
    },
  )

  it('covers networks that contain somebody, and addresses inside a protected network', () => {
    const protection = new Protection({
      sshPeers: ['203.0.113.7'],
      gateways: ['2001:db8:0:1::1'],
      whitelist: [{ prefix: '198.51.100.0/25', why: 'it is on the whitelist' }],
      trustedProxies: ['192.0.2.0/24'],
    })
    expect(protection.covers(prefixOf('203.0.113.0/24'))).toContain('SSH')
    expect(protection.covers(prefixOf('2001:db8:0:1::/64'))).toContain('gateway')
    expect(protection.covers(prefixOf('198.51.100.9'))).toContain('whitelist')
    expect(protection.covers(prefixOf('198.51.100.0/24'))).toContain('whitelist')
    expect(protection.covers(prefixOf('192.0.2.7'))).toContain('proxy')
    expect(protection.covers(prefixOf('198.51.100.128/25'))).toBeUndefined()
    expect(protection.covers(prefixOf('203.0.113.8'))).toBeUndefined()
  })
})

describe('a map of prefixes', () => {
  it('finds an overlap where there is one, and only there', () => {
    const prefix = fc
      .tuple(fc.constantFrom('203.0.113', '203.0.112'), fc.nat(255), fc.integer({ min: 18, max: 32 }))
      .map(([net, host, bits]) => prefixOf(`${net}.${host}/${bits}`))
    const contains = (wide: Prefix, narrow: Prefix): boolean =>
      wide.length <= narrow.length && new PrefixSet([wide]).has(narrow.words)
    fc.assert(
      fc.property(fc.array(prefix, { maxLength: 12 }), prefix, (entries, asked) => {
        const map = new PrefixMap(entries.map(entry => [entry, entry] as const))
        const containing = map.containing(asked)
        expect(containing !== undefined).toBe(entries.some(entry => contains(entry, asked)))
        if (containing !== undefined) expect(contains(containing, asked)).toBe(true)
        expect(map.inside(asked) !== undefined).toBe(entries.some(entry => contains(asked, entry)))
        expect(map.overlapping(asked) !== undefined).toBe(
          entries.some(entry => contains(entry, asked) || contains(asked, entry)),
        )
      }),
      { seed: 1, numRuns: 1000 },
    )
  })
})

describe('logins by key', () => {
  it('protect their address for so many days, an IPv6 one its /64', () => {
    const logins = new KeyLogins(30)
    logins.note('203.0.113.7', NOW - 29 * DAY)
    logins.note('203.0.113.8', NOW - 31 * DAY)
    logins.note('2001:db8:0:1::5', NOW)
    logins.note('example.net', NOW)
    expect(logins.guarded(NOW).map(({ prefix }) => prefix)).toEqual(['203.0.113.7', '2001:db8:0:1::/64'])
    const again = new KeyLogins(30)
    again.restore(logins.snapshot())
    expect(again.guarded(NOW)).toEqual(logins.guarded(NOW))
    // A clock that leaps a year ahead, and is set right.
    expect(again.guarded(NOW + 365 * DAY)).toEqual([])
    expect(again.guarded(NOW)).toEqual(logins.guarded(NOW))
  })

  it('are bounded; the oldest go', () => {
    const logins = new KeyLogins(30)
    logins.note('198.51.100.1', NOW)
    for (let i = 0; i < 30_000; i++) logins.note(`11.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, NOW - DAY + i)
    const guarded = logins.guarded(NOW)
    expect(guarded.length).toBeLessThanOrEqual(10_000)
    expect(guarded.map(({ prefix }) => prefix)).toContain('198.51.100.1')
  })
})

describe("a host's surroundings", () => {
  let root = ''
  afterEach(() => {
    if (root !== '') rmSync(root, { recursive: true })
    root = ''
  })
  const put = (path: string, text: string): void => {
    if (root === '') root = mkdtempSync(join(tmpdir(), 'vpg-guards-'))
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const process = (pid: number, title: string, inode: number): void => {
    put(`proc/${pid}/cmdline`, `${title}\0`)
    put(`proc/${pid}/comm`, `${title.replace(/:.*/, '')}\n`)
    mkdirSync(join(root, `proc/${pid}/fd`))
    symlinkSync(`socket:[${inode}]`, join(root, `proc/${pid}/fd/4`))
  }
  const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
  const socket = (remote: string, state: string, inode: number): string =>
    `   0: 0164A8C0:0016 ${remote}:C350 ${state} 00000000:00000000 02:0000 00000000     0        0 ${inode} 4 0000 20 4 29 10 -1\n`

  it('are who is logged in by SSH: not who is still guessing, nor who has left', async () => {
    process(100, 'sshd: ana@pts/0', 1)
    process(101, 'sshd-session: root@notty', 2)
    process(102, 'sshd: root [preauth]', 3)
    process(103, 'sshd: unknown [priv]', 4)
    process(104, 'sshd: ana@pts/1', 5)
    process(105, 'nginx: x@y', 6)
    put(
      'proc/net/tcp',
      HEAD +
        socket('077100CB', '01', 1) +
        socket('087100CB', '01', 3) +
        socket('097100CB', '01', 4) +
        socket('0A7100CB', '06', 5) +
        socket('0B7100CB', '01', 6),
    )
    put('proc/net/tcp6', HEAD + socket('B80D012000000A000000000007000000', '01', 2))
    put('run/systemd/sessions/3', 'UID=0\nSTATE=active\nREMOTE=1\nREMOTE_HOST=198.51.100.4\n')
    put('run/systemd/sessions/4', 'UID=0\nSTATE=closing\nREMOTE_HOST=198.51.100.5\n')
    put('run/systemd/sessions/5', 'STATE=active\nREMOTE_HOST=home.example.net\n')
    expect((await sshPeersOf(root)).sort()).toEqual(['198.51.100.4', '2001:db8:a::7', '203.0.113.7'])
  })

  it('are its gateways and name servers', async () => {
    put(
      'proc/net/route',
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t016433C6\t0003\t0\t0\t0\t00000000\neth0\t006433C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\n',
    )
    const zeros = '0'.repeat(32)
    put(
      'proc/net/ipv6_route',
      `${zeros} 00 ${zeros} 00 20010db8000000010000000000000001 00000400 00000001 00000000 00000003 eth0\n${zeros} 00 ${zeros} 00 ${zeros} ffffffff 1 0 200200 lo\n`,
    )
    put(
      'etc/resolv.conf',
      '# nameserver 192.0.2.1\nnameserver 127.0.0.53\nnameserver 198.51.100.53 # ours\noptions edns0\n',
    )
    put('run/systemd/resolve/resolv.conf', 'nameserver 2001:db8:0:2::53\n')
    expect(await gatewaysOf(root)).toEqual(['198.51.100.1', '2001:db8:0:1::1'])
    expect(await resolversOf(root)).toEqual(['127.0.0.53', '198.51.100.53', '2001:db8:0:2::53'])
  })

  it('are read anew each time, from files that may not be there', async () => {
    put('etc/resolv.conf', 'nameserver 198.51.100.53\n')
    const guards = new HostGuards({
      config: configOf(),
      whitelist: ['192.0.2.0/28'],
      trustedProxies: [],
      root,
      sshConnection: '203.0.113.9 4242 198.51.100.1 22',
    })
    const covers = async (text: string): Promise<string | undefined> =>
      (await guards.protection(NOW)).covers(prefixOf(text))
    expect(await covers('198.51.100.53')).toContain('name server')
    expect(await covers('192.0.2.0/24')).toContain('whitelist')
    expect(await covers('203.0.113.9')).toContain('SSH')
    expect(await covers('203.0.113.7')).toBeUndefined()
    guards.noteKeyLogin('203.0.113.7', NOW - DAY)
    expect(await covers('203.0.113.7')).toContain('by key')
    for (const { address } of Object.values(networkInterfaces()).flatMap(all => all ?? [])) {
      expect(await covers(address)).toBeDefined()
    }
  })

  it('are what names stand for; the last good answer holds, and its age is told', async () => {
    put('etc/resolv.conf', '')
    let answer: readonly string[] | undefined = ['203.0.113.20']
    const guards = new HostGuards({
      config: configOf({ allow_names: ['home.example.net'] }),
      whitelist: [],
      trustedProxies: [],
      root,
      lookup: async () => {
        if (answer === undefined) throw new Error('SERVFAIL')
        return answer
      },
    })
    const covers = async (text: string, now: number): Promise<string | undefined> => {
      await guards.refreshNames(now)
      return (await guards.protection(now)).covers(prefixOf(text))
    }
    expect(await covers('203.0.113.20', NOW)).toContain('home.example.net')
    answer = ['203.0.113.21', '2001:db8:0:1::21']
    expect(await covers('203.0.113.21', NOW + MINUTE)).toBeUndefined()
    expect(await covers('203.0.113.21', NOW + 6 * MINUTE)).toContain('home.example.net')
    expect(await covers('2001:db8:0:1::/64', NOW + 6 * MINUTE)).toContain('home.example.net')
    expect(guards.staleNames()).toEqual([])
    answer = undefined
    expect(await covers('203.0.113.21', NOW + 12 * MINUTE)).toContain('home.example.net')
    expect(guards.staleNames()).toEqual([{ name: 'home.example.net', since: NOW + 6 * MINUTE }])
    answer = ['203.0.113.22']
    expect(await covers('203.0.113.22', NOW - 365 * DAY)).toContain('home.example.net')
  })
})
