import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FLAG } from '../../src/core/event.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { Clock, inferYear } from '../../src/engine/clock.ts'
import { createZone } from '../../src/kit/options.ts'
import { eventsOf } from '../support/analyze-lines.ts'

/** A stamp without year and zone, as a parser leaves it. */
const bare = (month: number, day: number, hour = 0, minute = 0, second = 0): number =>
  Date.UTC(2000, month - 1, day, hour, minute, second)
const BARE = FLAG.YEARLESS | FLAG.LOCAL

function clock(zone: string, year: number, reference = Date.UTC(year + 5, 0, 1)): Clock {
  return new Clock({ zone: { name: zone, offset: createZone(zone) }, year, reference })
}

const iso = (time: number): string => new Date(time).toISOString()

describe('the year of a log that has none', () => {
  const reference = Date.UTC(2026, 10, 21)

  it('is the latest in which the log has already been written', () => {
    expect(inferYear({ first: bare(3, 27), last: bare(4, 20), reference })).toBe(2026)
    expect(inferYear({ first: bare(12, 10), last: bare(12, 10), reference })).toBe(2025)
    expect(inferYear({ first: bare(12, 30), last: bare(1, 2), reference })).toBe(2025)
    expect(inferYear({ first: bare(11, 21, 23), reference })).toBe(2026)
  })

  it('is a leap year where Feb 29 stands in it', () => {
    expect(inferYear({ first: bare(2, 27), last: bare(3, 2), reference, leapDay: true })).toBe(2024)
    expect(inferYear({ first: bare(11, 1), last: bare(3, 2), reference, leapDay: true })).toBe(2023)
  })

  it('goes up at New Year, and not for a clock that was set back', () => {
    const c = clock('UTC', 2025, Date.UTC(2026, 5, 1))
    expect(iso(c.resolve(bare(12, 31, 23, 59, 59), BARE))).toBe('2025-12-31T23:59:59.000Z')
    expect(iso(c.resolve(bare(1, 1, 0, 0, 1), BARE))).toBe('2026-01-01T00:00:01.000Z')
    expect(iso(c.resolve(bare(12, 31, 23, 59, 58), BARE))).toBe('2025-12-31T23:59:58.000Z')
    expect(iso(c.resolve(bare(1, 1, 0, 0, 2), BARE))).toBe('2026-01-01T00:00:02.000Z')
    // A machine without a battery boots on Jan 1 in the middle of the year: 2027 has not come yet.
    expect(iso(c.resolve(bare(9, 1), BARE))).toBe('2026-09-01T00:00:00.000Z')
    expect(iso(c.resolve(bare(1, 1), BARE))).toBe('2026-01-01T00:00:00.000Z')
    expect(c.describe()).toEqual({ zone: 'UTC', year: '2025-2026' })
  })

  it('goes down at New Year in a log that goes back in time', () => {
    const c = clock('UTC', 2026, Date.UTC(2026, 0, 20))
    expect(iso(c.resolve(bare(1, 5), BARE))).toBe('2026-01-05T00:00:00.000Z')
    expect(iso(c.resolve(bare(12, 20), BARE))).toBe('2025-12-20T00:00:00.000Z')
    expect(iso(c.resolve(bare(11, 3), BARE))).toBe('2025-11-03T00:00:00.000Z')
  })

  it('puts days after February right in common and leap years', () => {
    expect(iso(clock('UTC', 2026).resolve(bare(3, 1), BARE))).toBe('2026-03-01T00:00:00.000Z')
    expect(iso(clock('UTC', 2024).resolve(bare(2, 29, 12), BARE))).toBe('2024-02-29T12:00:00.000Z')
    expect(iso(clock('UTC', 2026).resolve(bare(2, 29, 12), BARE))).toBe('2026-03-01T12:00:00.000Z')
    expect(iso(clock('UTC', 2024).resolve(bare(12, 31), BARE))).toBe('2024-12-31T00:00:00.000Z')
  })

  it('is exact for every day of every year', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1971, max: 2200 }),
        fc.integer({ min: 0, max: 365 * 24 * 60 - 1 }),
        (year, minute) => {
          const time = Date.UTC(year, 0, 1) + minute * MINUTE
          const date = new Date(time)
          const stamp = bare(date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes())
          expect(clock('UTC', year).resolve(stamp, BARE)).toBe(time)
        },
      ),
      { seed: 1 },
    )
  })
})

