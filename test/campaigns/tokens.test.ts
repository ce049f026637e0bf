/** Participants by what they show besides names: the same campaign with its tokens and without. */
import { describe, expect, it } from 'vitest'
import { ANALYZERS } from '../../src/campaigns/index.ts'
import { SourceTokens } from '../../src/campaigns/source-tokens.ts'
import { AddressTable } from '../../src/core/addresses.ts'
import { KIND } from '../../src/core/event.ts'
import type { Random } from '../../src/core/random.ts'
import { createRandom } from '../../src/core/random.ts'
import { DAY } from '../../src/core/time.ts'
import type { Analyzer } from '../../src/kit/define-detector.ts'
import type { FindingDraft } from '../../src/kit/define-rule.ts'
import type { Services } from '../../src/kit/services.ts'
import { runLines } from '../support/analyze-lines.ts'

const [campaigns] = ANALYZERS
const kinds = new Set(campaigns.on.map(kind => KIND[kind]))
const START = Date.UTC(2026, 2, 2)
const BOT_NETWORK = '198.51'

interface Entry {
  time: number
  lines: string[]
}

function open(services: Services): { analyzer: Analyzer; addresses: AddressTable } {
  const addresses = new AddressTable()
  const analyzer = campaigns.open({}, { addresses, services, budgetPerWeek: 1, seed: 1 })
  return { analyzer: analyzer ?? expect.fail('the detector is on by default'), addresses }
}

function findings(entries: readonly Entry[], services: Services = { host: {} }): FindingDraft[] {
  const { analyzer, addresses } = open(services)
  const lines = entries.toSorted((a, b) => a.time - b.time).flatMap(entry => entry.lines)
  runLines([lines], {}, addresses, event => {
    if (kinds.has(event.open.batch.columns.kind[event.row])) analyzer.observe(event)
  })
  return analyzer.conclude({ flagged: new Map(), findings: [] })
}

/** Share of the named that are bots, and of the bots that are named, in the finding that has most of them. */
function judge(found: readonly FindingDraft[], bots: number): { precision: number; recall: number; texts: string } {
  const hits = ({ sources }: FindingDraft): number => sources.filter(source => source.startsWith(BOT_NETWORK)).length
  const best = found.toSorted((a, b) => hits(b) - hits(a))[0]
  if (best === undefined) return { precision: 0, recall: 0, texts: '' }
  return {
    precision: hits(best) / best.sources.length,
    recall: hits(best) / bots,
    texts: best.reasons.map(({ text }) => text).join('\n'),
  }
}

const stranger = (random: Random): string =>
  `${20 + random.below(100)}.${random.below(250)}.${random.below(250)}.${1 + random.below(250)}`
const bot = (i: number): string => `${BOT_NETWORK}.${i}.${1 + (i % 200)}`
const pick = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)]

const GOODBYES = ['Normal Shutdown, Thank you for playing', 'PECL/ssh2', 'disconnected by user', '', 'end']

interface Ssh {
  random: Random
  pid: number
}

function connection(ssh: Ssh, time: number, source: string, user: string, goodbye: string | undefined): Entry {
  const { random } = ssh
  const port = 20_000 + random.below(40_000)
  const at = (seconds: number): string => `${new Date(time + seconds * 1000).toISOString().slice(0, 19)}Z`
  const id = `web-1 sshd[${ssh.pid++}]:`
  const lines = [`${at(0)} ${id} Failed password for ${user} from ${source} port ${port} ssh2`]
  if (goodbye !== undefined)
    lines.push(`${at(1)} ${id} Received disconnect from ${source} port ${port}:11: ${goodbye} [preauth]`)
  return { time, lines }
}

/** Sixty strangers a day for a fortnight, half of them on root; a day with as many bots on root. */
function guessing(seed: number, told: boolean, botGoodbye: (random: Random) => string): Entry[] {
  const ssh = { random: createRandom(seed, 'tokens'), pid: 1000 }
  const entries: Entry[] = []
  for (let i = 0; i < 60 * 14; i++) {
    const time = START + ssh.random.next() * 14 * DAY
    const user = ssh.random.next() < 0.5 ? 'root' : pick(ssh.random, ['admin', 'test', 'pi', 'oracle', 'git'])
    const goodbye = pick(ssh.random, GOODBYES)
    entries.push(connection(ssh, time, stranger(ssh.random), user, told ? goodbye : undefined))
  }
  for (let i = 0; i < 80; i++) {
    const time = START + 10 * DAY + ssh.random.next() * DAY
    const goodbye = botGoodbye(ssh.random)
    entries.push(connection(ssh, time, bot(i), 'root', told ? goodbye : undefined))
  }
  return entries
}

describe('a campaign that leaves with words of its own', () => {
  const bye = (): string => 'Bye Bye'
  it('is told from the strangers who came at the same time for the same name', () => {
    const plain = judge(findings(guessing(1, false, bye)), 80)
    const told = judge(findings(guessing(1, true, bye)), 80)
    expect(plain.recall).toBeGreaterThan(0.95)
    expect(plain.precision).toBeLessThan(0.8)
    expect(told.recall).toBeGreaterThan(0.95)
    expect(told.precision).toBeGreaterThan(0.97)
    expect(told.texts).toMatch(/\d+ % of them left with the words `Bye Bye`; less than 1 % of other strangers do/)
  })

  it("loses no more than the members whose words are others'", () => {
    const odd = (random: Random): string => (random.next() < 0.1 ? pick(random, GOODBYES) : 'Bye Bye')
    const seeds = [1, 2, 3, 4, 5]
    const mean = (told: boolean, of: 'precision' | 'recall'): number =>
      seeds.reduce((sum, seed) => sum + judge(findings(guessing(seed, told, odd)), 80)[of], 0) / seeds.length
    expect(mean(true, 'precision')).toBeGreaterThan(mean(false, 'precision') + 0.15)
    expect(mean(true, 'recall')).toBeGreaterThan(mean(false, 'recall') - 0.1)
  })

  it("is named as before where its words are everybody's", () => {
    const same = (random: Random): string => pick(random, GOODBYES)
    for (const seed of [3, 4, 5]) {
      const plain = judge(findings(guessing(seed, false, same)), 80)
      const told = judge(findings(guessing(seed, true, same)), 80)
      expect([told.recall, told.precision]).toEqual([plain.recall, plain.precision])
    }
  })
})

