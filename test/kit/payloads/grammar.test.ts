/** The grammar of attacks against what people and programs send: lists of both, as values and in a request's query. */
import { describe, expect, test } from 'vitest'
import { classifyTargetBytes, classifyText, familiesOf } from '../../../src/kit/payloads/index.ts'
import { ATTACKS } from './attacks.ts'
import { ORDINARY } from './ordinary.ts'

const encoder = new TextEncoder()

function familiesInQuery(name: string, value: string): string[] {
  const target = encoder.encode(`/page?${name}=${encodeURIComponent(value)}`)
  return familiesOf(classifyTargetBytes(target, 0, target.length, false))
}

describe.each(Object.entries(ATTACKS))('%s', (_name, attacks) => {
  test.each(attacks.map(value => [JSON.stringify(value), value] as const))('%s', (_shown, value) => {
    expect(classifyText(value)).not.toEqual([])
    expect(familiesInQuery('x', value)).not.toEqual([])
  })
})

describe('ordinary values', () => {
  test.each(ORDINARY.map(value => [JSON.stringify(value), value] as const))('%s', (_shown, value) => {
    expect(classifyText(value)).toEqual([])
    for (const name of ['q', 'comment', 'value', 'file']) expect(familiesInQuery(name, value)).toEqual([])
  })
})
