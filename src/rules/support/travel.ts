/** Distances on the earth. */

/** Mean radius of WGS 84 in kilometres: (2a + b) / 3. */
const EARTH_RADIUS = 6371.0088

export interface Point {
  readonly latitude: number
  readonly longitude: number
}

/** Great-circle distance in kilometres (haversine). */
export function distance(a: Point, b: Point): number {
  const rad = Math.PI / 180
  const lat = Math.sin(((b.latitude - a.latitude) * rad) / 2)
  const lon = Math.sin(((b.longitude - a.longitude) * rad) / 2)
  const h = lat * lat + Math.cos(a.latitude * rad) * Math.cos(b.latitude * rad) * lon * lon
  return 2 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(h)))
}