const AGENTS = [
  'Mozilla/5.0 (X11) Gecko',
  'curl/8.5.0',
  'python-requests/2.31',
  'Java/17',
  'Mozilla/5.0 (Macintosh)',
  'Wget/1.21',
]

/** Forty a day who post to a form without a browser, for a fortnight; a day with as many bots. */
function posting(seed: number, told: boolean, agent: string): Entry[] {
  const random = createRandom(seed, 'forms')
  const entries: Entry[] = []
  const post = (time: number, source: string, program: string): void => {
    const at = new Date(time).toISOString()
    const stamp = `${at.slice(8, 10)}/Mar/${at.slice(0, 4)}:${at.slice(11, 19)} +0000`
    const named = told ? program : '-'
    entries.push({ time, lines: [`${source} - - [${stamp}] "POST /contact HTTP/1.1" 200 512 "-" "${named}"`] })
  }
  const readers = 40 * 14 * 3
  for (let i = 0; i < readers; i++) {
    const time = START + random.next() * 14 * DAY
    const at = new Date(time).toISOString()
    const stamp = `${at.slice(8, 10)}/Mar/${at.slice(0, 4)}:${at.slice(11, 19)} +0000`
    entries.push({
      time,
      lines: [`${stranger(random)} - - [${stamp}] "GET /style.css HTTP/1.1" 200 99 "-" "${AGENTS[0]}"`],
    })
  }
  for (let i = 0; i < 40 * 14; i++) post(START + random.next() * 14 * DAY, stranger(random), pick(random, AGENTS))
  for (let i = 0; i < 80; i++) post(START + 10 * DAY + random.next() * DAY, bot(i), agent)
  return entries
}

describe('posts of one program to a form that others use too', () => {
  it('are told from the others by the user agent', () => {
    for (const seed of [1, 2, 3]) {
      const plain = judge(findings(posting(seed, false, 'Xrumer 19')), 80)
      const told = judge(findings(posting(seed, true, 'Xrumer 19')), 80)
      expect(told.precision).toBeGreaterThan(plain.precision + 0.2)
      expect(told.recall).toBe(plain.recall)
      expect(told.texts).toContain('of them called themselves `Xrumer 19`')
    }
  })
})

describe('a campaign of one provider', () => {
  const bots = (): string => 'Bye Bye'
  const geo = {
    place: () => undefined,
    network: (address: string) =>
      address.startsWith(BOT_NETWORK)
        ? { asn: 64_500, organisation: 'Example Hosting' }
        : { asn: 64_600 + Number(address.split('.')[0]) },
  }
  it('is told from strangers of all others where a database knows them', () => {
    const plain = judge(findings(guessing(6, false, bots)), 80)
    const told = judge(findings(guessing(6, false, bots), { host: {}, geo }), 80)
    expect(told.precision).toBeGreaterThan(plain.precision + 0.1)
    expect(told.recall).toBeGreaterThan(0.95)
    expect(told.texts).toContain('of them came from Example Hosting')
  })
})

describe('the tokens of sources', () => {
  it('survive a restart', () => {
    const entries = guessing(1, true, () => 'Bye Bye')
    const lines = entries.toSorted((a, b) => a.time - b.time).flatMap(entry => entry.lines)
    const whole = findings(entries)
    const first = open({ host: {} })
    const second = open({ host: {} })
    const half = Math.floor(lines.length / 2)
    const feed = (to: Analyzer, addresses: AddressTable, some: readonly string[]): void =>
      runLines([some], {}, addresses, event => {
        if (kinds.has(event.open.batch.columns.kind[event.row])) to.observe(event)
      })
    feed(first.analyzer, first.addresses, lines.slice(0, half))
    second.addresses.restore(JSON.parse(JSON.stringify(first.addresses.snapshot())))
    second.analyzer.restore(JSON.parse(JSON.stringify(first.analyzer.snapshot())))
    feed(second.analyzer, second.addresses, lines.slice(half))
    const again = second.analyzer.conclude({ flagged: new Map(), findings: [] })
    expect(again.map(({ sources }) => sources)).toEqual(whole.map(({ sources }) => sources))
    expect(again[0].details).toMatchObject({ campaign: { marks: [{ kind: 'farewell', token: 'Bye Bye' }] } })
  })

  it('stay bounded, whatever the clients make up', () => {
    const tokens = new SourceTokens()
    for (let source = 0; source < 20_000; source++) {
      tokens.note('agent', source, tokens.idOf('agent', `agent ${source} ${'x'.repeat(300)}`))
      for (let port = 1; port < 300; port++) tokens.connect(source, port)
    }
    const { texts, rows } = tokens.snapshot()
    expect(texts.flat().length).toBeLessThan(4200)
    expect(Math.max(...texts.flat().map(text => text.length))).toBeLessThan(200)
    expect(rows).toHaveLength(20_000)
    expect(tokens.connectionsOf(1)).toBe(255)
    // Who found no room shows none.
    expect(tokens.textId('agent', 19_999)).toBe(0)
  })
})
