/** Crowds that are none of an attacker's: what looks like many addresses doing one thing, and is not guessing. */
import { describe, expect, it } from 'vitest'
import { ANALYZERS } from '../../src/campaigns/index.ts'
import { AddressTable } from '../../src/core/addresses.ts'
import { KIND } from '../../src/core/event.ts'
import { createRandom, type Random } from '../../src/core/random.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import type { FindingDraft } from '../../src/kit/define-rule.ts'
import { runLines } from '../support/analyze-lines.ts'
import { background, inOrder, judge, START, TOP } from './harness.ts'

const [campaigns] = ANALYZERS
const kinds = new Set(campaigns.on.map(kind => KIND[kind]))

interface Request {
  time: number
  source: string
  what: string
  status: number
  referrer?: string
  agent?: string
}

function line({ time, source, what, status, referrer = '-', agent = 'Mozilla/5.0' }: Request): string {
  const at = new Date(time).toISOString()
  return `${source} - - [${at.slice(8, 10)}/Jan/${at.slice(0, 4)}:${at.slice(11, 19)} +0000] "${what} HTTP/1.1" ${status} 512 "${referrer}" "${agent}"`
}

function findings(requests: readonly Request[]): FindingDraft[] {
  const addresses = new AddressTable()
  const context = { addresses, services: { host: {} }, budgetPerWeek: 1, seed: 1 }
  const analyzer = campaigns.open({}, context) ?? expect.fail('the detector is on by default')
  const lines = requests.toSorted((a, b) => a.time - b.time).map(line)
  runLines([lines], {}, addresses, event => {
    if (kinds.has(event.open.batch.columns.kind[event.row])) analyzer.observe(event)
  })
  return analyzer.conclude({ flagged: new Map(), findings: [] })
}

const anyone = (random: Random): string =>
  `${20 + random.below(150)}.${random.below(250)}.${random.below(250)}.${1 + random.below(250)}`

/** A fortnight of readers whose pictures come from elsewhere, and 600 who come on one day to do one thing. */
function crowd(what: string, status: number, referrer?: string): Request[] {
  const random = createRandom(1, what)
  const requests: Request[] = []
  const read = (time: number, source: string): void => {
    requests.push({ time, source, what: 'GET /', status: 200 })
    requests.push({ time: time + 9000, source, what: 'GET /about', status: 200 })
  }
  for (let i = 0; i < 1400; i++) read(START + random.next() * 14 * DAY, anyone(random))
  for (let i = 0; i < 600; i++) {
    const time = START + 9 * DAY + random.next() * 6 * HOUR
    requests.push({ time, source: anyone(random), what, status, ...(referrer === undefined ? {} : { referrer }) })
  }
  return requests
}

describe('a crowd on the web site', () => {
  it('that is a service of the owner is none, and one that only takes its name is', () => {
    const what = 'POST /xmlrpc.php?for=jetpack'
    const random = createRandom(1, 'jetpack')
    const posts = Array.from({ length: 560 }, (_, i) => ({
      time: START + (i / 40) * DAY + random.next() * HOUR,
      source: `192.0.78.${1 + random.below(30)}`,
      what,
      status: 200,
    }))
    expect(findings([...crowd('GET /news', 200), ...posts])).toEqual([])
    expect(findings(crowd(what, 200))).toHaveLength(1)
  })

  it('that logs in with an app is no stuffing, and one that fails at it is', () => {
    expect(findings(crowd('POST /api/v1/login', 200))).toEqual([])
    expect(findings(crowd('POST /api/v1/login', 401))).toHaveLength(1)
    // A page's form says 200 to who failed.
    expect(findings(crowd('POST /wp-login.php', 200))).toHaveLength(1)
  })

  it('whose pages report what is read is no form spam', () => {
    expect(findings(crowd('POST /matomo.php', 204, 'https://blog.example/'))).toEqual([])
    expect(findings(crowd('POST /wp-admin/admin-ajax.php', 200, 'https://blog.example/'))).toEqual([])
    expect(findings(crowd('POST /contact', 200, 'https://blog.example/'))).toHaveLength(1)
  })

  it('that is other servers, resolvers or an app is no form spam', () => {
    const as = (agent: string, what: string, status = 200): Request[] =>
      crowd(what, status).map(request => ({ ...request, agent }))
    expect(findings(as('Misskey/2025.4 (https://social.example)', 'POST /inbox', 202))).toEqual([])
    expect(
      findings(as('http.rb/5.2.0 (Mastodon/4.3.1; +https://social.example/)', 'POST /users/ana/inbox', 401)),
    ).toEqual([])
    expect(findings(as('-', 'POST /dns-query'))).toEqual([])
    expect(findings(as('Recipes/3.2 CFNetwork/1568.100.1 Darwin/24.0.0', 'POST /sync/changes'))).toEqual([])
    expect(findings(as('Recipes/3.2 CFNetwork/1568.100.1 Darwin/24.0.0', 'POST /contact'))).toHaveLength(1)
    expect(findings(as('python-requests/2.32.3', 'POST /sync/changes'))).toHaveLength(1)
    expect(findings(crowd('POST /sync/changes', 200))).toHaveLength(1)
  })

  it("that follows another site's broken link is no scan", () => {
    expect(findings(crowd('GET /gone', 404, 'https://news.example/'))).toEqual([])
    expect(findings(crowd('GET /.env', 404))).toMatchObject([{ severity: 'low' }])
  })
})

describe('a crowd of people', () => {
  it('whose passwords expired on one morning is no campaign', () => {
    const morning = START + 15 * DAY
    const people = Array.from({ length: 15 }, (_, i) => [
      ...Array.from({ length: 4 }, (_, k) => ({
        time: morning + i * MINUTE + k * 20_000,
        source: `desk${i}`,
        user: `user${i}`,
        known: true,
      })),
      { time: morning + i * MINUTE + 100_000, source: `desk${i}`, user: `user${i}`, known: true, accepted: true },
    ]).flat()
    // Their telephones go on with the old password, each a few times, and never get in.
    const telephones = people
      .filter(one => !('accepted' in one))
      .map(one => ({ ...one, time: one.time + 2000, source: `phone of ${one.source}` }))
    for (const crowd of [people, [...people, ...telephones]]) {
      const { members, detection } = judge(inOrder([...background(5, 28, 1), ...crowd]))
      expect(members.flat().filter(source => source.startsWith('desk'))).toEqual([])
      expect(detection.breaches).toEqual([])
    }
  })
})

describe('loud sources, each with the common list', () => {
  it('are no campaign on the names of that list', () => {
    const random = createRandom(1, 'loud')
    // A laboratory's two days: 25 addresses, each with a thousand tries through ten names.
    const loud = Array.from({ length: 25 }, (_, i) => {
      const begin = START + random.next() * DAY
      return Array.from({ length: 1000 }, (_, k) => ({
        time: begin + k * 40_000 * (0.5 + random.next()),
        source: `loud${i}`,
        user: k % 3 === 0 ? TOP[random.below(TOP.length)] : 'root',
      }))
    }).flat()
    expect(judge(inOrder([...background(30, 2, 1), ...loud])).members).toEqual([])
  })
})
