/**
 * What an attack that was learned costs: `node bench/poison.ts [seeds]`. 35 days teach, of which 0, 5 or 20 % of the
 * attempts are swarms of the kind that is looked for in the week after: many addresses on one name within an hour. Two arms:
 * window anomalies alone, with nothing to clean the training (the worst case), and with campaigns, as the program runs.
 * Writes bench/results/poison.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import windowAnomaly from '../src/anomaly/window-anomaly.ts'
import campaigns from '../src/campaigns/campaigns.ts'
import { AddressTable } from '../src/core/addresses.ts'
import { BatchWriter } from '../src/core/batch.ts'
import { KIND } from '../src/core/event.ts'
import { createRandom } from '../src/core/random.ts'
import { DAY, HOUR } from '../src/core/time.ts'
import { EventView, OpenBatch } from '../src/core/view.ts'
import type { Analyzer, AnalyzerUnit } from '../src/kit/define-detector.ts'
import type { FindingDraft } from '../src/kit/define-rule.ts'
import type { Json } from '../src/kit/state/primitive.ts'

interface Attempt {
  time: number
  source: number
  user: string
}

const START = Date.UTC(2026, 0, 5)
const TAUGHT = 35
const NAMES = ['root', 'admin', 'test', 'ubuntu', 'oracle', 'pi', 'git', 'guest']

function strangers(from: number, days: number, rate: number, seed: number): Attempt[] {
  const random = createRandom(seed, `strangers ${from}`)
  const attempts: Attempt[] = []
  for (let time = from, n = 0; ; n++) {
    time += (random.exponential() * DAY) / rate
    if (time >= from + days * DAY) return attempts
    const user = NAMES[Math.min(NAMES.length - 1, Math.floor(random.exponential() * 2))]
    for (let i = 0; i <= random.below(3); i++)
      attempts.push({ time: time + i, source: (10 << 24) + (from % 7) * 100_000 + n, user })
  }
}

const swarm = (size: number, at: number, first: number): Attempt[] =>
  Array.from({ length: size }, (_, i) => ({
    time: at + (i * HOUR) / size,
    source: (11 << 24) + first + i,
    user: 'deploy',
  }))

type Models = readonly (Json | undefined)[]

/** The analyzers of an arm after the attempts. */
function play(attempts: readonly Attempt[], units: readonly AnalyzerUnit[], models: Models): Analyzer[] {
  const addresses = new AddressTable()
  const analyzers = units.map((unit, i) => {
    const model = models[i]
    const context = { addresses, services: { host: {} }, budgetPerWeek: 1, seed: 1 }
    const analyzer = unit.open({}, model === undefined ? context : { ...context, model })
    if (analyzer === undefined) throw new Error('the analyzer is switched off')
    return analyzer
  })
  const writer = new BatchWriter()
  for (const { time, source, user } of [...attempts].sort((a, b) => a.time - b.time)) {
    const row = writer.add(KIND['ssh.auth.failed'], time, 0)
    writer.columns.source[row] = writer.addressWords([0, 0, 0xffff, source >>> 0])
    writer.columns.user[row] = writer.string(user)
    writer.columns.attempts[row] = 1
  }
  const { length } = writer
  const view = new EventView(new OpenBatch(writer.take(), 0, 0, addresses))
  for (let row = 0; row < length; row++) {
    view.at(view.open, row)
    for (const analyzer of analyzers) analyzer.observe(view)
  }
  return analyzers
}

function conclude(analyzers: readonly Analyzer[]): FindingDraft[] {
  const findings: FindingDraft[] = []
  for (const analyzer of analyzers) findings.push(...analyzer.conclude({ flagged: new Map(), findings }))
  return findings
}

interface Lesson {
  rate: number
  size: number
  share: number
  seed: number
}

function teach({ rate, size, share, seed }: Lesson, units: readonly AnalyzerUnit[]): Json[] {
  const quiet = strangers(START, TAUGHT, rate, seed)
  const random = createRandom(seed, 'poison')
  const swarms = Math.round((quiet.length * share) / (1 - share) / size)
  const poison = Array.from({ length: swarms }, (_, i) =>
    swarm(size, START + random.next() * (TAUGHT - 1) * DAY, 100_000 + i * size),
  )
  const analyzers = play([...quiet, ...poison.flat()], units, [])
  const findings = conclude(analyzers)
  return analyzers.map(analyzer => analyzer.train({ flagged: new Map(), findings }).body)
}

function measure(lesson: Omit<Lesson, 'seed'>, units: readonly AnalyzerUnit[], seeds: number) {
  let found = 0
  let others = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const later = START + (TAUGHT + 10) * DAY
    const at = later + 3 * DAY + seed * HOUR
    const attempts = [...strangers(later, 7, lesson.rate, seed + 1000), ...swarm(lesson.size, at, 0)]
    const findings = conclude(play(attempts, units, teach({ ...lesson, seed }, units)))
    const mine = findings.filter(({ first, last }) => first < at + HOUR && last > at)
    if (mine.length > 0) found++
    others += findings.length - mine.length
  }
  return { recall: found / seeds, false_alarms_a_week: others / seeds }
}

const seeds = Number(process.argv[2] ?? 10)
const rows = []
for (const rate of [5, 30]) {
  for (const size of [10, 20, 40]) {
    for (const share of [0, 0.05, 0.2]) {
      const lesson = { rate, size, share }
      const row = {
        strangers_a_day: rate,
        addresses: size,
        poisoned: share,
        alone: measure(lesson, [windowAnomaly], seeds),
        with_campaigns: measure(lesson, [campaigns, windowAnomaly], seeds),
      }
      rows.push(row)
      console.log(JSON.stringify(row))
    }
  }
}
mkdirSync(new URL('results/', import.meta.url), { recursive: true })
writeFileSync(new URL('results/poison.json', import.meta.url), `${JSON.stringify({ seeds, rows }, null, 2)}\n`)
