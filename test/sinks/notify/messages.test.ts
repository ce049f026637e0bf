import { describe, expect, it } from 'vitest'
import { DETECTORS } from '../../../src/app/detectors.ts'
import { RULES } from '../../../src/rules/index.ts'
import { EN } from '../../../src/sinks/notify/catalogue/en.ts'
import { ZH_CN } from '../../../src/sinks/notify/catalogue/zh-cn/index.ts'
import { digestMessage, findingMessage, toldOf, updateMessage } from '../../../src/sinks/notify/messages.ts'
import { addresses, context, makeFinding } from './make.ts'

describe('the catalogue', () => {
  // A new rule is one file and one entry of a list: until it stands here too, messages have its id.
  it('has the titles of rules and detectors as they declare them', () => {
    const declared = Object.fromEntries([...RULES, ...DETECTORS].map(({ id, title }) => [id, title]))
    expect(declared).toMatchObject(EN.rules)
  })

  it('has them all in Chinese', () => {
    expect(Object.keys(ZH_CN.rules).sort()).toEqual(Object.keys(EN.rules).sort())
    for (const title of Object.values(ZH_CN.rules)) expect(title).toMatch(/\p{Script=Han}/u)
  })
})

describe('a message about a finding', () => {
  it('in English says it as the detector does', () => {
    expect(findingMessage(makeFinding({ sources: addresses(8), users: [] }), context())).toMatchObject({
      kind: 'finding',
      severity: 'medium',
      title: '[web1] Medium: 120 failed SSH logins from 203.0.113.7',
      lines: ['120 failures in 8 min; 10 are the limit.'],
      fields: [
        { label: 'Severity', value: 'Medium' },
        { label: 'Host', value: 'web1' },
        { label: 'Time', value: '2026-11-21 11:50 UTC to 2026-11-21 11:58 UTC' },
        { label: 'Sources', value: '198.51.100.0, 198.51.100.1, 198.51.100.2, 198.51.100.3, 198.51.100.4, and 3 more' },
        { label: 'Events', value: '120' },
        { label: 'Rule', value: 'Repeated login failures from one source (brute-force)' },
        { label: 'Finding', value: 'f-1' },
      ],
    })
  })

  it('in Chinese is Chinese, but for names, addresses and commands', () => {
    const finding = makeFinding({
      reasons: [
        { text: '120 failed logins in 8 min; under 10 in 60 min would be normal' },
        { text: 'Against 2 names: root, admin' },
      ],
      recommendations: ['# Give the account a new password.\nsudo passwd -- root'],
    })
    const message = findingMessage(finding, context({ language: 'zh_cn', timezone: 'Asia/Shanghai' }))
    expect(message.title).toBe('[web1] 中危：203.0.113.7 的 SSH 登录失败 120 次')
    expect(message.lines).toEqual([
      '8 分钟内登录失败 120 次；正常情况下 60 分钟内少于 10 次',
      '针对 2 个用户名：root, admin',
    ])
    expect(message.recommendations).toEqual(['# 更改该账户的密码。\nsudo passwd -- root'])
    expect(message.payload).toMatchObject({ finding: { title: finding.title, reasons: finding.reasons } })
    expect(message.fields).toContainEqual({
      label: '时间',
      value: '2026-11-21 19:50 +08:00 至 2026-11-21 19:58 +08:00',
    })
  })

  it('in Chinese says what it has no words for as the detector does, and that it does so', () => {
    const finding = makeFinding({ title: 'Something new from 203.0.113.7' })
    const message = findingMessage(finding, context({ language: 'zh_cn' }))
    expect(message.title).toBe('[web1] 中危：单一来源反复登录失败（203.0.113.7，120 次）')
    expect(message.lines).toEqual([
      '检测器原文：Something new from 203.0.113.7',
      '以下部分内容为检测器的英文原文：',
      '120 failures in 8 min; 10 are the limit.',
    ])
  })

  it('of a rule that the catalogue does not know keeps its own title', () => {
    const message = findingMessage(makeFinding({ rule: 'toString' }), context({ language: 'zh_cn' }))
    expect(message.title).toBe('[web1] 中危：120 failed SSH logins from 203.0.113.7')
    expect(message.fields).toContainEqual({ label: '规则', value: 'toString' })
  })

  it('is bounded whatever the finding', () => {
    const message = findingMessage(
      makeFinding({
        title: 'x'.repeat(1e6),
        sources: addresses(30_000),
        users: Array.from({ length: 5000 }, () => 'u'.repeat(5000)),
        evidence: Array.from({ length: 100 }, (_, line) => ({
          path: '/x',
          line,
          offset: 0,
          text: '😀'.repeat(10_000),
        })),
      }),
      context(),
    )
    expect(JSON.stringify({ ...message, payload: null }).length).toBeLessThan(20_000)
    for (const line of message.evidence) expect(line.isWellFormed()).toBe(true)
  })

  it('an update tells what is new, the worst first', () => {
    const before = toldOf(makeFinding({ sources: addresses(10) }))
    const now = makeFinding({ severity: 'critical', sources: addresses(25), techniques: ['T1078.003'] })
    expect(updateMessage(now, before, context({ language: 'zh_cn' })).lines.slice(0, 3)).toEqual([
      '攻击者已经得手：此次攻击中有登录或请求成功。',
      '级别由中危升至严重。',
      '来源由 10 个增至 25 个。',
    ])
  })

  it('a summary of many names the worst and counts the rest', () => {
    const held = Array.from({ length: 60 }, (_, index) => ({
      id: `x/${index}`,
      message: findingMessage(
        makeFinding({ id: `f${index}`, title: `T${index}`, severity: index === 50 ? 'high' : 'low' }),
        context(),
      ),
    }))
    const message = digestMessage(held, ['quiet', 'budget'], context())
    expect(message.severity).toBe('high')
    expect(message.lines).toHaveLength(42)
    expect(message.lines[0]).toBe(
      '60 findings were held in the quiet hours, held because the hourly number of messages was reached; most severe first:',
    )
    expect(message.lines[1]).toMatch(/^High: T50 /)
    expect(message.lines[41]).toBe('and 20 more')
    expect(message.payload).toMatchObject({ covers: expect.objectContaining({ length: 60 }) })
  })
})