describe('stamps without a zone', () => {
  it('are local time, summer and winter', () => {
    const c = clock('Europe/Paris', 2026)
    expect(iso(c.resolve(bare(1, 15, 12), BARE))).toBe('2026-01-15T11:00:00.000Z')
    expect(iso(c.resolve(bare(7, 15, 12), BARE))).toBe('2026-07-15T10:00:00.000Z')
  })

  it('in the hour that comes twice mean the first, then the second', () => {
    const c = clock('Europe/Paris', 2026)
    expect(iso(c.resolve(bare(10, 25, 1, 30), BARE))).toBe('2026-10-24T23:30:00.000Z')
    expect(iso(c.resolve(bare(10, 25, 2, 30), BARE))).toBe('2026-10-25T00:30:00.000Z')
    expect(iso(c.resolve(bare(10, 25, 2, 59), BARE))).toBe('2026-10-25T00:59:00.000Z')
    expect(iso(c.resolve(bare(10, 25, 2, 1), BARE))).toBe('2026-10-25T01:01:00.000Z')
    expect(iso(c.resolve(bare(10, 25, 3, 0), BARE))).toBe('2026-10-25T02:00:00.000Z')
  })

  it('in the hour that does not exist are taken as before the change', () => {
    const c = clock('Europe/Paris', 2026)
    expect(iso(c.resolve(bare(3, 29, 2, 30), BARE))).toBe('2026-03-29T01:30:00.000Z')
  })

  it('agree with the zone for any moment that exists once', () => {
    const zones = ['Europe/Paris', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/St_Johns']
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 365 * 24 * 4 - 1 }), (zone, quarter) => {
        const offset = createZone(zone)
        const utc = Date.UTC(2026, 0, 1) + quarter * 15 * MINUTE
        if ([-3, -2, -1, 1, 2, 3].some(hours => offset(utc + hours * HOUR) !== offset(utc))) return
        const local = utc + offset(utc)
        expect(clock(zone, 2026).resolve(local, FLAG.LOCAL)).toBe(utc)
      }),
      { seed: 2, numRuns: 200 },
    )
  })
})

describe('a clock that errs', () => {
  const line = (stamp: string, port: number): string =>
    `${stamp} web-1 sshd[${port}]: Failed password for root from 203.0.113.7 port ${port} ssh2`

  it("gives one wrong stamp its neighbour's time", () => {
    const times = eventsOf([
      line('Mar  4 10:00:00', 1000),
      line('May  9 10:00:00', 1001),
      line('Mar  4 10:00:02', 1002),
    ])
      .filter(event => event.kind === 'ssh.auth.failed')
      .map(event => event.time)
    expect(times).toEqual(['2026-03-04T10:00:00Z', '2026-03-04T10:00:00Z', '2026-03-04T10:00:02Z'])
  })

  it('keeps a leap that lasts', () => {
    const times = eventsOf([
      line('Mar  4 10:00:00', 1000),
      line('Mar  9 10:00:00', 1001),
      line('Mar  9 10:00:02', 1002),
    ])
      .filter(event => event.kind === 'ssh.auth.failed')
      .map(event => event.time)
    expect(times).toEqual(['2026-03-04T10:00:00Z', '2026-03-09T10:00:00Z', '2026-03-09T10:00:02Z'])
  })

  it('tells gaps and steps back in real time, not across summer time', () => {
    const kinds = (zone: string, ...stamps: string[]): string[] =>
      eventsOf(
        stamps.map((stamp, index) => line(stamp, 1000 + index)),
        { zone },
      )
        .map(event => event.kind)
        .filter(kind => kind.startsWith('log.'))
    expect(kinds('UTC', 'Mar  4 10:00:00', 'Mar  4 10:30:00')).toEqual(['log.gap'])
    expect(kinds('UTC', 'Mar  4 10:00:00', 'Mar  4 09:30:00')).toEqual(['log.backstep'])
    expect(kinds('UTC', 'Mar  4 10:00:00', 'Mar  4 10:09:00')).toEqual([])
    expect(kinds('Europe/Paris', 'Mar 29 01:59:50', 'Mar 29 03:00:10')).toEqual([])
    expect(kinds('Europe/Paris', 'Oct 25 02:59:50', 'Oct 25 02:00:10')).toEqual([])
    expect(kinds('UTC', 'Dec 31 23:59:50', 'Jan  1 00:00:10')).toEqual([])
  })

  it('never answers a moment off by more than a day from a stamp with year and zone', () => {
    const c = clock('UTC', 2026)
    const time = Date.UTC(1999, 5, 5)
    expect(c.resolve(time, 0)).toBe(time)
    expect(Math.abs(c.resolveEarlier(time, 0, time) - time)).toBeLessThan(DAY)
  })
})
