import { isIP, SocketAddress } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AddressTable } from '../../src/core/addresses.ts'
import { formatAddress, formatPrefix, isInternal, PrefixSet, parseAddress, parsePrefix } from '../../src/core/ip.ts'

const v4 = fc.ipV4()
const v6 = fc.ipV6()

describe('addresses', () => {
  it('are read and written as the runtime does', () => {
    fc.assert(
      fc.property(fc.oneof(v4, v6), text => {
        const words = parseAddress(text)
        expect(words).toBeDefined()
        const written = formatAddress(words ?? [0, 0, 0, 0])
        expect(parseAddress(written)).toEqual(words)
        const runtime = isIP(text) === 6 ? new SocketAddress({ address: text, family: 'ipv6' }).address : text
        // The runtime writes some low addresses half dotted, as RFC 5952 does not ask.
        if (!runtime.includes('.')) expect(written).toBe(runtime)
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  it('that the runtime refuses are refused', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f:.]{1,24}$/), text => {
        if (isIP(text) === 0) expect(parseAddress(text)).toBeUndefined()
        else expect(parseAddress(text)).toBeDefined()
      }),
      { seed: 2, numRuns: 2000 },
    )
  })

  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
  ])('%s is %s', (text, written) => {
    expect(formatAddress(parseAddress(text) ?? [1, 1, 1, 1])).toBe(written)
  })

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    '1:2:3:4:5:6:7:8:9',
    ':::',
    '1::2::3',
    'g::1',
    '1.2.3.4%',
    'web.example',
  ])('%s is none', text => {
    expect(parseAddress(text)).toBeUndefined()
  })
})

describe('prefixes', () => {
  it('hold exactly their addresses', () => {
    fc.assert(
      fc.property(v4, fc.integer({ min: 0, max: 32 }), v4, (base, bits, other) => {
        const prefix = parsePrefix(`${base}/${bits}`)
        const words = parseAddress(other)
        if (prefix === undefined || words === undefined) throw new TypeError('generated text was refused')
        const shift = BigInt(32 - bits)
        const number = (text: string): bigint => text.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n)
        expect(new PrefixSet([prefix]).has(words)).toBe(number(base) >> shift === number(other) >> shift)
      }),
      { seed: 3 },
    )
  })

  it.each(['10.0.0.0/33', '10.0.0/8', '2001:db8::/129', '10.0.0.0/-1', '10.0.0.0/8x', 'ten/8'])('%s is none', text => {
    expect(parsePrefix(text)).toBeUndefined()
  })

  it('are written as they are meant', () => {
    const write = (text: string): string | undefined => {
      const prefix = parsePrefix(text)
      return prefix === undefined ? undefined : formatPrefix(prefix)
    }
    expect(write('192.0.2.77/24')).toBe('192.0.2.0/24')
    expect(write('2001:db8:1::/48')).toBe('2001:db8:1::/48')
    expect(write('192.0.2.7')).toBe('192.0.2.7/32')
  })

  it.each([
    '10.1.2.3',
    '127.0.0.1',
    '192.168.1.1',
    '172.31.0.1',
    '169.254.1.1',
    '100.64.0.1',
    '::1',
    'fe80::1',
    'fd00::1',
  ])('%s is internal', text => {
    expect(isInternal(parseAddress(text) ?? [1, 2, 3, 4])).toBe(true)
  })

  it.each(['8.8.8.8', '172.32.0.1', '203.0.113.7', '2001:db8::1', '2606:4700::1'])('%s is outside', text => {
    expect(isInternal(parseAddress(text) ?? [0, 0, 0, 0])).toBe(false)
  })
})

describe('the table of sources', () => {
  const words = (text: string): readonly number[] => parseAddress(text) ?? [0, 0, 0, 0]

  it('counts IPv6 by the /64 and tells when several addresses of one took part', () => {
    const table = new AddressTable()
    const first = table.idOf(words('2001:db8:1:2::7'))
    expect(table.format(first)).toBe('2001:db8:1:2::7')
    expect(table.idOf(words('2001:db8:1:2:aaaa::9'))).toBe(first)
    expect(table.format(first)).toBe('2001:db8:1:2::/64')
    expect(table.idOf(words('2001:db8:1:3::7'))).not.toBe(first)
    expect(table.identity(first)).toBe('2001:db8:1:2::/64')
  })

  it('keeps every address apart, through growth and a restart', () => {
    const table = new AddressTable()
    const ids = new Map<string, number>()
    for (let i = 0; i < 20_000; i++) {
      const text =
        i % 3 === 0
          ? `2001:db8:${(i % 60_000).toString(16)}:1::1`
          : `198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`
      ids.set(text, table.idOf(words(text)))
    }
    ids.set('host.example', table.idOfName('host.example'))
    expect(new Set(ids.values()).size).toBe(ids.size)
    const again = new AddressTable()
    again.restore(JSON.parse(JSON.stringify(table.snapshot())))
    for (const [text, id] of ids) expect(again.format(id)).toBe(text)
  })

  it('stays bounded, and says so', () => {
    const table = new AddressTable(() => 0, 1000)
    for (let i = 0; i < 5000; i++) table.idOf([0, 0, 0xffff, i])
    expect(table.size).toBe(1000 + 64)
    expect(table.overflow).toBe(4000)
  })

  it('gives what is over to the account of nobody', () => {
    const table = new AddressTable(() => 0, 10)
    for (let i = 0; i < 10; i++) table.idOf([0, 0, 0xffff, i])
    for (const id of [
      table.idOf([0, 0, 0xffff, 4000]),
      table.idOf([0x20010db8, 7, 0, 1]),
      table.idOfName('late.example'),
    ]) {
      expect(id).toBeGreaterThanOrEqual(10)
      expect(table.format(id)).toMatch(/^further sources, group \d+$/)
      expect(table.words(id)).toBeUndefined()
      const again = new AddressTable(() => 0, 10)
      again.restore(table.snapshot())
      expect(again.format(id)).toBe(table.format(id))
      expect(again.snapshot()).toEqual(table.snapshot())
    }
    expect(table.format(table.idOf([0, 0, 0xffff, 3]))).toBe('0.0.0.3')
  })
})
