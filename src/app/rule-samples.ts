/** Runs a rule's own samples through the real parsers and engine: `rules test`, and the tests. */
import { AddressTable } from '../core/addresses.ts'
import { BatchWriter } from '../core/batch.ts'
import { DAY } from '../core/time.ts'
import { EventView, OpenBatch } from '../core/view.ts'
import { Clock } from '../engine/clock.ts'
import { Engine } from '../engine/engine.ts'
import { InputStream } from '../engine/stream.ts'
import { classifier, readList } from '../intel/lists.ts'
import type { FindingDraft, Rule, RuleSample } from '../kit/define-rule.ts'
import { createZone } from '../kit/options.ts'
import type { Geo, Services } from '../kit/services.ts'
import { ChunkParser } from '../parsers/chunk.ts'

export interface SampleResult {
  rule: string
  name: string
  expected: 'fires' | 'quiet'
  passed: boolean
  /** What went wrong, where it did. */
  detail?: string
}

/** Samples without a year are of this one. */
const SAMPLE_YEAR = 2026

/** The findings of one rule over a sample's lines, with the lists and places that the sample has. */
function findingsOf(rule: Rule, sample: RuleSample, services: Services): FindingDraft[] {
  const { lines, options = {}, blacklist = [], places, networks } = sample
  const addresses = new AddressTable(classifier(readList({}), readList({ ips: blacklist })))
  const geo: Geo | undefined =
    places === undefined && networks === undefined
      ? undefined
      : { place: address => places?.[address], network: address => networks?.[address] }
  const engine = new Engine({
    rules: [rule],
    ruleOptions: { [rule.id]: { enabled: true, ...options } },
    analyzers: [],
    addresses,
    services: geo === undefined ? services : { ...services, geo },
  })
  const zone = { name: 'UTC', offset: createZone('UTC') }
  const clock = new Clock({ zone, year: SAMPLE_YEAR, reference: Date.UTC(SAMPLE_YEAR + 1, 11, 31) + DAY })
  const view = new EventView(new OpenBatch(new BatchWriter().take(), 0, 0, addresses))
  const stream = new InputStream(0, clock, addresses, (open, row) => engine.observe(view.at(open, row)))
  const parser = new ChunkParser({ keepRaw: true })
  const bytes = Buffer.from(`${lines.join('\n')}\n`)
  for (const batch of [...parser.push(bytes, 0), ...parser.end()]) stream.push(batch)
  stream.flush()
  return engine.findings()
}

/** Runs all samples of a rule. */
export function testRule(rule: Rule, services: Services): SampleResult[] {
  const run = (sample: RuleSample, expected: 'fires' | 'quiet'): SampleResult => {
    const findings = findingsOf(rule, sample, services)
    const detail =
      expected === 'fires'
        ? wrongFire(sample, findings)
        : findings.length === 0
          ? undefined
          : `it raised "${findings[0].title}"`
    return {
      rule: rule.id,
      name: sample.name,
      expected,
      passed: detail === undefined,
      ...(detail === undefined ? {} : { detail }),
    }
  }
  return [
    ...rule.examples().fires.map(sample => run(sample, 'fires')),
    ...rule.examples().quiet.map(sample => run(sample, 'quiet')),
  ]
}

function wrongFire(sample: RuleSample, findings: readonly FindingDraft[]): string | undefined {
  if (findings.length === 0) return 'it raised nothing'
  const accused = new Set(findings.flatMap(finding => finding.sources))
  const missing = sample.accuses?.filter(source => !accused.has(source)) ?? []
  if (missing.length > 0) return `it does not accuse ${missing.join(', ')}`
  if (sample.severity !== undefined && !findings.some(finding => finding.severity === sample.severity)) {
    return `its severity is ${findings[0].severity}, expected ${sample.severity}`
  }
  return undefined
}
