/**
 * Botnets that send a web site one attack each: `node bench/web-attacks.ts [seeds]`. Four weeks of a site with readers and
 * with 5, 20 or 100 new scanners a day, each with its own list of known paths, some in little groups; in the third week 30,
 * 100 or 300 addresses send one payload each within an hour or a day. Prints how many are found, how well, and the false
 * alarms a week of the same weeks without them. No model.
 */
import campaigns from '../src/campaigns/campaigns.ts'
import { AddressTable } from '../src/core/addresses.ts'
import { BatchWriter } from '../src/core/batch.ts'
import { KIND } from '../src/core/event.ts'
import { formatAddress } from '../src/core/ip.ts'
import { createRandom, type Random } from '../src/core/random.ts'
import { DAY, HOUR, MINUTE, WEEK } from '../src/core/time.ts'
import { EventView, OpenBatch } from '../src/core/view.ts'
import { draw } from '../src/generate/draw.ts'
import { ENDINGS, PAYLOADS, RADIATION, WORDLIST } from '../src/generate/web/probes.ts'
import type { FindingDraft } from '../src/kit/define-rule.ts'
import { classifyTarget } from '../src/kit/payloads/index.ts'

interface Request {
  time: number
  source: number
  target: string
  status: number
  agent: string
}

const START = Date.UTC(2026, 0, 5)
const DAYS = 28
const SCANNERS = 50 << 24
const READERS = 60 << 24
const BOTS = 70 << 24

const one = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)]

/** One request of a scanner: what everybody looks for, a payload, or a word of a list. */
function probe(random: Random): string {
  const kind = random.next()
  if (kind < 0.5) return draw(random, RADIATION)
  if (kind < 0.65) return one(random, PAYLOADS)
  return `/${one(random, WORDLIST)}${one(random, ENDINGS)}`
}

/** New scanners as a Poisson process of groups (two or more in a fifth of them), each with a list of its own length. */
function scanners(rate: number, random: Random): Request[] {
  const requests: Request[] = []
  let next = SCANNERS
  for (let time = START; ; ) {
    time += (random.exponential() * DAY * 1.4) / rate
    if (time >= START + DAYS * DAY) return requests
    const first = probe(random)
    for (let more = true; more; more = random.next() < 0.3) {
      const source = next++
      const length = random.next() < 0.6 ? 1 + random.below(3) : 5 + random.below(60)
      let at = time + random.next() * HOUR
      for (let i = 0; i < length; i++) {
        const target = i === 0 ? first : probe(random)
        requests.push({ time: at, source, target, status: target === '/' ? 200 : 404, agent: `scanner/${source % 7}` })
        at += random.next() * 2000
      }
    }
  }
}

function readers(random: Random): Request[] {
  const requests: Request[] = []
  for (let n = 0; n < DAYS * 200; n++) {
    const time = START + random.next() * DAYS * DAY
    const source = READERS + random.below(4000)
    for (const [i, target] of [`/post/${random.below(40)}`, '/style.css', '/logo.png'].entries())
      requests.push({ time: time + i * 100, source, target, status: 200, agent: 'Mozilla/5.0' })
  }
  return requests
}

const STRATEGIES: Readonly<Record<string, (random: Random) => { target: string; status: number }>> = {
  'SQL injection at a page that is there': random => ({
    target: `/product?id=${random.below(900)}%20UNION%20SELECT%20NULL,version()--`,
    status: 200,
  }),
  'one exploit path': () => ({ target: '/boaform/admin/formLogin', status: 404 }),
  'a payload of its own each': random => ({ target: one(random, PAYLOADS), status: random.next() < 0.5 ? 200 : 404 }),
}

function bots(
  random: Random,
  count: number,
  span: number,
  make: (random: Random) => { target: string; status: number },
) {
  const start = START + 16 * DAY + random.next() * 4 * DAY
  return Array.from({ length: count }, (_, i) => {
    const { target, status } = make(random)
    const time = start + random.next() * span
    return { time, source: BOTS + i * 977, target, status, agent: `python/${random.below(3)}` }
  })
}

