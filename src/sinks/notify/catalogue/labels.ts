/** Both languages, for the parts that need a word and not a message. */
import { type Catalogue, EN } from './en.ts'
import { ZH_CN } from './zh-cn/index.ts'

export type { Catalogue } from './en.ts'

export type Language = 'en' | 'zh_cn'

export const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en: EN, zh_cn: ZH_CN }
export const LABELS = { en: EN.labels, zh_cn: ZH_CN.labels } as const
