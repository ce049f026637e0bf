import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coverWithPrefixes } from '../../src/campaigns/prefixes.ts'
import { type Prefix, PrefixSet, parseAddress, parsePrefix, type Words } from '../../src/core/ip.ts'

const prefix = (text: string): Prefix => parsePrefix(text) ?? expect.fail(text)
const words = (text: string): Words => parseAddress(text) ?? expect.fail(text)
const cover = (members: string[], spared: string[] = [], options = {}): string[] =>
  coverWithPrefixes(members.map(prefix), spared.map(words), options)

describe('coverWithPrefixes', () => {
  it('joins neighbours', () => {
    expect(cover(['192.0.2.0', '192.0.2.1', '192.0.2.2', '192.0.2.3'])).toEqual(['192.0.2.0/30'])
  })

  it('keeps strangers apart', () => {
    expect(cover(['192.0.2.1', '198.51.100.1'])).toEqual(['192.0.2.1/32', '198.51.100.1/32'])
  })

  it('never touches a spared address', () => {
    expect(cover(['192.0.2.0', '192.0.2.1', '192.0.2.3'], ['192.0.2.2'])).toEqual(['192.0.2.0/31', '192.0.2.3/32'])
    expect(cover(['192.0.2.1'], ['192.0.2.1'])).toEqual([])
  })

  it('takes IPv6 sources as their /64', () => {
    expect(cover(['2001:db8:0:1::/64', '2001:db8:0:1::/64', '2001:db8:0:0::/64'])).toEqual(['2001:db8::/63'])
  })

  it('does not shut out a network for two of its addresses', () => {
    expect(cover(['192.0.2.1', '192.0.2.200'])).toEqual(['192.0.2.1/32', '192.0.2.200/32'])
  })

  it('answers nothing for nobody', () => {
    expect(cover([])).toEqual([])
  })

  it('is the smallest allowed cover, and among those the narrowest', () => {
    const octets = fc.uniqueArray(fc.nat(31), { minLength: 1, maxLength: 10 })
    fc.assert(
      fc.property(
        octets,
        octets,
        fc.constantFrom(4, 16, 32),
        fc.constantFrom(1, 2, 4),
        (members, others, most, perParticipant) => {
          const spared = others.filter(octet => !members.includes(octet)).slice(0, 4)
          const found = cover(
            members.map(octet => `192.0.2.${octet}`),
            spared.map(octet => `192.0.2.${octet}`),
            { most, perParticipant },
          )
          const set = new PrefixSet(found.map(prefix))
          for (const octet of members) expect(set.has(words(`192.0.2.${octet}`))).toBe(true)
          for (const octet of spared) expect(set.has(words(`192.0.2.${octet}`))).toBe(false)
          const best = bruteForce(new Set(members), new Set(spared), { most, perParticipant })
          expect([found.length, found.reduce((sum, text) => sum + 2 ** (32 - Number(text.split('/')[1])), 0)]).toEqual(
            best,
          )
        },
      ),
      { numRuns: 300 },
    )
  })
})

/** [prefixes, addresses] of the best cover of the members among 0 .. 31, by trying every node of the trie. */
function bruteForce(
  members: ReadonlySet<number>,
  spared: ReadonlySet<number>,
  limits: { most: number; perParticipant: number },
): [number, number] {
  const best = (from: number, size: number): [number, number] => {
    const inside = [...members].filter(octet => octet >= from && octet < from + size).length
    if (inside === 0) return [0, 0]
    const options: [number, number][] = []
    const touches = [...spared].some(octet => octet >= from && octet < from + size)
    if (!touches && size <= Math.max(1, Math.min(limits.most, limits.perParticipant * inside))) options.push([1, size])
    if (size > 1) {
      const [a, b] = [best(from, size / 2), best(from + size / 2, size / 2)]
      options.push([a[0] + b[0], a[1] + b[1]])
    }
    return options.sort((a, b) => a[0] - b[0] || a[1] - b[1])[0]
  }
  return best(0, 32)
}
