/** Detectors' sentences and recommendations in simplified Chinese. */
import { openSentences } from '../sentences.ts'
import { ZH_ACCOUNTS } from './accounts.ts'
import { ZH_ADVICE } from './advice.ts'
import { ZH_ANALYZER_PARTS } from './analyzer-parts.ts'
import { ZH_ANALYZERS } from './analyzers.ts'
import { ZH_LOGINS } from './logins.ts'
import { ZH_PARTS } from './parts.ts'
import { ZH_WEB } from './web.ts'

const PARTS = { ...ZH_PARTS, ...ZH_ANALYZER_PARTS }

const BY_RULE = new Map(
  Object.entries({ ...ZH_LOGINS, ...ZH_ACCOUNTS, ...ZH_WEB, ...ZH_ANALYZERS }).map(([rule, sentences]) => [
    rule,
    openSentences(sentences, PARTS),
  ]),
)

/** A title or a reason of a detector; undefined where there are no words for it. */
export const sentenceInChinese = (rule: string, text: string): string | undefined => BY_RULE.get(rule)?.(text)

const advice = openSentences(ZH_ADVICE, PARTS)

/** What a recommendation says, above its commands; undefined where there are no words for it. */
export function adviceInChinese(text: string): string | undefined {
  const [, why, commands] = /^# ([^\n]*)(.*)$/s.exec(text) ?? []
  const said = why === undefined ? undefined : advice(why)
  return said === undefined ? undefined : `# ${said}${commands}`
}
