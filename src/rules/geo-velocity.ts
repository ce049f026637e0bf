import { z } from 'zod'
import { grouped } from '../core/figure.ts'
import { DAY, formatSpan, HOUR } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import { defineRule } from '../kit/define-rule.ts'
import { inspectAccount, lockAccount, renewPassword } from '../kit/recommend.ts'
import type { Geo, Place } from '../kit/services.ts'
import type { Json } from '../kit/state/index.ts'
import { refFromJson, refToJson } from '../kit/state/refs.ts'
import { ACCEPTED_KINDS, KnownLogins } from './support/logins.ts'
import { distance } from './support/travel.ts'
import { cut } from './support/words.ts'

/** A database that gives a point and no radius means a city, and is wrong by this much often enough (kilometres). */
const ASSUMED_RADIUS = 100
/** From this many changes between two networks on, of whichever users, it is how people work here: a VPN, a second site. */
const HABIT = 3
/** From this many impossible travels on, an account is many people's, or a job's that runs wherever there is room. */
const WANDERER = 5
/** The key of a login, in what sshd writes about it. */
const FINGERPRINT = /\b(?:SHA256:[\w+/]{1,64}|MD5:[\da-f:]{1,64}|(?:[\da-f]{2}:){15}[\da-f]{2})/

interface Located {
  readonly latitude: number
  readonly longitude: number
  readonly radius: number
  readonly name: string
}

interface Login extends Located {
  readonly time: number
  readonly source: number
  readonly ref: Json
  readonly [key: string]: Json
}

function locate(geo: Geo, address: string): Located | undefined {
  const place: Place | undefined = geo.place(address)
  if (place?.latitude === undefined || place.longitude === undefined) return undefined
  return {
    latitude: place.latitude,
    longitude: place.longitude,
    radius: place.radius ?? ASSUMED_RADIUS,
    name: [place.city, place.country].filter(part => part !== undefined).join(', ') || 'an unknown place',
  }
}

/** Who logs in, as far as the log tells: the user, and with which key. Many people share `git`, each with a key. */
class Bearers {
  /** The latest one: most logins are one job's, and the same text again need be neither searched nor hashed. */
  #user = ''
  #detail = ''
  #bearer: string | undefined

