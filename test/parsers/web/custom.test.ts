import { describe, expect, test } from 'vitest'
import { Problem } from '../../../src/core/errors.ts'
import { VERDICT } from '../../../src/core/line.ts'
import { createCustomWebFormat, createJsonWebFormat } from '../../../src/parsers/web/index.ts'
import { read } from './harness.ts'

const FORMATS = {
  'nginx combined':
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"',
  'Apache combined as in its config': '%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\" %D',
  'bars, forwarded first': '$time_iso8601|$http_x_forwarded_for|$remote_addr|$request_method $uri $args|$status',
  'epoch in milliseconds': '[%{msec}t] %a "%U%q" %s',
}

describe('a format string of the config', () => {
  for (const [name, format] of Object.entries(FORMATS)) {
    test(name, () => {
      const declared = createCustomWebFormat(format)
      const { verdict, events } = read(declared, declared.samples[0].line)
      expect(verdict).toBe(VERDICT.event)
      expect(events[0]).toMatchObject({
        kind: 'web.request',
        time: '2025-05-17T10:05:03Z',
        source: '192.0.2.1',
        path: '/a',
        query: 'b=1',
        status: 200,
      })
    })
  }

  test('an escaped quote does not end the request', () => {
    const { events } = read(
      createCustomWebFormat('%h %t "%r" %s'),
      '192.0.2.1 [17/May/2025:10:05:03 +0000] "GET /\\" 500 HTTP/1.1" 404',
    )
    expect(events[0]).toMatchObject({ path: '/\\" 500', status: 404 })
  })

  test('a user name that contains what should end it', () => {
    const { events } = read(
      createCustomWebFormat('%h %u %t "%r" %s'),
      '192.0.2.1 a [x [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 404',
    )
    expect(events[0]).toMatchObject({ source: '192.0.2.1', user: 'a [x', status: 404 })
  })

  test.each([
    ['$remote_adr [$time_local] "$request"', 'unknown variable $remote_adr', 'did you mean $remote_addr?'],
    [
      '$remote_addr [$time_local] "$request" "$http_user_agnet"',
      'unknown variable $http_user_agnet',
      'did you mean $http_user_agent?',
    ],
    ['$remote_addr "$request"', 'the format has no time', undefined],
    ['$time_local "$request"', 'the format names no client address', undefined],
    ['$remote_addr $time_local', 'the format has no request', undefined],
    ['$remote_addr$status', '$remote_addr and $status stand side by side', undefined],
    ['%h %y', 'unknown directive %y', undefined],
  ])('%s is refused', (format, message, hint) => {
    try {
      createCustomWebFormat(format)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(Problem)
      if (error instanceof Problem) expect([error.message, error.hint, error.exitCode]).toEqual([message, hint, 3])
    }
  })
})

describe('keys of a JSON log', () => {
  test('nested and flat keys of its own', () => {
    const format = createJsonWebFormat({ peer: 'net.peer', target: 'u', time: 'when' })
    expect(read(format, format.samples[0].line).events[0]).toMatchObject({
      source: '192.0.2.1',
      path: '/a',
      time: '2025-05-17T10:05:03Z',
    })
  })

  test('an unknown field is refused', () => {
    expect(() => createJsonWebFormat({ adress: 'x' })).toThrow(Problem)
  })
})
