/**
 * False alarms a week of the rate detector and of the classic settings: `node bench/rates.ts [--seeds 3] [--only TEXT]`. Clean backgrounds
 * first, where every alarm is false; then the real logs of VPSGUARD_DATA (by default ../shared/data beside the checkout),
 * where some are not. Writes bench/results/rates.md.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import campaigns from '../src/campaigns/campaigns.ts'
import { AddressTable } from '../src/core/addresses.ts'
import { BatchWriter } from '../src/core/batch.ts'
import { hasCode } from '../src/core/errors.ts'
import { DAY } from '../src/core/time.ts'
import { EventView, OpenBatch } from '../src/core/view.ts'
import { Clock } from '../src/engine/clock.ts'
import { Engine } from '../src/engine/engine.ts'
import { Merge } from '../src/engine/order.ts'
import { InputStream } from '../src/engine/stream.ts'
import type { AnalyzerUnit, RunningAnalyzer } from '../src/kit/define-detector.ts'
import { poissonInterval } from '../src/kit/math/quantiles.ts'
import { createZone } from '../src/kit/options.ts'
import { ChunkParser } from '../src/parsers/chunk.ts'
import rateAnomaly, { RateAnomaly } from '../src/rates/rate-anomaly.ts'
import { RULES } from '../src/rules/index.ts'
import { BACKGROUNDS } from './rates/backgrounds.ts'

const ROOT = join(import.meta.dirname, '..')
const NO_FLOOR = { least_requests: 1, least_errors: 1, least_logins: 1, least_others: 1 }

/** The settings that are compared. */
const SETTINGS: readonly { title: string; options: Record<string, unknown> }[] = [
  { title: 'default', options: {} },
  { title: 'no floors', options: NO_FLOOR },
  { title: 'z > 3', options: { mode: 'z', ...NO_FLOOR } },
  { title: 'z > 3, floors', options: { mode: 'z' } },
  { title: '5x', options: { mode: 'ratio', ...NO_FLOOR } },
  { title: '5x, floors', options: { mode: 'ratio' } },
]

interface Counted {
  weeks: number
  /** Findings by setting. */
  alarms: number[]
  titles: string[]
}

function open(
  unit: AnalyzerUnit,
  id: string,
  options: Record<string, unknown>,
  addresses: AddressTable,
): RunningAnalyzer {
  const analyzer = unit.open(options, { addresses, services: { host: {} }, budgetPerWeek: 1, seed: 1 })
  if (analyzer === undefined) throw new Error(`${unit.id} is switched off`)
  return { id, on: unit.on, analyzer }
}

/** Plays a log; `told` says whether rules and campaigns run beside, as they do in the program. */
function count(pieces: Iterable<Uint8Array>, told: boolean): Counted {
  const addresses = new AddressTable()
  const rates = SETTINGS.map(({ options }, i) => open(rateAnomaly, `rates ${i}`, options, addresses))
  const engine = new Engine({
    rules: told ? RULES : [],
    ruleOptions: {},
    analyzers: told ? [open(campaigns, 'campaigns', {}, addresses), ...rates] : rates,
    addresses,
    services: { host: {} },
  })
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  const view = new EventView(new OpenBatch(new BatchWriter().take(), 0, 0, addresses))
  const merge = new Merge(1, (batch, row) => {
    view.at(batch, row)
    if (view.time < first) first = view.time
    if (view.time > last) last = view.time
    engine.observe(view)
  })
  const clock = new Clock({
    zone: { name: 'UTC', offset: createZone('UTC') },
    year: 2026,
    reference: Date.UTC(2027, 0, 1),
  })
  const stream = new InputStream(0, clock, addresses, (batch, row) => merge.push(0, batch, row))
  const parser = new ChunkParser({ keepRaw: false })
  let offset = 0
  for (const piece of pieces) {
    for (const batch of parser.push(piece, offset)) stream.push(batch)
    offset += piece.length
    merge.drain()
  }
  for (const batch of parser.end()) stream.push(batch)
  stream.flush()
  merge.end(0)
  merge.drain()
  const others = engine.concluding()
  const context = told ? { ...others, findings: [...others.findings, ...campaignsOf(engine)] } : others
  const found = rates.map(({ analyzer }) => analyzer.conclude(context))
  return {
    weeks: (last - first) / (7 * DAY),
    alarms: found.map((findings, i) => findings.length + forgottenBy(rates[i])),
    titles: found[0].map(({ title, first: at }) => `${new Date(at).toISOString().slice(0, 16)} ${title}`),
  }
}

