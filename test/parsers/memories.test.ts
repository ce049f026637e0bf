/**
 * Parsers remember what they read last, the head of a line, a request, a browser, and compare instead of reading again. No
 * line may mean anything else for it: each is read the same whatever was read before.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BatchWriter } from '../../src/core/batch.ts'
import { ChunkParser } from '../../src/parsers/chunk.ts'
import { createLineParser } from '../../src/parsers/detect.ts'
import { FORMATS, PROGRAMS } from '../../src/parsers/index.ts'
import { countsOf, encode, eventsOf } from './support.ts'

const SAMPLES = [...FORMATS, ...PROGRAMS].flatMap(({ samples }) => samples.map(({ line }) => line))

const options = { lineParser: createLineParser(), writer: new BatchWriter() }

/** What the lines say, each by itself, read in this order by one parser with one writer. */
function read(lines: readonly string[], order: readonly number[]): unknown[] {
  const said: unknown[] = []
  for (const index of order) {
    const parser = new ChunkParser(options)
    const batches = [...parser.push(encode(`${lines[index]}\n`), 0), ...parser.end()]
    said[index] = [eventsOf(batches), countsOf(batches), batches.map(({ formats }) => formats)]
  }
  return said
}

const JUMPS = new Set(['log.gap', 'log.backstep'])

/** The same in one input, where the lines share a batch and its texts. */
function readTogether(lines: readonly string[], order: readonly number[]): unknown[] {
  const parser = new ChunkParser(options)
  const input = order.map(index => `${lines[index]}\n`).join('')
  // Between two lines time may jump, and that is told.
  const events = eventsOf([...parser.push(encode(input), 0), ...parser.end()]).filter(({ kind }) => !JUMPS.has(kind))
  return order.map((_, at) =>
    events.filter(({ origin }) => origin.line === at + 1).map(({ origin: _origin, ...event }) => event),
  )
}

/** Words that stand in heads, requests and browsers, so that lines are alike in all but one of them. */
const host = fc.constantFrom('web-1', 'web-2', 'a', 'last', 'mail.example', '[sshd]', 'auth.info')
const program = fc.constantFrom(
  'sshd',
  'sshd-session',
  'systemd',
  'systemd-logind',
  'CRON',
  'su',
  'sshd(pam_unix)',
  'x',
)
const clock = fc.constantFrom(
  'Feb 28 08:05:01',
  'Feb 28 08:05:60',
  'Feb 28 08:06:01',
  'Feb  9 08:05:01',
  'Feb 9 08:05:01',
  'Feb 28 2026 08:05:01',
  'Feb 28 08:05:01 2026',
  'Feb 28 08:05:01.5',
  '2026-02-28T08:05:01Z',
  '2026-02-28T08:05:01.250+02:00',
  '2026-02-29T08:05:01Z',
)
const message = fc.constantFrom(
  'Failed password for root from 192.0.2.1 port 4242 ssh2',
  'Failed password for x from 203.0.113.9 port 1 ssh2 from 192.0.2.1 port 4242 ssh2',
  'Invalid user a from 192.0.2.1 port 4242',
  'Connection closed by authenticating user root 192.0.2.1 port 4242 [preauth]',
  'pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)',
  'pam_unix(sshd:session):  session closed for user root',
  'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root',
  'pam_unix(cron:session): session opened for user root by (uid=0)',
  'message repeated 2 times: [ Failed password for root from 192.0.2.1 port 4242 ssh2]',
  '',
)
const system = fc
  .tuple(clock, host, program, fc.constantFrom('[403]: ', '[7]: ', ': ', '[x]: ', ' '), message)
  .map(([stamp, name, tag, pid, said]) => `${stamp} ${name} ${tag}${pid}${said}`)

const left = fc.constantFrom(
  '192.0.2.1 - - ',
  '192.0.2.1 - alice ',
  '192.0.2.1 - x [17/May/2025:10:05:03 +0000] y ',
  'www.example 192.0.2.1 - - ',
  '2001:db8::1 - - ',
  '192.0.2.1:4000 - - ',
)
const date = fc.constantFrom(
  '[17/May/2025:10:05:03 +0000]',
  '[17/May/2025:10:05:03]',
  '[17/May/2025:10:05:03 +0200]',
  '[17/Mai/2025:10:05:03 +0000]',
)
const request = fc.constantFrom(
  'GET /index.php?a=1 HTTP/1.1',
  'GET /index.php?a=2 HTTP/1.1',
  'GET /index.php?a=1 HTTP/9.9',
  'GET http://other.example/ HTTP/1.1',
  'GET https://www.example/a HTTP/2.0',
  'CONNECT www.example:443 HTTP/1.1',
  '\\x16\\x03\\x01 and more of this',
  'GET /a\\" 200 5 \\"b HTTP/1.1',
  'GET /?q=<script>alert(1)</script> HTTP/1.1',
)
const tail = fc.constantFrom(
  '"-" "Mozilla/5.0 (X11; Linux x86_64)"',
  '"https://www.example/" "Mozilla/5.0 (X11; Linux x86_64)"',
  '"-" "Mozilla/5.0 (X11; Linux x86_64)" "198.51.100.66, 203.0.113.9"',
  '"-" "say \\"hi\\" to the (X11; Linux)"',
  '"-" "cut before the end of it',
)
const web = fc
  .tuple(left, date, request, fc.constantFrom('200 5', '404 -', '- -', ''), tail)
  .map(([who, stamp, asked, answer, agent]) => `${who}${stamp} "${asked}" ${answer} ${agent}`)

/** A line with one byte changed, or its end cut off. */
const damaged = (line: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(line, fc.nat(), fc.constantFrom(' ', '[', ']', ':', '"', '7', 'x', undefined))
    .map(([whole, place, letter]) => {
      const at = place % (whole.length + 1)
      return letter === undefined ? whole.slice(0, at) : `${whole.slice(0, at)}${letter}${whole.slice(at + 1)}`
    })

const line = fc.oneof(system, web, damaged(system), damaged(web), fc.constantFrom(...SAMPLES))
const someLines = fc.array(line, { minLength: 2, maxLength: 24 })

describe('a line', () => {
  it('is read the same whatever was read before it', () => {
    fc.assert(
      fc.property(someLines, lines => {
        const forwards = [...lines.keys()]
        const twice = forwards.flatMap(index => [index, index, index])
        const first = read(lines, forwards)
        expect(read(lines, forwards.toReversed())).toEqual(first)
        expect(read(lines, twice)).toEqual(first)
      }),
      { numRuns: 1500 },
    )
  })

  it('is read the same beside others in a batch', () => {
    const fits = (one: string): boolean => !one.includes('\n')
    fc.assert(
      fc.property(someLines, all => {
        const lines = all.filter(fits)
        const forwards = [...lines.keys()]
        const first = readTogether(lines, forwards).map(said => JSON.stringify(said))
        const order = [...forwards.toReversed(), ...forwards]
        const again = readTogether(lines, order).map(said => JSON.stringify(said))
        expect(again.slice(lines.length)).toEqual(first)
        expect(again.slice(0, lines.length).toReversed()).toEqual(first)
      }),
      { numRuns: 1000 },
    )
  })

  it('that names no address gets none from the batch before', () => {
    const writer = new BatchWriter()
    const address = encode('192.0.2.1')
    expect(writer.address(address, 0, address.length)).toBe(0)
    writer.take()
    expect(writer.address(address, 0, 0)).toBe(-1)
  })
})
