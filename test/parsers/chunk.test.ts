import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Batch } from '../../src/core/batch.ts'
import { ChunkParser, MAX_LINE } from '../../src/parsers/chunk.ts'
import { FORMATS, PROGRAMS } from '../../src/parsers/index.ts'
import { countsOf, encode, eventsOf, parseAll, parseText } from './support.ts'

const FAILED = 'Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2'
const SAMPLE_LINES = [...PROGRAMS, ...FORMATS].flatMap(unit => unit.samples.map(sample => sample.line))

/** Pushes the bytes in pieces of the given sizes (over and over), each in a buffer of its own that is then overwritten. */
function parsePieces(bytes: Uint8Array, sizes: readonly number[], keepRaw = false): Batch[] {
  const parser = new ChunkParser({ keepRaw })
  const batches: Batch[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1)
    const piece = bytes.slice(at, at + size)
    batches.push(...parser.push(piece, at))
    piece.fill(88)
    at += size
  }
  batches.push(...parser.end())
  return batches
}

const summary = (batches: readonly Batch[]): unknown => ({
  events: eventsOf(batches),
  counts: countsOf(batches),
  formats: batches.map(batch => batch.formats),
  stamps: batches.map(batch => batch.stamps),
  samples: batches.map(batch => batch.samples),
})

describe('the line loop', () => {
  it('gives the same however the input is cut', () => {
    const line = fc.oneof(
      fc.constantFrom(...SAMPLE_LINES.filter(text => !text.startsWith('__'))),
      fc.string({ maxLength: 60 }),
      fc.constantFrom('', '\0\0\0', `\0\0${FAILED}`, '\uFEFF', 'é\u{1F600}'),
    )
    const input = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\n\n')), { maxLength: 30 })
    fc.assert(
      fc.property(input, fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 }), (lines, sizes) => {
        const bytes = encode(lines.flat().join(''))
        expect(summary(parsePieces(bytes, sizes))).toEqual(summary(parseAll(bytes)))
      }),
      { numRuns: 300 },
    )
  })

  it('counts every line exactly once', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...SAMPLE_LINES.filter(text => !text.includes('\n')))), lines => {
        const text = lines.map(line => `${line}\n`).join('')
        const batches = parseAll(text)
        const counts = countsOf(batches)
        const withEvents = new Set(eventsOf(batches).map(event => event.origin.line)).size
        expect(counts.lines).toBe(lines.length)
        // A gap may be told of a line that is no event itself.
        expect(counts.irrelevant + counts.unknown + counts.malformed + withEvents).toBeGreaterThanOrEqual(lines.length)
      }),
    )
  })

  it('never throws on bytes of any kind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), bytes => {
        expect(countsOf(parseAll(bytes)).lines).toBeLessThanOrEqual(bytes.length + 1)
      }),
      { numRuns: 300 },
    )
  })

  it('never throws on damaged real lines', () => {
    const damage = fc.tuple(
      fc.constantFrom(...SAMPLE_LINES),
      fc.nat(200),
      fc.nat(200),
      fc.uint8Array({ maxLength: 20 }),
    )
    fc.assert(
      fc.property(damage, ([line, from, length, noise]) => {
        const bytes = encode(line)
        const damaged = new Uint8Array([...bytes.subarray(0, from), ...noise, ...bytes.subarray(from + length)])
        parseAll(damaged)
      }),
      { numRuns: 2000 },
    )
  })

  it('gives each event its line, offset and length', () => {
    const batches = parseAll(`x\n\n${FAILED}\r\n${FAILED}`)
    const [first, second] = eventsOf(batches)
    expect(first.origin).toMatchObject({ line: 3, offset: 3 })
    expect(second.origin).toMatchObject({ line: 4, offset: 3 + FAILED.length + 2 })
    expect([...batches[0].columns.length]).toEqual([FAILED.length, FAILED.length])
  })

  it('takes off the second carriage return of a log that a Windows tool has converted twice', () => {
    expect(parseText(`${FAILED}\r\r\n${FAILED}\r\r\n`)).toHaveLength(2)
  })

  it("skips a byte order mark at the input's start only", () => {
    expect(parseText(`\uFEFF${FAILED}\n`)[0].origin.offset).toBe(3)
    expect(countsOf(parseAll(`a\n\uFEFF${FAILED}\n`))).toMatchObject({ lines: 2, unknown: 2 })
  })

  it('reads the line behind a run of NULs, and calls a torn one malformed', () => {
    const [event] = parseText(`${'\0'.repeat(5000)}${FAILED}\n`)
    expect(event.origin.offset).toBe(5000)
    expect(countsOf(parseAll(`${FAILED.slice(0, 40)}\0\0\0${FAILED}\n\0\0\0\n`))).toEqual({
      lines: 2,
      irrelevant: 0,
      unknown: 0,
      malformed: 2,
    })
  })

  it('skips a line of megabytes without keeping it', () => {
    const parser = new ChunkParser({ keepRaw: true })
    const piece = new Uint8Array(MAX_LINE).fill(65)
    const batches: Batch[] = [...parser.push(encode(`${FAILED}\n`), 0)]
    let offset = FAILED.length + 1
    for (let i = 0; i < 5; i++, offset += piece.length) batches.push(...parser.push(piece, offset))
    batches.push(...parser.push(encode(`\n${FAILED}\n`), offset), ...parser.end())
    expect(countsOf(batches)).toEqual({ lines: 3, irrelevant: 0, unknown: 0, malformed: 1 })
    expect(eventsOf(batches).map(event => event.origin.offset)).toEqual([0, offset + 1])
    expect(batches.reduce((size, batch) => size + (batch.raw?.bytes.length ?? 0), 0)).toBe(2 * (FAILED.length + 1))
  })

  it('skips an over-long line inside one push too', () => {
    const batches = parseAll(`${FAILED}\n${'a'.repeat(MAX_LINE + 1)}\n${FAILED}\n`, { keepRaw: true })
    expect(countsOf(batches)).toMatchObject({ lines: 3, malformed: 1 })
    expect(eventsOf(batches)).toHaveLength(2)
  })

  it('keeps the bytes that its offsets point into', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(FAILED, 'other', '', 'é'), { maxLength: 40 }),
        fc.integer({ min: 1, max: 200 }),
        (lines, size) => {
          const bytes = encode(lines.join('\n'))
          for (const batch of parsePieces(bytes, [size], true)) {
            const { raw, columns } = batch
            expect(raw).toBeDefined()
            for (let row = 0; row < batch.length; row++) {
              const start = columns.offset[row] - (raw?.offset ?? 0)
              expect(new TextDecoder().decode(raw?.bytes.subarray(start, start + columns.length[row]))).toBe(FAILED)
            }
          }
        },
      ),
    )
  })

  it('ends batches by what they hold, with lines numbered on', () => {
    const text = `${FAILED}\n`.repeat(40_000)
    const batches = parseAll(text)
    expect(batches.length).toBeGreaterThan(3)
    const events = eventsOf(batches)
    expect(events).toHaveLength(40_000)
    expect(events.at(-1)?.origin).toEqual({ path: 'test.log', line: 40_000, offset: 39_999 * (FAILED.length + 1) })
    for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(8192)
  })

  it('keeps a line without its end for the next push when a batch is closed early', () => {
    const parser = new ChunkParser()
    const bytes = encode(`${FAILED}\n${FAILED}`)
    const early = [...parser.push(bytes, 0), ...parser.flush()]
    expect(eventsOf(early)).toHaveLength(1)
    const late = [...parser.push(encode('\n'), bytes.length), ...parser.end()]
    expect(eventsOf([...early, ...late]).map(event => event.origin.line)).toEqual([1, 2])
  })

  it('shows up to three lines that nothing understood', () => {
    const [batch] = parseAll(`${'x'.repeat(500)}\ny\nz\nw\n`)
    expect(batch.samples).toEqual(['x'.repeat(200), 'y', 'z'])
    expect(batch.counts.unknown).toBe(4)
  })

  it('reads what is no UTF-8', () => {
    const bytes = encode(FAILED.replace('root', 'r??t'))
    const at = FAILED.indexOf('root')
    bytes[at + 1] = 0xf6
    bytes[at + 2] = 0xff
    expect(eventsOf(parseAll(bytes))[0]).toMatchObject({ source: '192.0.2.1', user: 'r\uFFFD\uFFFDt' })
  })
})

