/** Lines that somebody wrote in order to harm whoever reads them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PrefixSet, parsePrefix } from '../../../src/core/ip.ts'
import { VERDICT } from '../../../src/core/line.ts'
import apacheError from '../../../src/parsers/web/apache-error.ts'
import combined from '../../../src/parsers/web/combined.ts'
import common from '../../../src/parsers/web/common.ts'
import { createCustomWebFormat, DATED_WEB_FORMATS, WEB_FORMATS } from '../../../src/parsers/web/index.ts'
import json from '../../../src/parsers/web/json.ts'
import nginxError from '../../../src/parsers/web/nginx-error.ts'
import { read, readBytes } from './harness.ts'

const FORMATS = [...WEB_FORMATS, ...DATED_WEB_FORMATS, createCustomWebFormat('%h %l %u %t "%r" %>s %b')]
const encoder = new TextEncoder()
const VALID: ReadonlySet<number> = new Set(Object.values(VERDICT))

/** Pieces that the formats look for, so that random lines come close to real ones. */
const PIECES = [
  '192.0.2.1',
  '2001:db8::1',
  ' - - ',
  '[17/May/2025:10:05:03 +0000]',
  ' "',
  '" ',
  '\\"',
  'GET / HTTP/1.1',
  '200',
  '-',
  ', client: ',
  ', server: ',
  '{"',
  '":',
  '[Sun Mar 01 10:11:12.3 2026]',
  ' [client ',
  '] ',
  '2026/02/21 03:37:31 [error] 7#7: *1 ',
  'user "x"',
  'haproxy[1]: ',
  '\0',
  '\\',
  '"',
  '[',
  ']',
  ' ',
  '%',
  '\x80',
  'ModSecurity: ',
  '[id "',
  '?',
  '{',
  '}',
]
const line = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 6 })), { maxLength: 30 })
    .map(parts => encoder.encode(parts.join(''))),
)

describe('whatever the line', () => {
  for (const format of FORMATS) {
    test(`${format.id} answers, writes events only where it says so, and says the same again`, () => {
      const parse = format.open({ parseMessage: () => VERDICT.unknownMessage })
      fc.assert(
        fc.property(line, bytes => {
          const first = readBytes(bytes, parse)
          expect(VALID.has(first.verdict)).toBe(true)
          expect(first.events.length > 0).toBe(first.verdict === VERDICT.event)
          expect(readBytes(bytes, parse)).toEqual(first)
        }),
        { numRuns: 300 },
      )
    })
  }
})

describe('what a client sends accuses nobody else', () => {
  const text = fc.oneof(
    fc.string(),
    fc
      .array(fc.constantFrom(...PIECES, '203.0.113.9', '" 404 12 "-" "-"', '\n'), { maxLength: 8 })
      .map(parts => parts.join('')),
  )
  /** As Apache and nginx write it. */
  const escaped = (value: string): string =>
    value
      .replace(/["\\]/g, char => `\\${char}`)
      .replace(/[\0-\x1f\x7f]/g, byte => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)

  test('user, request, referrer and agent of an access line', () => {
    fc.assert(
      fc.property(text, text, text, text, (user, path, referrer, agent) => {
        const request = `GET /${escaped(path)} HTTP/1.1`
        const written = `192.0.2.1 - ${escaped(user).trim() || '-'} [17/May/2025:10:05:03 +0000] "${request}" 404 12 "${escaped(referrer)}" "${escaped(agent)}"`
        const { events } = read(combined, written)
        expect(events).toHaveLength(1)
        expect(events[0].source).toBe('192.0.2.1')
        expect(events[0].status).toBe(404)
      }),
    )
  })

  test('a forwarded header of a stranger', () => {
    fc.assert(
      fc.property(text, forwarded => {
        const { events } = read(
          combined,
          `203.0.113.5 - - [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "-" "${escaped(forwarded)}"`,
        )
        expect(events[0].source).toBe('203.0.113.5')
      }),
    )
  })

  test('the left part of a forwarded list', () => {
    const trustedProxies = new PrefixSet([parsePrefix('198.51.100.0/24')].filter(prefix => prefix !== undefined))
    fc.assert(
      fc.property(text, claim => {
        const list = `${escaped(claim)}, 192.0.2.77, 198.51.100.9`
        const { events, flags } = read(
          combined,
          `198.51.100.1 - - [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "-" "192.0.2.3, ${list}"`,
          { trustedProxies, internalProxies: true },
        )
        expect(events[0].source).toBe('192.0.2.77')
        expect(flags[0]).toBe(0)
      }),
    )
  })

  test('the user name in an error log', () => {
    fc.assert(
      fc.property(text, user => {
        const nginx = `2026/02/21 03:37:31 [error] 7#7: *1 user "${user.replaceAll('\n', ' ')}": password mismatch, client: 192.0.2.1, server: _, request: "GET / HTTP/1.1"`
        for (const event of read(nginxError, nginx).events) expect(['192.0.2.1', undefined]).toContain(event.source)
        const apache = `[Sun Mar 01 10:11:12 2026] [auth_basic:error] [pid 1] [client 192.0.2.1:40] AH01617: user ${escaped(user)}: authentication failure for "/": Password Mismatch`
        expect(read(apacheError, apache).events[0].source).toBe('192.0.2.1')
      }),
    )
  })
})

describe('size', () => {
  const long = 'a'.repeat(1_000_000)

  test.each([
    [
      'a URL of 8 KB',
      combined,
      `192.0.2.1 - - [17/May/2025:10:05:03 +0000] "GET /${'x'.repeat(8192)} HTTP/1.1" 414 0 "-" "-"`,
    ],
    [
      'a URL of a megabyte',
      combined,
      `192.0.2.1 - - [17/May/2025:10:05:03 +0000] "GET /${long} HTTP/1.1" 414 0 "-" "-"`,
    ],
    [
      'a megabyte of quotes',
      combined,
      `192.0.2.1 - - [17/May/2025:10:05:03 +0000] "GET /${'"'.repeat(1_000_000)} HTTP/1.1" 414 0 "-" "-"`,
    ],
    [
      'a megabyte of words in front',
      common,
      `${'a '.repeat(500_000)}[17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 200 0`,
    ],
    ['a megabyte of brackets', common, '['.repeat(1_000_000)],
    ['a megabyte of JSON', json, `{"a":"${long}"}`],
    ['deep JSON', json, '{"a":'.repeat(30_000)],
    [
      'a megabyte of clients',
      nginxError,
      `2026/02/21 03:37:31 [error] 7#7: *1 x${', client: 192.0.2.1'.repeat(50_000)}`,
    ],
    [
      'a megabyte of user',
      apacheError,
      `[Sun Mar 01 10:11:12 2026] [e] [client 192.0.2.1:40] user ${long} not found: /`,
    ],
  ] as const)('%s is read to its end', (_name, format, written) => {
    const parse = format.open({ parseMessage: () => VERDICT.unknownMessage })
    const bytes = encoder.encode(written)
    expect(VALID.has(readBytes(bytes, parse).verdict)).toBe(true)
  })
})
