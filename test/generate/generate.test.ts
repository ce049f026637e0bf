import { describe, expect, it } from 'vitest'
import { Problem } from '../../src/core/errors.ts'
import { FORMATS, parseFormat, parseProfile } from '../../src/generate/index.ts'
import { make } from './make.ts'
import { failuresBySource, readCombined, readSystemLine } from './read-back.ts'

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
