/** Clean backgrounds to count false alarms on: no attack is in them, only strangers, visitors and the host's own habits. */
import { createRandom, type Random } from '../../src/core/random.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { generate } from '../../src/generate/index.ts'

/** Log lines of a background that lasts `days`, `seed` telling one from another. */
export interface Background {
  title: string
  days: number
  lines: (seed: number) => Iterable<string>
}

/** A Monday. */
const START = Date.UTC(2026, 0, 5)

const generated = (format: 'auth' | 'nginx', perMinute: number, days: number, strangers: number): Background => ({
  title: `generated ${format === 'auth' ? 'sshd' : 'web'} log, ${perMinute} lines a minute, ${strangers} new strangers a day`,
  days,
  lines: seed =>
    generate({
      entries: Math.round(perMinute * 1440 * days),
      profiles: [],
      format,
      start: START,
      days,
      seed,
      newSourcesPerDay: strangers,
    }).lines,
})

/** Failed logins by nobody in particular, as a Poisson process: the yardstick of textbooks. */
const poisson = (perMinute: number, days: number): Background => ({
  title: `failed logins as a Poisson process, ${perMinute} a minute`,
  days,
  *lines(seed) {
    const random = createRandom(seed, 'poisson')
    for (let time = START, n = 0; time < START + days * DAY; n++) {
      time += (random.exponential() * MINUTE) / perMinute
      yield `${stamp(time)} web-1 sshd[${1000 + (n % 30_000)}]: Failed password for root from ${address(n)} port ${1024 + (n % 60_000)} ssh2`
    }
  },
})

interface Request {
  time: number
  source: string
  path: string
  status: number
}

/**
 * A shop by day and a graveyard by night: visits of a page with thirty assets each, ten times as many at noon as at four in the
 * morning, a crawler for an hour a day at three requests a second, a mirror every night from inside at twenty, a monitor.
 */
const shop = (visitsPerHour: number, days: number): Background => ({
  title: `a shop, ${visitsPerHour} visits an hour at noon of thirty requests each; crawler, nightly mirror, monitor`,
  days,
  *lines(seed) {
    const random = createRandom(seed, 'shop')
    let pending: Request[] = []
    for (let hour = START; hour < START + days * DAY; hour += HOUR) {
      pending = [...pending, ...visits(random, hour, visitsPerHour), ...machines(hour)]
      const ready = pending.filter(({ time }) => time < hour + HOUR).sort((a, b) => a.time - b.time)
      pending = pending.filter(({ time }) => time >= hour + HOUR)
      for (const { time, source, path, status } of ready) {
        yield `${source} - - [${webStamp(time)}] "GET ${path} HTTP/1.1" ${status} 512 "-" "Mozilla/5.0 (X11; Linux x86_64)"`
      }
    }
  },
})

function* visits(random: Random, hour: number, perHour: number): Generator<Request> {
  const phase = (2 * Math.PI * (((hour - START) / HOUR) % 24)) / 24
  const mean = perHour * (0.55 - 0.45 * Math.cos(phase - Math.PI / 12))
  for (let left = random.poisson(mean); left > 0; left--) {
    const source = address(random.below(200_000))
    let time = hour + random.next() * HOUR
    for (let pages = 1 + Math.floor(random.exponential() * 2); pages > 0; pages--) {
      yield { time, source, path: `/shop/item-${random.below(500)}`, status: random.below(40) === 0 ? 404 : 200 }
      const assets = 10 + random.below(40)
      for (let i = 0; i < assets; i++)
        yield { time: time + random.next() * 3000, source, path: `/static/a${i}.css`, status: 200 }
      time += random.exponential() * MINUTE
    }
  }
}

function* machines(hour: number): Generator<Request> {
  const day = Math.floor((hour - START) / HOUR) % 24
  if (day === 5)
    for (let i = 0; i < 10_800; i++)
      yield { time: hour + i * 333, source: '192.0.2.80', path: `/shop/item-${i % 500}`, status: 200 }
  if (day === 3)
    for (let i = 0; i < 12_000; i++)
      yield { time: hour + i * 50, source: '10.0.0.9', path: `/shop/item-${i % 500}`, status: 200 }
  for (let i = 0; i < 60; i++) yield { time: hour + i * MINUTE, source: '192.0.2.90', path: '/health', status: 200 }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (value: number): string => String(value).padStart(2, '0')

function stamp(time: number): string {
  return new Date(time).toISOString().replace('Z', '+00:00')
}

function webStamp(time: number): string {
  const date = new Date(time)
  return `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
}

const address = (n: number): string => `198.${18 + ((n >> 16) & 1)}.${(n >> 8) & 255}.${n & 255}`

export const BACKGROUNDS: readonly Background[] = [
  poisson(0.02, 56),
  poisson(0.1, 56),
  poisson(20, 14),
  generated('auth', 0.5, 56, 5),
  generated('auth', 2, 56, 100),
  generated('nginx', 1, 56, 5),
  generated('nginx', 30, 14, 50),
  shop(6, 28),
  shop(60, 28),
]
