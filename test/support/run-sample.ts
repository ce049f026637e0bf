/** A rule's sample, as raw lines, through the real parsers and the real engine. */
import type { FindingDraft, Rule, RuleSample } from '../../src/kit/define-rule.ts'
import { analyzeLines } from './analyze-lines.ts'

export function runSample(rule: Rule, sample: RuleSample): FindingDraft[] {
  const { places, networks } = sample
  const geo =
    places === undefined && networks === undefined
      ? {}
      : { geo: { place: (address: string) => places?.[address], network: (address: string) => networks?.[address] } }
  return analyzeLines(sample.lines, {
    rules: [rule],
    ruleOptions: { [rule.id]: { enabled: true, ...sample.options } },
    services: geo,
    ...(sample.blacklist === undefined ? {} : { blacklist: sample.blacklist }),
  })
}
