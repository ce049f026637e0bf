import { describe, expect, it } from 'vitest'
import { advise, blockSources, disablePasswords, inspectAccount, lockAccount } from '../../src/kit/recommend.ts'

describe('blocking', () => {
  it.each([
    ['ufw', 'sudo ufw prepend deny from 203.0.113.7'],
    [
      'firewalld',
      'sudo firewall-cmd --permanent --add-rich-rule=\'rule family="ipv4" source address="203.0.113.7" drop\'',
    ],
    ['nftables', 'add rule inet vpsguard input ip saddr 203.0.113.7 drop'],
    ['iptables', 'sudo iptables -I INPUT -s 203.0.113.7 -j DROP'],
    [undefined, 'sudo ip route add blackhole 203.0.113.7'],
  ] as const)('fits %s', (firewall, expected) => {
    const [text] = blockSources(['203.0.113.7'], firewall === undefined ? {} : { firewall })
    expect(text).toContain(expected)
    expect(text.split('\n')[0]).toMatch(/^# /)
  })

  it.each(['ufw', 'firewalld', 'nftables', 'iptables', undefined] as const)(
    'breaks between words that fit a page of 80 columns (%s)',
    firewall => {
      const host = firewall === undefined ? {} : { firewall }
      const many = Array.from({ length: 40 }, (_, i) => `198.51.100.${i}`)
      const commands = [...blockSources(['203.0.113.7'], host), ...blockSources(many, host), ...disablePasswords(host)]
        .join('\n')
        .split('\n')
        .filter(line => !line.startsWith('#'))
      const words = commands.flatMap(line => line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [])
      expect(words.filter(word => word.length > 66)).toEqual(
        firewall === 'firewalld' ? [expect.stringContaining('--add-rich-rule=')] : [],
      )
    },
  )

  it('knows IPv6, and prefixes', () => {
    expect(blockSources(['2001:db8::/64'], { firewall: 'iptables' })[0]).toContain(
      'sudo ip6tables -I INPUT -s 2001:db8::/64 -j DROP',
    )
    expect(blockSources(['2001:db8::7'], { firewall: 'nftables' })[0]).toContain('ip6 saddr 2001:db8::7')
  })

  it("shuts out no visitors of the own site: a delivery network's proxies are told, not blocked", () => {
    const [advice, ...more] = blockSources(['172.64.0.68', '172.64.1.0/24', '2606:4700::7'], {})
    expect(more).toEqual([])
    expect(advice).toMatch(/^# [^\n]*proxies of cloudflare[^\n]*trusted_proxies = \["cloudflare"\]\.$/)
    const mixed = blockSources(['172.64.0.68', '203.0.113.7'], {})
    expect(mixed).toHaveLength(2)
    expect(mixed[0]).toMatch(/^# Some sources are proxies/)
    expect(mixed[1]).toContain('blackhole 203.0.113.7')
    expect(mixed[1]).not.toContain('172.64')
    const many = blockSources(['151.101.1.1', ...Array.from({ length: 9 }, (_, i) => `198.51.100.${i}`)], {})
    expect(many[0]).toContain('leave its addresses out of the file')
    expect(many[1]).toContain('9 sources')
  })

  it('never names an internal address or a host name, and says what an own address may mean', () => {
    expect(blockSources(['client.example.net', '$(reboot)'], {})).toEqual([])
    const advice = blockSources(['10.0.0.4', '192.168.1.1', 'fd00::1', '127.0.0.1', 'client.example.net'], {})
    expect(advice).toEqual([expect.stringMatching(/^# A source is inside your own network: [^\n\d]*$/)])
    expect(blockSources(['172.18.0.1', '203.0.113.7'], {})).toHaveLength(2)
  })

  it.each(['ufw', 'firewalld', 'nftables', 'iptables', undefined] as const)('loads many as a set (%s)', firewall => {
    const sources = Array.from({ length: 40 }, (_, i) => `198.51.100.${i}`)
    const advice = blockSources(sources, firewall === undefined ? {} : { firewall })
    expect(advice).toHaveLength(1)
    expect(advice[0]).toContain('40 sources')
    expect(advice[0]).toContain('blocklist.txt')
    expect(advice[0]).not.toContain('198.51.100.')
  })
})

describe('names from the log', () => {
  it('are one quoted word', () => {
    const nasty = "x'; rm -rf / #\n$(id)"
    for (const text of [lockAccount(nasty), inspectAccount(nasty)]) {
      expect(text).not.toContain('\n$(id)')
      for (const line of text.split('\n')) expect(line).toMatch(/^(# |sudo |last )/)
    }
  })

  it('cannot leave a comment', () => {
    expect(advise('ask a\nrm -rf /').split('\n')).toHaveLength(1)
  })
})

it('says nothing about passwords where there are none', () => {
  expect(disablePasswords({ passwordAuthentication: false })).toEqual([])
  expect(disablePasswords({})).toHaveLength(1)
})
