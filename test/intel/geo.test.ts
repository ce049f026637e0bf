import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXIT, Problem } from '../../src/core/errors.ts'
import { countryCircle, countryCodes } from '../../src/intel/countries.ts'
import { builtInDatabase, openGeo } from '../../src/intel/geo.ts'
import { sortDatabases } from '../../src/intel/mmdb.ts'
import { networkOf, placeOf } from '../../src/intel/record.ts'
import { distance } from '../../src/rules/support/travel.ts'
import { asNobody } from '../support/unprivileged.ts'

const folder = mkdtempSync(join(tmpdir(), 'vpsguard-geo-'))

function problemOf(action: () => unknown): Problem {
  try {
    action()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('expected a Problem')
}

describe('the built-in country database', () => {
  const geo = openGeo()

  it('is installed with the program', () => {
    expect(builtInDatabase()).toMatch(/\.mmdb$/)
  })

  it.each(['8.8.8.8', '2001:4860:4860::8888'])(
    "knows the country of %s, and gives the country's circle as its place",
    address => {
      expect(geo.place(address)).toEqual({ country: 'US', ...countryCircle('US') })
      expect(geo.place(address)).toBe(geo.place(address))
    },
  )

  it.each([
    '10.0.0.1',
    '127.0.0.1',
    'fe80::1',
    '::1',
    'client.example.net',
    '',
    '203.0.113.7',
    '198.18.4.4',
    '2001:db8::7',
  ])('says nothing of %s', address => {
    expect(geo.place(address)).toBeUndefined()
    expect(geo.network(address)).toBeUndefined()
  })
})

describe('databases that a person names', () => {
  it('is told at once that there is none', () => {
    const problem = problemOf(() => openGeo({ city: join(folder, 'absent.mmdb') }))
    expect(problem.exitCode).toBe(EXIT.input)
    expect(problem.where).toContain('absent.mmdb')
  })

  it('is told that a file is no database', () => {
    const path = join(folder, 'text.mmdb')
    writeFileSync(path, 'not a database\n'.repeat(1000))
    expect(problemOf(() => openGeo({ asn: path })).exitCode).toBe(EXIT.config)
    writeFileSync(path, '')
    expect(problemOf(() => openGeo({ asn: path })).exitCode).toBe(EXIT.config)
  })

  it('is told that a file may not be read', async () => {
    const path = join(folder, 'secret.mmdb')
    writeFileSync(path, '')
    chmodSync(path, 0)
    chmodSync(folder, 0o755)
    const problem = await asNobody(() => problemOf(() => openGeo({ country: path })))
    expect(problem.exitCode).toBe(EXIT.permission)
  })

  it('takes the named country database, whatever it is named', () => {
    const path = builtInDatabase() ?? ''
    expect(openGeo({ city: path, asn: path }).place('8.8.8.8')?.country).toBe('US')
    expect(openGeo({ asn: path }).network('8.8.8.8')).toBeUndefined()
  })
})

describe('databases given without saying which is which', () => {
  const country = builtInDatabase() ?? ''

  it('are told apart by what they know', () => {
    expect(sortDatabases([])).toEqual({})
    expect(sortDatabases([country])).toEqual({ country })
  })

  it('may not be two of one kind', () => {
    expect(problemOf(() => sortDatabases([country, country])).exitCode).toBe(EXIT.config)
  })

  it('must be there', () => {
    expect(problemOf(() => sortDatabases([join(folder, 'absent.mmdb')])).exitCode).toBe(EXIT.input)
  })
})

describe('records', () => {
  it('reads GeoLite2 and DB-IP', () => {
    expect(
      placeOf({
        country: { iso_code: 'de', names: { en: 'Germany' } },
        city: { names: { en: 'Berlin' } },
        location: { latitude: 52.5, longitude: 13.4, accuracy_radius: 20 },
      }),
    ).toEqual({ country: 'DE', city: 'Berlin', latitude: 52.5, longitude: 13.4, radius: 20 })
    expect(placeOf({ registered_country: { iso_code: 'FR' } })).toEqual({ country: 'FR' })
  })

  it('reads flat records, and numbers written as text', () => {
    expect(placeOf({ country_code: 'AU', city: 'Sydney', latitude: -33.9, longitude: 151.2 })).toEqual({
      country: 'AU',
      city: 'Sydney',
      latitude: -33.9,
      longitude: 151.2,
    })
    expect(placeOf({ country: 'US', city: 'Reno', lat: '39.5', lng: '-119.8' })).toEqual({
      country: 'US',
      city: 'Reno',
      latitude: 39.5,
      longitude: -119.8,
    })
  })

  it.each([
    ['null island', { country_code: 'US', latitude: 0, longitude: 0 }],
    ['half a point', { country_code: 'US', latitude: 12 }],
    ['out of bounds', { country_code: 'US', latitude: 120, longitude: 3 }],
    ['empty texts', { country_code: 'US', city: '', latitude: '', longitude: '' }],
  ])('takes no coordinates from %s', (_, record) => {
    expect(placeOf(record)).toEqual({ country: 'US' })
  })

  it('finds nothing in what is no record', () => {
    for (const record of [null, undefined, 7, 'x', [], {}, { country: { iso_code: 5 } }, { country_code: 'EU1' }]) {
      expect(placeOf(record)).toEqual({})
      expect(networkOf(record)).toBeUndefined()
    }
  })

  it('reads networks', () => {
    expect(networkOf({ autonomous_system_number: 64500, autonomous_system_organization: 'Example' })).toEqual({
      asn: 64500,
      organisation: 'Example',
    })
    expect(networkOf({ asn: 'AS64500', name: 'Example' })).toEqual({ asn: 64500, organisation: 'Example' })
    expect(networkOf({ asn: '64500' })).toEqual({ asn: 64500 })
    expect(networkOf({ as_organization: 'Example' })).toEqual({ organisation: 'Example' })
  })
})

describe('countries', () => {
  it('are all there, each with a circle that can be one', () => {
    expect(countryCodes().length).toBe(250)
    for (const code of countryCodes()) {
      const circle = countryCircle(code)
      expect(code).toMatch(/^[A-Z]{2}$/)
      expect(Math.abs(circle?.latitude ?? 99)).toBeLessThanOrEqual(90)
      expect(Math.abs(circle?.longitude ?? 999)).toBeLessThanOrEqual(180)
      expect(circle?.radius).toBeGreaterThan(0)
      expect(circle?.radius).toBeLessThan(6500)
    }
  })

  it.each([
    ['US', 21.3, -157.9, 'Honolulu'],
    ['US', 25.8, -80.2, 'Miami'],
    ['US', 61.2, -149.9, 'Anchorage'],
    ['ES', 28.1, -15.4, 'Las Palmas'],
    ['RU', 43.1, 131.9, 'Vladivostok'],
    ['RU', 54.7, 20.5, 'Kaliningrad'],
    ['NZ', -43.9, -176.6, 'Chatham Islands'],
    ['FJ', -16.8, -179.9, 'Taveuni'],
    ['FR', 41.9, 8.7, 'Ajaccio'],
    ['CL', -27.1, -109.4, 'Easter Island'],
    ['PT', 37.7, -25.7, 'Ponta Delgada'],
    ['NO', 71.0, 25.8, 'Honningsvåg'],
  ])('%s holds %f, %f (%s)', (code, latitude, longitude) => {
    const circle = countryCircle(code)
    expect(circle).toBeDefined()
    if (circle !== undefined) expect(distance(circle, { latitude, longitude })).toBeLessThanOrEqual(circle.radius)
  })
})

describe('distance', () => {
  it.each([
    [{ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 }, 20015.1],
    [{ latitude: 90, longitude: 0 }, { latitude: -90, longitude: 77 }, 20015.1],
    [{ latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 }, 111.2],
    [{ latitude: 52.52, longitude: 13.405 }, { latitude: 48.1374, longitude: 11.5755 }, 504.4],
    [{ latitude: 5, longitude: 5 }, { latitude: 5, longitude: 5 }, 0],
  ])('from %o to %o is %f km', (a, b, kilometres) => {
    expect(distance(a, b)).toBeCloseTo(kilometres, 0)
    expect(distance(b, a)).toBe(distance(a, b))
  })
})
