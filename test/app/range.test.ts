import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRange } from '../../src/app/range.ts'
import type { Batch } from '../../src/core/batch.ts'
import { countsOf, eventsOf } from '../parsers/support.ts'
import { makeFolder } from '../sources/folder.ts'

const line = (port: number): string =>
  `2026-02-28T08:05:01Z web-1 sshd[403]: Failed password for root from 192.0.2.1 port ${port} ssh2`

function inRanges(path: string, size: number, cuts: readonly number[]): Batch[] {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), size]
  return edges.slice(1).flatMap((to, index) => [...parseRange(path, edges[index], to)])
}

describe('ranges of a file', () => {
  it('share its lines: each is parsed once, in the range in which it begins', () => {
    const path = join(makeFolder(), 'auth.log')
    const texts = fc.array(
      fc.oneof(fc.integer({ min: 1, max: 60_000 }).map(line), fc.constantFrom('', 'x', 'é'.repeat(40))),
      { minLength: 1, maxLength: 30 },
    )
    fc.assert(
      fc.property(
        texts,
        fc.constantFrom('', '\n'),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
        (lines, end, cuts) => {
          writeFileSync(path, lines.join('\n') + end)
          const size = Buffer.byteLength(lines.join('\n') + end)
          const whole = [...parseRange(path, 0, size)]
          const parts = inRanges(
            path,
            size,
            cuts.map(cut => Math.floor(cut * size)),
          )
          expect(eventsOf(parts)).toEqual(eventsOf(whole))
          expect(countsOf(parts)).toEqual(countsOf(whole))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('work where a line is longer than a read', () => {
    const path = join(makeFolder(), 'auth.log')
    const text = `${line(1)}\n${'y'.repeat(3_500_000)}\n${line(2)}\n`
    writeFileSync(path, text)
    for (const cuts of [[1_000_000, 2_000_000], [1 << 20], [3_500_000], [text.length - 20]]) {
      const batches = inRanges(path, text.length, cuts)
      expect(eventsOf(batches).map(event => event.port)).toEqual([1, 2])
      expect(countsOf(batches)).toMatchObject({ lines: 3, malformed: 1 })
    }
  })

  it("leave a journal's export whole", () => {
    const path = join(makeFolder(), 'journal.export')
    const record =
      '__CURSOR=a\n__REALTIME_TIMESTAMP=1771645051183361\nSYSLOG_IDENTIFIER=sshd\nMESSAGE=Invalid user bob from 192.0.2.1 port 7\n\n'
    writeFileSync(path, record.repeat(5))
    expect(eventsOf(inRanges(path, record.length * 5, [50, 200, 300]))).toHaveLength(5)
  })

  it('say what is wrong with the file', () => {
    expect(() => [...parseRange('/nowhere/auth.log', 0, 10)]).toThrow('/nowhere/auth.log does not exist')
  })
})
