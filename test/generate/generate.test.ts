import { describe, expect, it } from 'vitest'
import { Problem } from '../../src/core/errors.ts'
import type { Format, Generated, GenerateOptions } from '../../src/generate/index.ts'
import { FORMATS, generate, PROFILES, parseFormat, parseProfile } from '../../src/generate/index.ts'
import { failuresBySource, readCombined, readSystemLine } from './read-back.ts'

const START = Date.UTC(2026, 1, 2)

function make(options: Partial<GenerateOptions> & { format: Format }): Generated {
  return generate({ entries: 3000, days: 7, seed: 11, start: START, profiles: [], ...options })
}

function problemOf(action: () => unknown): Problem {
  try {
    action()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('every format', () => {
  for (const format of [...FORMATS.auth, ...FORMATS.web]) {
    const profile = FORMATS.auth.some(one => one === format) ? 'botnet' : 'spray-scan'

    it(`${format}: the same seed gives the same bytes, another seed others`, () => {
      const first = make({ format, profiles: [{ id: profile, share: 0.1 }] })
      const again = make({ format, profiles: [{ id: profile, share: 0.1 }] })
      const other = make({ format, profiles: [{ id: profile, share: 0.1 }], seed: 12 })
      const lines = [...first.lines]
      expect([...again.lines]).toEqual(lines)
      expect([...first.lines]).toEqual(lines)
      expect(again.truth).toEqual(first.truth)
      expect([...other.lines]).not.toEqual(lines)
    })

    it(`${format}: as many lines as asked for, and as many as the truth says`, () => {
      for (const entries of [200, 3000, 20_000]) {
        const { lines, truth } = make({ format, entries, profiles: [{ id: profile, share: 0.1 }] })
        const count = [...lines].length
        expect(count).toBe(truth.lines)
        expect(Math.abs(count - entries)).toBeLessThan(Math.max(40, entries * 0.02))
      }
    })

    it(`${format}: holds no address of anybody`, () => {
      const text = [...make({ format, entries: 5000, profiles: [{ id: profile, share: 0.2 }] }).lines].join('\n')
      const found = new Set(text.match(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/g))
      const foreign = [...found].filter(
        address => !/^(?:198\.1[89]|192\.0\.2|198\.51\.100|203\.0\.113)\./.test(address),
      )
      // Version numbers of browsers look like addresses; so does the address that sshd listens on.
      expect(
        foreign.filter(address => !/\.0\.0\.0$|^0\.0\.0\.0$|^169\.254\.169\.254$|^127\.0\.0\.1$/.test(address)),
      ).toEqual([])
    })
  }
})

describe('system logs', () => {
  for (const format of FORMATS.auth) {
    it(`${format}: every line reads back, in time order`, () => {
      const said = [
        ...make({
          format,
          profiles: [
            { id: 'brute', share: 0.1 },
            { id: 'breach', share: 0.05 },
            { id: 'recon', share: 0.05 },
          ],
        }).lines,
      ].map(readSystemLine)
      const times = said.map(one => one.time).filter(time => !Number.isNaN(time))
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(new Set(said.map(one => one.program)).has('sshd')).toBe(true)
    })

    it(`${format}: the lines tell of as many failures as the truth`, () => {
      const { lines, truth } = make({
        format,
        entries: 6000,
        profiles: ['brute', 'botnet', 'stuffing', 'low-slow', 'breach'].map(id => ({ id, share: 0.08 })),
      })
      const failures = failuresBySource([...lines].map(readSystemLine))
      for (const attack of truth.attacks) {
        const told = attack.sources.reduce((sum, source) => sum + (failures.get(source) ?? 0), 0)
        expect(told, attack.profile).toBe(attack.attempts - (attack.breached === undefined ? 0 : 1))
      }
    })
  }

  it('writes what journald requires of every entry', () => {
    for (const line of make({ format: 'journald-json', entries: 300 }).lines) {
      const entry: unknown = JSON.parse(line)
      expect(Object.values(Object(entry)).every(value => typeof value === 'string')).toBe(true)
      expect(entry).toMatchObject({
        _TRANSPORT: 'syslog',
        __REALTIME_TIMESTAMP: expect.stringMatching(/^\d{16}$/),
        _PID: expect.stringMatching(/^[1-9]\d*$/),
      })
    }
  })

  it('pads the day with a space and leaves the year out', () => {
    expect([...make({ format: 'auth' }).lines][0]).toMatch(/^Feb {2}2 \d\d:\d\d:\d\d web-1 /)
  })

  it('takes the host name that is asked for', () => {
    expect([...make({ format: 'auth', host: 'db-3' }).lines].every(line => / db-3 /.test(line))).toBe(true)
  })

  it('leaves cron and logind out where Red Hat does', () => {
    const programs = new Set(
      [...make({ format: 'secure', profiles: [{ id: 'breach', share: 0.1 }] }).lines].map(
        line => readSystemLine(line).program,
      ),
    )
    expect(programs.has('CRON') || programs.has('systemd-logind')).toBe(false)
    expect(programs.has('sudo')).toBe(true)
  })

  it('never gives two connections of one day the same pid', () => {
    const opened = new Map<number, string>()
    for (const line of make({
      format: 'syslog-rfc3339',
      entries: 8000,
      days: 3,
      profiles: [{ id: 'botnet', share: 0.4 }],
    }).lines) {
      const { pid, message, program } = readSystemLine(line)
      const source = / from (\S+) port /.exec(message)?.[1]
      if (program !== 'sshd' || source === undefined) continue
      expect(opened.get(pid) ?? source).toBe(source)
      opened.set(pid, source)
    }
  })
})

describe('access logs', () => {
  for (const format of ['nginx', 'apache', 'apache-vhost'] as const) {
    it(`${format}: every line reads back, in time order; the truth counts the same requests`, () => {
      const { lines, truth } = make({
        format,
        entries: 4000,
        profiles: ['scan', 'web-stuffing', 'spray-scan'].map(id => ({ id, share: 0.1 })),
      })
      const asked = [...lines].map(readCombined)
      const times = asked.map(one => one.time)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      for (const attack of truth.attacks) {
        const sources = new Set(attack.sources)
        expect(asked.filter(one => sources.has(one.source)).length, attack.profile).toBe(attack.attempts)
      }
    })
  }

  for (const format of ['web-json', 'caddy-json'] as const) {
    it(`${format}: every line is one JSON object`, () => {
      for (const line of make({ format, entries: 500, profiles: [{ id: 'scan', share: 0.2 }] }).lines)
        expect(JSON.parse(line)).toMatchObject({ status: expect.any(Number) })
    })
  }

  it('has what the log of an ordinary site has', () => {
    const asked = [...make({ format: 'nginx', entries: 20_000 }).lines].map(readCombined)
    const has = (test: (one: ReturnType<typeof readCombined>) => boolean): boolean => asked.some(test)
    expect(has(one => one.target === '/robots.txt' && one.agent.includes('Googlebot'))).toBe(true)
    expect(has(one => one.status === 304)).toBe(true)
    expect(has(one => one.agent.includes('UptimeRobot'))).toBe(true)
    expect(has(one => one.target === '/apple-touch-icon.png' && one.status === 404)).toBe(true)
    expect(has(one => one.method === 'POST' && one.status === 302)).toBe(true)
    expect(has(one => one.target === '/.env')).toBe(true)
  })
})

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

describe('what is asked wrongly', () => {
  it('names the nearest profile, format or share', () => {
    expect(problemOf(() => parseProfile('botnte:0.1'))).toMatchObject({ exitCode: 2, hint: 'Did you mean "botnet"?' })
    expect(problemOf(() => parseProfile('botnet:2')).expected).toMatch(/above 0 and at most 1/)
    expect(problemOf(() => parseProfile('botnet:')).message).toContain('botnet')
    expect(problemOf(() => parseProfile('botnet:x')).exitCode).toBe(2)
    expect(problemOf(() => parseFormat('ngnix')).hint).toBe('Did you mean "nginx"?')
    expect(problemOf(() => make({ format: 'nginx', profiles: [{ id: 'botnet', share: 0.1 }] })).expected).toContain(
      'scan',
    )
    expect(
      problemOf(() =>
        make({
          format: 'auth',
          profiles: [
            { id: 'brute', share: 0.6 },
            { id: 'botnet', share: 0.6 },
          ],
        }),
      ).message,
    ).toContain('1.2')
  })

  it('refuses numbers that mean nothing', () => {
    for (const bad of [
      { entries: 0 },
      { entries: 1.5 },
      { days: 0 },
      { days: NaN },
      { seed: -1 },
      { newSourcesPerDay: -1 },
      { host: 'a b' },
      { start: Infinity },
    ]) {
      expect(problemOf(() => make({ format: 'auth', ...bad })).exitCode).toBe(2)
    }
  })

  it('reads profiles as people write them', () => {
    expect(parseProfile('botnet:0.1')).toEqual({ id: 'botnet', share: 0.1 })
    expect(parseProfile('low-slow')).toEqual({ id: 'low-slow', share: 0.1 })
  })
})
