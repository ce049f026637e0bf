/** Everyday traffic that no web rule may mind: crawlers, monitors, feed readers, offices behind one address. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { RULES } from '../../../src/rules/index.ts'
import { accessLine } from '../../../src/rules/support/web.ts'
import { analyzeLines } from '../../support/analyze-lines.ts'

const WEB = RULES.filter(rule => rule.on.every(kind => kind.startsWith('web.')))
const titles = (lines: readonly string[]): string[] =>
  analyzeLines(lines, { rules: WEB }).map(finding => `${finding.rule}: ${finding.title}`)
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

const BROWSERS = times(
  25,
  index => `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/${100 + index}.0 Safari/537.36`,
)

describe('stays quiet about', () => {
  test('a search engine on a site with old links', () => {
    const agent = 'Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example/bot.html)'
    expect(
      titles(times(800, i => accessLine(`/page/${i}`, { second: i * 3, status: i % 4 === 0 ? 404 : 200, agent }))),
    ).toEqual([])
  })

  test('a monitor that asks every ten seconds', () => {
    expect(
      titles(
        times(3000, i => accessLine('HEAD /health', { second: i * 10, status: 200, size: 0, agent: 'Monitor/1.0' })),
      ),
    ).toEqual([])
    expect(
      titles(
        times(1000, i =>
          accessLine('/actuator/health', { second: i * 10, status: 200, size: 15, agent: 'Monitor/1.0' }),
        ),
      ),
    ).toEqual([])
  })

  test('feed readers', () => {
    expect(
      titles(
        times(500, i =>
          accessLine('/feed.xml', {
            second: i * 60,
            status: i % 9 === 0 ? 200 : 304,
            agent: 'FeedReader/3 (12 subscribers)',
          }),
        ),
      ),
    ).toEqual([])
  })

  test('an office of twenty-five people behind one address', () => {
    const lines = times(2500, i => {
      const agent = BROWSERS[(i * 7) % BROWSERS.length]
      const referrer = 'https://www.example/'
      if (i % 50 === 0) return accessLine('POST /login', { second: i, status: 302, agent, referrer })
      return accessLine(`/static/${i % 40}.js`, {
        second: i,
        status: i % 30 === 0 ? 404 : 200,
        size: 5000,
        agent,
        referrer,
      })
    })
    expect(titles(lines)).toEqual([])
  })

  test('a shop whose visitors write prose', () => {
    const words = [
      "O'Brien & sons",
      'rock and roll',
      'select a union',
      '50% off; more',
      'dog|cat',
      'AT&T',
      'a <3 b',
      'C++ "how to"',
      '1 or 2',
      "it's -- fine",
      'x=y&z',
    ]
    expect(
      titles(
        words.map((text, i) =>
          accessLine(`/search?q=${encodeURIComponent(text)}`, { second: i * 9, status: 200, size: 9000 }),
        ),
      ),
    ).toEqual([])
  })
})

const BLOG = join(
  process.env.VPSGUARD_DATA ?? resolve(import.meta.dirname, '../../../../shared/data'),
  'web/apache-blog-2015.log',
)

// Looked through by hand: the only things in this log that are no visitors are requests for WordPress and FCKeditor.
test.skipIf(!existsSync(BLOG))('a real blog: nothing but the probes for what it does not have', () => {
  const findings = analyzeLines(readFileSync(BLOG, 'utf8').split('\n'), { rules: WEB })
  for (const finding of findings) {
    expect(finding.rule).toBe('web-probe')
    expect(['low', 'info']).toContain(finding.severity)
    expect(finding.title).toMatch(/WordPress administration|known holes/)
  }
  expect(findings.length).toBeLessThan(40)
})
