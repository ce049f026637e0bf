import { describe, expect, it } from 'vitest'
import { PROFILES } from '../../src/generate/index.ts'
import { make, START } from './make.ts'
import { failuresBySource, readSystemLine } from './read-back.ts'

describe('shares', () => {
  for (const profile of PROFILES) {
    it(`${profile.id}: takes its share of the lines, after a quiet beginning`, () => {
      const format = profile.service === 'auth' ? 'auth' : 'nginx'
      for (const share of [0.05, 0.2]) {
        const { truth } = make({ format, entries: 8000, profiles: [{ id: profile.id, share }] })
        const [attack] = truth.attacks
        expect(attack.profile).toBe(profile.id)
        expect(Math.abs(attack.lines - share * 8000)).toBeLessThan(20)
        expect(Date.parse(attack.first)).toBeGreaterThan(START + 3 * 86_400_000)
        expect(Date.parse(attack.last)).toBeLessThanOrEqual(Date.parse(truth.end))
        expect(attack.sources.length).toBeGreaterThan(0)
      }
    })
  }
})

describe('profiles', () => {
  const attackOf = (id: string, share = 0.1) => make({ format: 'auth', entries: 8000, profiles: [{ id, share }] })

  it('brute: one address, many tries', () => {
    const [attack] = attackOf('brute').truth.attacks
    expect(attack.sources).toHaveLength(1)
    expect(attack.attempts).toBeGreaterThan(100)
  })

  it('botnet: no address tries more than four times; few names', () => {
    const { lines, truth } = attackOf('botnet')
    const [attack] = truth.attacks
    const failures = failuresBySource([...lines].map(readSystemLine))
    expect(Math.max(...attack.sources.map(source => failures.get(source) ?? 0))).toBeLessThanOrEqual(4)
    expect(attack.sources.length).toBeGreaterThan(80)
    expect(attack.users.length).toBeLessThanOrEqual(3)
  })

  it('stuffing: as many names as tries', () => {
    const [attack] = attackOf('stuffing').truth.attacks
    expect(attack.users.length).toBe(attack.attempts)
    expect(attack.attempts / attack.sources.length).toBeLessThan(1.6)
  })

  it('low-slow: no address tries twice within half an hour', () => {
    const { lines, truth } = make({
      format: 'syslog-rfc3339',
      entries: 6000,
      days: 7,
      profiles: [{ id: 'low-slow', share: 0.05 }],
    })
    const sources = new Set(truth.attacks[0].sources)
    const last = new Map<string, number>()
    for (const { time, message } of [...lines].map(readSystemLine)) {
      const source = /^Failed password .* from (\S+) port/.exec(message)?.[1]
      if (source === undefined || !sources.has(source)) continue
      expect(time - (last.get(source) ?? 0)).toBeGreaterThan(30 * 60_000)
      last.set(source, time)
    }
    expect(Date.parse(truth.attacks[0].last) - Date.parse(truth.attacks[0].first)).toBeGreaterThan(2 * 86_400_000)
  })

  it('breach: failures, then the login that the truth names, then a new account with all rights', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const { lines, truth } = make({
        format: 'journald-json',
        seed,
        entries: 2000,
        profiles: [{ id: 'breach', share: 0.08 }],
      })
      const { breached, sources } = truth.attacks[0]
      const said = [...lines].map(readSystemLine)
      const entry = said.findIndex(
        one => one.message.startsWith('Accepted password') && one.message.includes(` from ${sources[0]} `),
      )
      expect(said[entry].message).toContain(`for ${breached?.user} from ${breached?.source} port`)
      expect(Math.floor(said[entry].time)).toBe(Date.parse(breached?.time ?? ''))
      const before = failuresBySource(said.slice(0, entry)).get(sources[0]) ?? 0
      expect(before).toBeGreaterThanOrEqual(8)
      expect(failuresBySource(said.slice(entry)).get(sources[0])).toBeUndefined()
      const after = said.slice(entry).map(one => `${one.program}: ${one.message}`)
      expect(after.some(text => /^useradd: new user: name=/.test(text))).toBe(true)
      expect(after.some(text => /^usermod: add '\S+' to group 'sudo'$/.test(text))).toBe(true)
    }
  })

  it('recon: never a name', () => {
    const { lines, truth } = attackOf('recon')
    const sources = new Set(truth.attacks[0].sources)
    expect(truth.attacks[0].users).toEqual([])
    for (const { message } of [...lines].map(readSystemLine)) {
      if ([...message.matchAll(/[\da-f.:]{7,}/g)].some(([address]) => sources.has(address)))
        expect(message).not.toMatch(/user|password/i)
    }
  })

  it('never lets an attack share an address with the background or another attack', () => {
    const { truth } = make({
      format: 'auth',
      entries: 9000,
      newSourcesPerDay: 60,
      profiles: ['botnet', 'stuffing', 'low-slow'].map(id => ({ id, share: 0.1 })),
    })
    const all = [
      ...truth.background.strangers,
      ...truth.background.legitimate.addresses,
      ...truth.attacks.flatMap(attack => attack.sources),
    ]
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('background', () => {
  it('brings the wanted number of strangers, of whom most come once; root and admin lead', () => {
    const { lines, truth } = make({ format: 'journald-json', entries: 40_000, days: 30, newSourcesPerDay: 20 })
    expect(truth.background.sources).toBeGreaterThan(520)
    expect(truth.background.sources).toBeLessThan(680)
    const strangers = new Set(truth.background.strangers)
    const pids = new Map<string, Set<number>>()
    const names = new Map<string, Set<string>>()
    for (const { message, pid } of [...lines].map(readSystemLine)) {
      const source = /(?:from|by|with) (?:(?:invalid|authenticating) user \S+ )?([\da-f.:]{7,}) port/.exec(message)?.[1]
      if (source === undefined || !strangers.has(source)) continue
      pids.set(source, (pids.get(source) ?? new Set()).add(pid))
      const name = /^Failed password for (?:invalid user )?(\S+) from/.exec(message)?.[1]
      if (name !== undefined) names.set(name, (names.get(name) ?? new Set()).add(source))
    }
    const once = [...pids.values()].filter(set => set.size === 1).length / pids.size
    expect(once).toBeGreaterThan(0.83)
    expect(once).toBeLessThan(0.93)
    const ranked = [...names].toSorted((a, b) => b[1].size - a[1].size).map(([name]) => name)
    expect(ranked.slice(0, 2)).toEqual(['root', 'admin'])
    expect(ranked.length).toBeGreaterThan(60)
  })

  it('gives owners a rhythm and strangers hardly any', () => {
    const { lines } = make({ format: 'journald-json', entries: 60_000, days: 60, newSourcesPerDay: 40 })
    const byHour = { owners: new Array<number>(24).fill(0), strangers: new Array<number>(24).fill(0) }
    for (const { time, message } of [...lines].map(readSystemLine)) {
      const hour = new Date(time).getUTCHours()
      if (message.startsWith('Accepted publickey for') && !/for (?:deploy|restic) /.test(message)) byHour.owners[hour]++
      if (message.startsWith('Invalid user')) byHour.strangers[hour]++
    }
    const night = (hours: number[]): number => hours.slice(0, 6).reduce((a, b) => a + b) / hours.reduce((a, b) => a + b)
    expect(night(byHour.owners)).toBeLessThan(0.05)
    expect(night(byHour.strangers)).toBeGreaterThan(0.18)
    expect(night(byHour.strangers)).toBeLessThan(0.32)
  })
})
