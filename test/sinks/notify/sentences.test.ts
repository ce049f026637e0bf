/** What detectors say, in Chinese: every sentence of every rule's samples, and of what analyzers find. */
import { describe, expect, it } from 'vitest'
import type { FindingDraft } from '../../../src/kit/define-rule.ts'
import { RULES } from '../../../src/rules/index.ts'
import { adviceInChinese, sentenceInChinese } from '../../../src/sinks/notify/catalogue/zh-cn/sentences.ts'
import { runSample } from '../../support/run-sample.ts'

/** Rules whose sentences have no Chinese yet: none. A new rule without them fails here, or is named here. */
const UNTRANSLATED: readonly string[] = []

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

describe.each(RULES.filter(({ id }) => !UNTRANSLATED.includes(id)).map(rule => ({ id: rule.id, rule })))(
  '$id',
  ({ rule }) => {
    it.each(rule.examples.fires)('$name', sample => {
      const findings = runSample(rule, sample)
      expect(findings).not.toEqual([])
      expect(findings.flatMap(missing)).toEqual([])
    })
  },
)