describe('gaps and steps back', () => {
  const at = (stamp: string): string => `${stamp} web-1 cron[1]: (root) CMD (x)\n`
  const jumps = (...stamps: string[]): unknown[] =>
    parseAll(stamps.map(at).join('')).flatMap(batch =>
      Array.from({ length: batch.length }, (_, row) => [batch.columns.kind[row], batch.columns.size[row]]),
    )

  it('marks a silence of more than ten minutes, also between lines that tell nothing', () => {
    const events = parseText(at('Feb 28 08:00:00') + at('Feb 28 08:10:00') + at('Feb 28 08:20:01'))
    expect(events).toMatchObject([{ kind: 'log.gap', host: 'web-1', origin: { line: 3 } }])
  })
  it('marks a step back of more than a minute', () => {
    expect(parseText(at('Feb 28 08:10:00') + at('Feb 28 08:09:00') + at('Feb 28 08:07:59'))).toMatchObject([
      { kind: 'log.backstep', origin: { line: 3 } },
    ])
  })
  it('takes New Year for the short step it is', () => {
    expect(jumps('Dec 31 23:59:00', 'Jan  1 00:01:00')).toEqual([])
    expect(jumps('Jan  1 00:01:00', 'Dec 31 23:59:30')).toHaveLength(1)
    expect(jumps('Dec 31 23:00:00', 'Jan  1 00:01:00')).toHaveLength(1)
  })
  it('compares stamps of one kind only', () => {
    expect(jumps('Feb 28 08:00:00', '2026-02-28T12:00:00Z')).toEqual([])
  })
  it("tells the batch's first and last stamp", () => {
    const [batch] = parseAll(`garbage\n${at('2026-02-28T12:00:00Z')}${at('2026-02-28T12:00:09Z')}garbage\n`)
    expect(batch.stamps).toMatchObject({
      first: { time: Date.UTC(2026, 1, 28, 12), flags: 0, line: 1, host: 'web-1' },
      last: { time: Date.UTC(2026, 1, 28, 12, 0, 9), line: 2 },
    })
    expect(parseAll('garbage\n')[0].stamps).toBeUndefined()
  })
})