/** Episodes beyond those that are kept. */
function forgottenBy({ analyzer }: RunningAnalyzer): number {
  return analyzer instanceof RateAnomaly ? analyzer.forgotten : 0
}

function campaignsOf(engine: Engine) {
  const [{ analyzer }] = engine.analyzers
  return analyzer.conclude(engine.concluding())
}

function* encoded(lines: Iterable<string>): Generator<Uint8Array> {
  let block: string[] = []
  for (const line of lines) {
    if (block.push(line) < 20_000) continue
    yield Buffer.from(`${block.join('\n')}\n`)
    block = []
  }
  if (block.length > 0) yield Buffer.from(`${block.join('\n')}\n`)
}

/** `0.4 (0.1-1.2)`: alarms a week with the exact 95 % interval. */
function rate(alarms: number, weeks: number): string {
  const { lower, upper } = poissonInterval(alarms)
  const figure = (value: number): string => (value >= 9.95 ? value.toFixed(0) : value.toFixed(2))
  return `${figure(alarms / weeks)} (${figure(lower / weeks)}-${figure(upper / weeks)})`
}

function row(title: string, { weeks, alarms }: Counted): string {
  return `| ${title} | ${weeks.toFixed(1)} | ${alarms.map(one => rate(one, weeks)).join(' | ')} |`
}

const HEAD = `| log | weeks | ${SETTINGS.map(({ title }) => title).join(' | ')} |\n|---|---|${SETTINGS.map(() => '---|').join('')}`

function measureClean(seeds: number, only: string): string[] {
  return BACKGROUNDS.filter(({ title }) => title.includes(only)).map(({ title, lines }) => {
    const sum: Counted = { weeks: 0, alarms: SETTINGS.map(() => 0), titles: [] }
    for (let seed = 1; seed <= seeds; seed++) {
      const one = count(encoded(lines(seed)), false)
      sum.weeks += one.weeks
      one.alarms.forEach((alarms, i) => {
        sum.alarms[i] += alarms
      })
      for (const told of one.titles) console.error(`  ${told}`)
    }
    const line = row(title, sum)
    console.log(line)
    return line
  })
}

function measureReal(only: string): string[] {
  const folder = process.env.VPSGUARD_DATA ?? join(ROOT, '..', 'shared', 'data')
  const rows: string[] = []
  try {
    for (const part of ['auth', 'web']) {
      for (const name of readdirSync(join(folder, part)).filter(one => one.endsWith('.log') && one.includes(only))) {
        const one = count([readFileSync(join(folder, part, name))], true)
        rows.push(`| ${name} | ${one.weeks.toFixed(1)} | ${one.alarms.join(' | ')} |`)
        console.log(rows.at(-1))
        for (const told of one.titles) console.error(`  ${told}`)
      }
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'EACCES')) throw error
    console.error('The real logs are not here (VPSGUARD_DATA): skipped.')
  }
  return rows
}

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '3' }, only: { type: 'string', default: '' } },
})
const seeds = Number(values.seeds)
const clean = measureClean(seeds, values.only)
const real = measureReal(values.only)
if (values.only === '') {
  const text = `# Rates: false alarms a week, measured

Made by \`npm run bench:rates\`; ${seeds} seeds. Budget of all detectors 1 a week, of which rates have 0.10. "Floors" are the least counts
that are told (300 requests, 120 errors, 30 failed logins, 120 other events in 60 s).

## Clean backgrounds: every alarm is false

Alarms a week, in brackets the exact 95 % interval.

${HEAD}
${clean.join('\n')}

## Real logs: findings in all

Rules and campaigns run beside, and what they tell is left out. These logs hold attacks, so not every one is false.

${real.length === 0 ? 'Skipped: the logs were not there.' : `${HEAD}\n${real.join('\n')}`}
`
  mkdirSync(join(ROOT, 'bench', 'results'), { recursive: true })
  writeFileSync(join(ROOT, 'bench', 'results', 'rates.md'), text)
}
