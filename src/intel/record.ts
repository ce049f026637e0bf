/**
 * Records of address databases. Every maker has field names of its own: GeoLite2 and DB-IP nest (`country.iso_code`,
 * `location.latitude`), others are flat (`country_code`, `lat`), and some write numbers as text.
 */
import type { Network, Place } from '../kit/services.ts'

function field(record: unknown, path: string): unknown {
  let value = record
  for (const key of path.split('.')) {
    if (value === null || typeof value !== 'object') return undefined
    value = Reflect.get(value, key)
  }
  return value
}

function text(record: unknown, ...paths: string[]): string | undefined {
  for (const path of paths) {
    const value = field(record, path)
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

function number(record: unknown, ...paths: string[]): number | undefined {
  for (const path of paths) {
    const value = field(record, path)
    if (value === undefined || value === '') continue
    const read = typeof value === 'string' ? Number(value) : value
    if (typeof read === 'number' && Number.isFinite(read)) return read
  }
  return undefined
}

/** The ISO code of a record's country. */
function countryOf(record: unknown): string | undefined {
  const code = text(record, 'country.iso_code', 'country_code', 'country', 'registered_country.iso_code', 'countryCode')
  return code !== undefined && /^[A-Za-z]{2}$/.test(code) ? code.toUpperCase() : undefined
}

/** What a record says of the place; coordinates only where both are there and within bounds. */
export function placeOf(record: unknown): Place {
  const country = countryOf(record)
  const city = text(record, 'city.names.en', 'city', 'city_name', 'city.name')
  const latitude = number(record, 'location.latitude', 'latitude', 'lat')
  const longitude = number(record, 'location.longitude', 'longitude', 'lon', 'lng')
  const radius = number(record, 'location.accuracy_radius', 'accuracy_radius')
  // 0, 0 is in the Gulf of Guinea, and stands for "not known".
  const located =
    latitude !== undefined &&
    longitude !== undefined &&
    Math.abs(latitude) <= 90 &&
    Math.abs(longitude) <= 180 &&
    (latitude !== 0 || longitude !== 0)
  return {
    ...(country === undefined ? {} : { country }),
    ...(city === undefined ? {} : { city }),
    ...(located ? { latitude, longitude, ...(radius === undefined || radius < 0 ? {} : { radius }) } : {}),
  }
}

/** What a record says of the network; undefined where it says nothing. */
export function networkOf(record: unknown): Network | undefined {
  const name = text(record, 'asn', 'as', 'traits.autonomous_system_number')
  const asn =
    number(record, 'autonomous_system_number', 'asn', 'traits.autonomous_system_number') ??
    (name === undefined ? undefined : Number(/^AS(\d{1,10})$/i.exec(name)?.[1] ?? Number.NaN))
  const organisation = text(
    record,
    'autonomous_system_organization',
    'as_organization',
    'as_name',
    'organization',
    'org',
    'name',
    'traits.autonomous_system_organization',
  )
  const known = asn !== undefined && Number.isInteger(asn) && asn > 0
  if (!known && organisation === undefined) return undefined
  return { ...(known ? { asn } : {}), ...(organisation === undefined ? {} : { organisation }) }
}
