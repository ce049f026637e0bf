import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Batch } from '../../src/core/batch.ts'
import { ChunkParser } from '../../src/parsers/chunk.ts'
import { countsOf, encode, eventsOf, parseAll } from './support.ts'

const MESSAGE = 'Failed password for root from 192.0.2.1 port 4242 ssh2'

function binary(name: string, value: string): Uint8Array {
  const bytes = encode(value)
  const size = new Uint8Array(8)
  new DataView(size.buffer).setBigUint64(0, BigInt(bytes.length), true)
  return new Uint8Array([...encode(`${name}\n`), ...size, ...bytes, 10])
}

const text = (name: string, value: string): Uint8Array => encode(`${name}=${value}\n`)
const record = (...fields: Uint8Array[]): Uint8Array =>
  new Uint8Array(
    [text('__CURSOR', 's=1'), text('__REALTIME_TIMESTAMP', '1771645051183361'), ...fields, encode('\n')].flatMap(
      part => [...part],
    ),
  )
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(parts.flatMap(part => [...part]))

const sshd = text('SYSLOG_IDENTIFIER', 'sshd')

describe("the journal's export format", () => {
  it('reads text and binary fields', () => {
    const bytes = join(
      record(sshd, text('_HOSTNAME', 'web-1'), text('MESSAGE', MESSAGE)),
      record(
        sshd,
        binary('COREDUMP', 'x\n\nMESSAGE=Accepted password for eve from 203.0.113.9 port 1 ssh2\n'),
        binary('MESSAGE', 'Invalid user a\nb from 192.0.2.2 port 7'),
      ),
      record(text('SYSLOG_IDENTIFIER', 'systemd'), text('MESSAGE', 'Started a unit.')),
    )
    const events = eventsOf(parseAll(bytes))
    expect(events).toMatchObject([
      { kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', time: '2026-02-21T03:37:31.183Z' },
      { kind: 'ssh.user.invalid', source: '192.0.2.2', user: 'a b' },
    ])
    expect(countsOf(parseAll(bytes))).toMatchObject({
      unknown: 0,
      malformed: 0,
      lines: bytes.filter(byte => byte === 10).length,
    })
  })

  it("points at the message's field", () => {
    const bytes = join(record(text('MESSAGE', 'nothing'), sshd), record(sshd, text('MESSAGE', MESSAGE)))
    const [batch] = parseAll(bytes)
    const [event] = eventsOf([batch])
    const start = event.origin.offset
    expect(new TextDecoder().decode(bytes.subarray(start, start + batch.columns.length[0]))).toBe(`MESSAGE=${MESSAGE}`)
    expect(event.origin.line).toBe(bytes.subarray(0, start).filter(byte => byte === 10).length + 1)
  })

  it('gives the same however it is cut, and keeps the bytes', () => {
    const bytes = join(
      record(sshd, text('MESSAGE', MESSAGE)),
      record(sshd, binary('MESSAGE', MESSAGE)),
      record(sshd, binary('X', '\n\n\n'), text('MESSAGE', MESSAGE)),
      record(text('MESSAGE', 'x')),
      encode('\n'),
      record(sshd, text('MESSAGE', MESSAGE)),
    )
    const whole = eventsOf(parseAll(bytes))
    expect(whole).toHaveLength(4)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), size => {
        const parser = new ChunkParser({ keepRaw: true })
        const batches: Batch[] = []
        for (let at = 0; at < bytes.length; at += size) batches.push(...parser.push(bytes.slice(at, at + size), at))
        batches.push(...parser.end())
        expect(eventsOf(batches)).toEqual(whole)
        for (const { raw, columns, length } of batches) {
          for (let row = 0; row < length; row++) {
            const start = columns.offset[row] - (raw?.offset ?? 0)
            expect(new TextDecoder().decode(raw?.bytes.subarray(start, start + columns.length[row]))).toContain(MESSAGE)
          }
        }
      }),
    )
  })

  it('calls a record that is cut malformed', () => {
    const bytes = record(sshd, binary('MESSAGE', MESSAGE))
    expect(countsOf(parseAll(bytes.subarray(0, bytes.length - 10)))).toMatchObject({ malformed: 1 })
  })

  it('skips a field of megabytes', () => {
    const bytes = join(record(sshd, binary('COREDUMP', 'x'.repeat(3 << 20)), text('MESSAGE', MESSAGE)))
    expect(eventsOf(parseAll(bytes))).toHaveLength(1)
  })
})
