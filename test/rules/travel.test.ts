/** Accounts that are nobody in particular: their travels are told a few times, and then no more. */
import { describe, expect, it } from 'vitest'
import rule from '../../src/rules/geo-velocity.ts'
import { analyzeLines } from '../support/analyze-lines.ts'

const two = (number: number): string => String(number).padStart(2, '0')
const login = (hour: number, source: string, key: string): string =>
  `2026-03-${two(1 + Math.floor(hour / 24))}T${two(hour % 24)}:00:00+00:00 web-1 sshd[${4000 + hour}]: Accepted publickey for deploy from ${source} port 41000 ssh2: ED25519 SHA256:${key}`
/** Every other network is on the other side of the world. */
const geo = {
  place: (address: string) =>
    Number(address.split('.')[2]) % 2 === 0
      ? { country: 'DE', latitude: 52.5, longitude: 13.4, radius: 300 }
      : { country: 'AU', latitude: -33.9, longitude: 151.2, radius: 300 },
  network: () => undefined,
}
const told = (lines: string[]): string[] =>
  analyzeLines(lines, { rules: [rule], services: { geo } }).map(({ title }) => title)

describe('impossible travel', () => {
  it('of a build job that comes from everywhere is told five times', () => {
    expect(told(Array.from({ length: 100 }, (_, i) => login(i, `20.1.${i}.7`, 'ci')))).toHaveLength(5)
  })

  it('is none where people of two continents share an account, each with a key', () => {
    const lines = Array.from({ length: 100 }, (_, i) => login(24 + i, `20.1.${i % 2}.7`, i % 2 === 0 ? 'ana' : 'bo'))
    // That the second of them appears at all is new, once.
    expect(told(lines)).toHaveLength(1)
  })

  it('is told of a key that shows up elsewhere, whoever else logs in between', () => {
    const lines = [login(0, '20.1.0.7', 'ana'), login(30, '20.1.1.7', 'bo'), login(31, '20.1.0.7', 'ana')]
    expect(told(lines)).toEqual([])
    expect(told([...lines, login(32, '20.1.3.7', 'ana')])).toHaveLength(1)
  })
})