const words = (source: number): number[] => [0, 0, 0xffff, source >>> 0]

/** What the campaign detector says of the requests. */
function conclude(requests: readonly Request[]): FindingDraft[] {
  const addresses = new AddressTable()
  const analyzer = campaigns.open({}, { addresses, services: { host: {} }, budgetPerWeek: 1, seed: 1 })
  if (analyzer === undefined) throw new Error('the analyzer is switched off')
  const encoder = new TextEncoder()
  const traits = new Map<string, number>()
  const sorted = [...requests].sort((a, b) => a.time - b.time)
  for (let from = 0; from < sorted.length; from += 5000) {
    const writer = new BatchWriter()
    for (const { time, source, target, status, agent } of sorted.slice(from, from + 5000)) {
      const row = writer.add(KIND['web.request'], time, 0)
      const { columns } = writer
      const address = encoder.encode(formatAddress(words(source)))
      const known = traits.get(target) ?? classifyTarget('GET', target)
      traits.set(target, known)
      const [path, query] = target.split('?')
      columns.source[row] = writer.address(address, 0, address.length)
      columns.status[row] = status
      columns.traits[row] = known
      columns.method[row] = writer.string('GET')
      columns.path[row] = writer.string(path)
      columns.agent[row] = writer.string(agent)
      if (query !== undefined) columns.query[row] = writer.string(query)
    }
    const { length } = writer
    const open = new OpenBatch(writer.take(), 0, from, addresses)
    const view = new EventView(open)
    for (let row = 0; row < length; row++) analyzer.observe(view.at(open, row))
  }
  return analyzer.conclude({ flagged: new Map(), findings: [] })
}

const share = (part: number, whole: number): string => (whole === 0 ? '-' : (part / whole).toFixed(2))

function main(): void {
  const seeds = Number(process.argv[2] ?? 6)
  const counts = [30, 100, 300]
  const spans = [HOUR, DAY]
  console.log('| scanners a day | botnet | span | found | recall | precision | findings |')
  console.log('| --- | --- | --- | --- | --- | --- | --- |')
  for (const rate of [5, 20, 100]) {
    const backgrounds = Array.from({ length: seeds }, (_, seed) => {
      const random = createRandom(seed, `web ${rate}`)
      return [...scanners(rate, random), ...readers(random)]
    })
    const alarms = backgrounds.map(background => conclude(background))
    for (const finding of alarms.flat()) console.error(`${rate} a day: ${finding.title} ${finding.reasons[0].text}`)
    const weekly = (alarms.flat().length * WEEK) / (seeds * DAYS * DAY)
    for (const [name, make] of Object.entries(STRATEGIES)) {
      for (const count of counts) {
        for (const span of spans) {
          const sums = { found: 0, recall: 0, precision: 0, findings: 0 }
          for (const [seed, background] of backgrounds.entries()) {
            const attack = bots(createRandom(seed, `${name} ${count} ${span}`), count, span, make)
            const guilty = new Set(attack.map(({ source }) => formatAddress(words(source))))
            const about = conclude([...background, ...attack]).filter(({ sources }) =>
              sources.some(one => guilty.has(one)),
            )
            const named = new Set(about.flatMap(({ sources }) => sources))
            const hits = [...named].filter(one => guilty.has(one)).length
            if (hits * 2 >= count) sums.found++
            sums.recall += hits / count
            sums.precision += named.size === 0 ? 0 : hits / named.size
            sums.findings += about.length
          }
          const spanText = span === HOUR ? '1 h' : '24 h'
          const cells = [rate, `${name}, ${count}`, spanText, `${sums.found} of ${seeds}`]
          console.log(
            `| ${[...cells, share(sums.recall, seeds), share(sums.precision, seeds), share(sums.findings, seeds)].join(' | ')} |`,
          )
        }
      }
    }
    console.log(`| ${rate} | none | 4 weeks | | | | ${weekly.toFixed(2)} false alarms a week |`)
  }
  console.error(`${Math.round(process.uptime() / (MINUTE / 1000))} min`)
}

main()
