/** The contract of every parser: each of its samples, through the real line loop, gives what the declaration says. */
import { describe, expect, it } from 'vitest'
import type { ParserSample } from '../../src/kit/define-parser.ts'
import { FORMATS, PROGRAMS } from '../../src/parsers/index.ts'
import { countsOf, encode, eventsOf, parseAll } from './support.ts'

function check(sample: ParserSample, force?: string): void {
  const batches = parseAll(encode(`${sample.line}\n`), force === undefined ? {} : { force })
  const events = eventsOf(batches)
  const counts = countsOf(batches)
  if (typeof sample.is === 'string') {
    expect(events).toEqual([])
    expect({ irrelevant: counts.irrelevant, unknown: counts.unknown, malformed: counts.malformed }).toEqual({
      irrelevant: 0,
      unknown: 0,
      malformed: 0,
      [sample.is]: counts.lines,
    })
    return
  }
  expect(events).toHaveLength(sample.is.length)
  for (const [index, expected] of sample.is.entries()) {
    const event: Record<string, unknown> = { ...events[index] }
    const seen = Object.fromEntries(Object.keys(expected).map(key => [key, event[key]]))
    expect(seen).toEqual(expected)
  }
}

describe.each(PROGRAMS.map(program => [program.id, program] as const))('program %s', (_id, program) => {
  it.each(program.samples.map(sample => [sample.note ?? sample.line, sample] as const))('%s', (_name, sample) =>
    check(sample),
  )
})

describe.each(FORMATS.map(format => [format.id, format] as const))('format %s', (id, format) => {
  it.each(format.samples.map(sample => [sample.note ?? sample.line, sample] as const))('%s', (_name, sample) => {
    check(sample)
    check(sample, id)
  })
})
