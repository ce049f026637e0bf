/** Sites behind a balancer, a cache or a socket, whose logs are written differently: their visitors are visitors. */
import { describe, expect, it } from 'vitest'
import { RULES } from '../../../src/rules/index.ts'
import { analyzeLines, eventsOf } from '../../support/analyze-lines.ts'

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
const PATHS = ['/', '/about', '/css/a.css', '/img/x.png']
const two = (number: number): string => String(number).padStart(2, '0')

const haproxy = (target: string, i: number, protocol = 'HTTP/2.0'): string =>
  `2026-03-04T10:${two(i)}:01+00:00 lb-1 haproxy[99]: 192.0.2.${10 + (i % 20)}:33317 [04/Mar/2026:10:${two(i)}:01.655] https-in~ app/web1 0/0/0/1/1 200 ${2000 + i} - - ---- 1/1/0/0/0 0/0 "GET ${target} ${protocol}"`
const access = (request: string, i: number, source = `192.0.2.${10 + (i % 20)}`): string =>
  `${source} - - [04/Mar/2026:10:${two(i)}:01 +0000] "${request} HTTP/1.1" 200 ${2000 + i} "-" "${AGENT}"`
const accused = (lines: string[]): string[] =>
  analyzeLines(lines, { rules: RULES }).map(({ rule, sources }) => `${rule} ${sources.join()}`)

describe('behind a proxy of the own house', () => {
  it('nobody asks for a proxy who comes by HTTP/2 through HAProxy', () => {
    expect(accused(Array.from({ length: 50 }, (_, i) => haproxy(`https://www.example${PATHS[i % 4]}`, i)))).toEqual([])
  })

  it('what they ask for is judged as anybody else says it', () => {
    const [event] = eventsOf([haproxy('https://www.example:8443/.env?a=/b', 1)])
    expect(event).toMatchObject({ path: '/.env', query: 'a=/b', target: 'www.example' })
  })

  it('a host with its query at once does not swallow it', () => {
    const [event] = eventsOf([haproxy('https://[2001:db8::2]:8443?a=/b', 1, 'HTTP/3.0')])
    expect(event).toMatchObject({ query: 'a=/b', target: '[2001:db8::2]' })
  })

  it('who asks HAProxy for another site by HTTP/1 is told', () => {
    const lines = [
      haproxy('/', 1, 'HTTP/1.1'),
      haproxy('http://judge.example/', 2, 'HTTP/1.1').replaceAll('192.0.2.12', '203.0.113.9'),
    ]
    expect(accused(lines)).toEqual(['open-proxy-probe 203.0.113.9'])
  })

  it('nobody asks for a proxy where the cache writes whole URLs of everybody', () => {
    expect(accused(Array.from({ length: 50 }, (_, i) => access(`GET http://www.example${PATHS[i % 4]}`, i)))).toEqual(
      [],
    )
  })

  it('there, CONNECT is told all the same', () => {
    const lines = [access('GET http://www.example/', 1), access('CONNECT judge.example:443', 2, '203.0.113.9')]
    expect(accused(lines)).toEqual(['open-proxy-probe 203.0.113.9'])
  })

  it('a socket is nobody', () => {
    expect(eventsOf([access('GET /', 1, 'unix:')])[0]).not.toHaveProperty('source')
    expect(eventsOf([`${access('GET /', 1, 'unix:')} "203.0.113.9"`])[0]).toMatchObject({ source: '203.0.113.9' })
  })
})