  of(event: EventView, user: string): string | undefined {
    if (event.method !== 'publickey') return undefined
    const { detail = '' } = event
    if (detail === this.#detail && user === this.#user) return this.#bearer
    const key = FINGERPRINT.exec(detail)?.[0]
    this.#user = user
    this.#detail = detail
    this.#bearer = key === undefined ? undefined : `${user} ${key}`
    return this.#bearer
  }
}

const login = (time: string, source: string, user = 'ana'): string =>
  `Mar  4 ${time} web-1 sshd[4004]: Accepted password for ${user} from ${source} port 41000 ssh2`

const byKey = (time: string, source: string, key: string): string =>
  `Mar  4 ${time} web-1 sshd[4004]: Accepted publickey for git from ${source} port 41000 ssh2: ED25519 SHA256:${key}`

const PLACES: Readonly<Record<string, Place>> = {
  '203.0.113.7': { country: 'DE', city: 'Berlin', latitude: 52.52, longitude: 13.4, radius: 20 },
  '203.0.113.8': { country: 'DE', city: 'Munich', latitude: 48.14, longitude: 11.58, radius: 50 },
  '198.51.100.9': { country: 'AU', city: 'Sydney', latitude: -33.87, longitude: 151.21, radius: 50 },
  '192.0.2.1': { country: 'US', latitude: 39.8, longitude: -98.6, radius: 2600 },
  '192.0.2.2': { country: 'CA', latitude: 60, longitude: -96, radius: 2800 },
}

export default defineRule({
  id: 'geo-velocity',
  title: 'Impossible travel',
  severity: 'high',
  confidence: 0.6,
  techniques: ['T1078'],
  description:
    'Two logins of one user at two places that nobody can travel between in the time. An address is believed to be somewhere ' +
    'within a radius of its place (half a country where only that is known), and the two count only when even the nearest ' +
    'points of both circles are too far apart. Logins by key are compared with those by the same key, where the log has ' +
    'its fingerprint: people who share an account have keys of their own. An account that has travelled so five times is ' +
    'nobody in particular, and not told any more. It needs a database of places; without one it is silent.',
  on: ACCEPTED_KINDS,
  options: {
    max_kmh: z.number().positive().max(100_000).default(1000).describe('Speed in km/h above which nobody travels.'),
    min_km: z
      .number()
      .min(0)
      .max(20_000)
      .default(500)
      .describe('Distance between the nearest points below which nothing is said.'),
  },
  detect: ({ max_kmh, min_km }, { state, services, addresses }) => {
    const last = state.memory<Login>('last', { keep: 30 * DAY, cap: 20_000 })
    const known = new KnownLogins(state, addresses)
    const changes = state.memory<number>('changes', { keep: 90 * DAY })
    const travels = state.memory<number>('travels', { keep: 90 * DAY })
    const bearers = new Bearers()
    const remember = (user: string, bearer: string | undefined, one: Login): void => {
      last.set(user, one, one.time)
      if (bearer !== undefined) last.set(bearer, one, one.time)
    }
    return {
      observe(event, raise) {
        const { user, source, time } = event
        if (services.geo === undefined || user === undefined || source < 0 || addresses.internal(source)) return
        // A key is compared with itself; one that is new, with whoever logged in last.
        const bearer = bearers.of(event, user)
        const before = (bearer === undefined ? undefined : last.get(bearer, time)) ?? last.get(user, time)
        // The usual case, and the look-up is the dear part.
        if (before !== undefined && before.source === source && time >= before.time) {
          const { latitude, longitude, radius, name } = before
          remember(user, bearer, { latitude, longitude, radius, name, time, source, ref: refToJson(event.ref) })
          return
        }
        const { address } = event
        if (address === undefined) return
        const familiar = known.sourceSince(source, time) !== undefined
        known.learn(event)
        const place = locate(services.geo, address)
        if (place === undefined) return
        remember(user, bearer, { ...place, time, source, ref: refToJson(event.ref) })
        if (before === undefined) return
        const apart = distance(before, place)
        const least = apart - before.radius - place.radius
        const span = Math.max(0, time - before.time)
        if (least < min_km || least <= max_kmh * (span / HOUR)) return
        const pair = [addresses.formatNetwork(before.source), addresses.formatNetwork(source)].sort().join(' ')
        const often = (changes.get(pair, time) ?? 0) + 1
        changes.set(pair, often, time)
        const travelled = (travels.get(user, time) ?? 0) + 1
        travels.set(user, travelled, time)
        if (often > HABIT || travelled > WANDERER) return
        const network = services.geo.network(address)
        raise.hit(`${user} ${pair}`, event, {
          sources: [before.source],
          trail: { first: before.time, count: 1, refs: [refFromJson(before.ref)] },
          facts: {
            user,
            least: Math.round(least),
            span,
            from: before.name,
            to: place.name,
            often,
            familiar,
            fromSource: addresses.format(before.source),
            toSource: addresses.format(source),
            radii: Math.round(before.radius + place.radius),
            organisation: network?.organisation ?? '',
          },
        })
      },
    }
  },
  explain: (story, { max_kmh }) => {
    const { user, least, span, from, to, fromSource, toSource, radii, often, familiar, organisation } = story.facts
    const account = String(user)
    const hours = Math.max(Number(span) / HOUR, 1 / 60)
    const reasons = [
      {
        text:
          `From ${cut(String(from))} (${String(fromSource)}) to ${cut(String(to))} (${String(toSource)}) in ${formatSpan(Number(span))}: at least ` +
          `${grouped(Number(least))} km, which takes ${grouped(Number(least) / hours)} km/h; up to ${grouped(max_kmh)} would be possible`,
        feature: 'speed_kmh',
        observed: Math.round(Number(least) / hours),
        expected: `<= ${max_kmh}`,
      },
    ]
    return {
      title: `${cut(account)} logged in from ${cut(String(from))}, then from ${cut(String(to))} ${formatSpan(Number(span))} later`,
      reasons: [
        ...reasons,
        { text: `The places are known to within ${grouped(Number(radii))} km in all, which is taken off already` },
        ...(familiar === true
          ? [
              {
                text: 'Users of this host have logged in from the second address before: an account shared between two places looks like this',
              },
            ]
          : []),
        ...(organisation === ''
          ? []
          : [
              {
                text: `The second address belongs to ${cut(String(organisation))}: a VPN or a server there would explain it`,
              },
            ]),
      ],
      ...(familiar === true ? { severity: 'medium' as const } : {}),
      ...(Number(often) > 1 || familiar === true ? { confidence: 0.4 } : {}),
      recommendations: [lockAccount(account), renewPassword(account), inspectAccount(account)],
    }
  },
  examples: () => ({
    fires: [
      {
        name: 'Berlin, and Sydney half an hour later',
        lines: [login('10:00:00', '203.0.113.7'), login('10:30:00', '198.51.100.9')],
        places: PLACES,
        accuses: ['198.51.100.9'],
        severity: 'high',
      },
      {
        name: 'an account shared between two places from which others log in too',
        lines: [
          login('09:00:00', '198.51.100.9', 'bo'),
          login('10:00:00', '203.0.113.7'),
          login('10:30:00', '198.51.100.9'),
        ],
        places: PLACES,
        severity: 'medium',
      },
      {
        name: 'one key in two places',
        lines: [
          byKey('10:00:00', '203.0.113.7', 'abc'),
          byKey('10:10:00', '198.51.100.9', 'xyz'),
          byKey('10:30:00', '203.0.113.7', 'abc'),
          byKey('10:40:00', '198.51.100.9', 'abc'),
        ],
        places: PLACES,
        accuses: ['198.51.100.9'],
      },
    ],
    quiet: [
      {
        name: 'two people who share an account, each with a key',
        lines: [
          byKey('03:00:00', '198.51.100.9', 'xyz'),
          ...Array.from({ length: 9 }, (_, i) => [
            byKey(`${20 + Math.floor(i / 3)}:${(i % 3) * 2}0:00`, '203.0.113.7', 'abc'),
            byKey(`${20 + Math.floor(i / 3)}:${(i % 3) * 2}5:00`, '198.51.100.9', 'xyz'),
          ]).flat(),
        ],
        places: PLACES,
      },
      {
        name: 'Berlin, and Munich an hour later',
        lines: [login('10:00:00', '203.0.113.7'), login('11:00:00', '203.0.113.8')],
        places: PLACES,
      },
      {
        name: 'two countries that touch, known as countries only',
        lines: [login('10:00:00', '192.0.2.1'), login('10:01:00', '192.0.2.2')],
        places: PLACES,
      },
      {
        name: 'two users',
        lines: [login('10:00:00', '203.0.113.7'), login('10:30:00', '198.51.100.9', 'bo')],
        places: PLACES,
      },
      { name: 'no database', lines: [login('10:00:00', '203.0.113.7'), login('10:30:00', '198.51.100.9')] },
    ],
  }),
  falsePositives: [
    'A VPN switched on or off, a phone whose provider comes out in another country, a job that runs elsewhere.',
  ],
})
