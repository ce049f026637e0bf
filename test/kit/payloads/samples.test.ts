import { describe, expect, test } from 'vitest'
import type { PayloadSample } from '../../../src/kit/payloads/index.ts'
import {
  classifyHeaderBytes,
  classifyTargetBytes,
  classifyText,
  familiesOf,
  PAYLOAD_FAMILIES,
} from '../../../src/kit/payloads/index.ts'

const encoder = new TextEncoder()

function familiesIn(sample: PayloadSample): string[] {
  if (typeof sample === 'object') {
    if ('value' in sample) return classifyText(sample.value)
    const agent = encoder.encode(sample.agent)
    return familiesOf(classifyHeaderBytes(agent, 0, agent.length))
  }
  const space = sample.indexOf(' ')
  const target = encoder.encode(sample.slice(space + 1))
  return familiesOf(classifyTargetBytes(target, 0, target.length, sample.startsWith('CONNECT ')))
}

for (const family of PAYLOAD_FAMILIES) {
  describe(family.id, () => {
    test.each(family.fires.map(sample => [JSON.stringify(sample), sample] as const))('fires: %s', (_name, sample) => {
      expect(familiesIn(sample)).toContain(family.id)
    })
    test.each(family.quiet.map(sample => [JSON.stringify(sample), sample] as const))('quiet: %s', (_name, sample) => {
      expect(familiesIn(sample)).not.toContain(family.id)
    })
  })
}

test('there is a bit for every family, and every id is used once', () => {
  expect(PAYLOAD_FAMILIES.length).toBeLessThanOrEqual(32)
  expect(new Set(PAYLOAD_FAMILIES.map(family => family.id)).size).toBe(PAYLOAD_FAMILIES.length)
})
