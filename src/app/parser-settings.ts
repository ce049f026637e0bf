/** What decides how lines are parsed, as plain data: it crosses to worker threads, where the parsers are built anew. */

import { DEFAULT_WEB_OPTIONS } from '../kit/define-parser.ts'
import type { ChunkOptions } from '../parsers/chunk.ts'
import { createLineParser } from '../parsers/detect.ts'
import { FORMATS } from '../parsers/index.ts'
import { createCustomWebFormat, createJsonWebFormat, resolveTrustedProxies } from '../parsers/web/index.ts'
import type { Config } from './setup.ts'

export interface ParserSettings {
  /** --input-format. */
  force?: string
  trustedProxies: readonly string[]
  logFormat?: string
  jsonFields?: Readonly<Record<string, string>>
}

/** What an empty config says. */
export const DEFAULT_SETTINGS: ParserSettings = { trustedProxies: [] }

/** Whether the two mean the same. */
export const isSameParsing = (a: ParserSettings, b: ParserSettings): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The line loop's options with a line parser that is built once for a whole thread. @throws Problem */
export function openParsing(settings: ParserSettings): ChunkOptions {
  const options = chunkOptions(settings, false)
  return { ...options, lineParser: createLineParser(options) }
}

/** Ids of the formats that the options try. */
export function formatsTried({ force, custom = [] }: ChunkOptions): string[] {
  return force === undefined ? [...custom, ...FORMATS].map(format => format.id) : [force]
}

/** What the config says of parsing; `force` is the format of the command line, where one is named. */
export function parserSettings(config: Config, force: string | undefined): ParserSettings {
  const { trusted_proxies, log_format, json_fields } = config.web
  return {
    ...(force === undefined ? {} : { force }),
    trustedProxies: trusted_proxies,
    ...(log_format === undefined ? {} : { logFormat: log_format }),
    ...(json_fields === undefined ? {} : { jsonFields: json_fields }),
  }
}

/** The line loop's options. @throws Problem where a custom format or a proxy's name does not hold. */
export function chunkOptions(settings: ParserSettings, keepRaw: boolean): ChunkOptions {
  const custom = [
    ...(settings.logFormat === undefined ? [] : [createCustomWebFormat(settings.logFormat)]),
    ...(settings.jsonFields === undefined ? [] : [createJsonWebFormat(settings.jsonFields)]),
  ]
  return {
    force: settings.force,
    custom,
    web: { ...DEFAULT_WEB_OPTIONS, trustedProxies: resolveTrustedProxies(settings.trustedProxies) },
    keepRaw,
  }
}
