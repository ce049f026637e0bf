import { describe, expect, test } from 'vitest'
import { VERDICT } from '../../../src/core/line.ts'
import { WEB_FORMATS } from '../../../src/parsers/web/index.ts'
import { read } from './harness.ts'

const VERDICTS = { irrelevant: VERDICT.irrelevant, malformed: VERDICT.malformed, unknown: VERDICT.notMine }

for (const format of WEB_FORMATS) {
  describe(`format ${format.id}`, () => {
    for (const sample of format.samples) {
      test(sample.note ?? sample.line.slice(0, 80), () => {
        const { verdict, events } = read(format, sample.line)
        if (typeof sample.is === 'string') expect(verdict).toBe(VERDICTS[sample.is])
        else {
          expect(verdict).toBe(VERDICT.event)
          expect(events).toHaveLength(sample.is.length)
          for (const [index, expected] of sample.is.entries()) expect(events[index]).toMatchObject(expected)
        }
      })
    }

    test('every sample is read by this format alone, or by one that reads it alike', () => {
      for (const sample of format.samples) {
        const own = read(format, sample.line)
        for (const other of WEB_FORMATS) {
          if (other === format) continue
          const reading = read(other, sample.line)
          if (reading.verdict === VERDICT.event) expect(reading.events).toEqual(own.events)
        }
      }
    })
  })
}
