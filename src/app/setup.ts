/** What every run needs before it can begin: the schema of all units, the config, the lists. */

import type { z } from 'zod'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { buildSchema } from '../config/schema.ts'
import { Problem } from '../core/errors.ts'
import { createCustomWebFormat, createJsonWebFormat, resolveTrustedProxies } from '../parsers/web/index.ts'
import { RULES } from '../rules/index.ts'
import { NOTIFIERS } from '../sinks/notifiers/index.ts'
import { NOTIFY_OPTIONS } from '../sinks/notify/config.ts'
import { responseSchema } from '../sinks/policy/config.ts'
import { REPORTS } from '../sinks/reports/index.ts'
import { DETECTORS } from './detectors.ts'

/** The schema of vpsguard.toml with every unit's table in it. */
export function configSchema() {
  return buildSchema({
    rules: RULES,
    detectors: DETECTORS,
    formats: REPORTS.map(report => report.id),
    web: {
      trustedProxy: text => complaint(() => resolveTrustedProxies([text])),
      logFormat: text => complaint(() => createCustomWebFormat(text)),
      jsonFields: fields => complaint(() => createJsonWebFormat(fields)),
    },
    response: responseSchema.prefault({}),
    notify: NOTIFY_OPTIONS,
    notifiers: NOTIFIERS,
  })
}

/** What the attempt finds wrong, in one line; undefined where nothing is. */
function complaint(attempt: () => unknown): string | undefined {
  try {
    attempt()
    return undefined
  } catch (cause) {
    if (!(cause instanceof Problem)) throw cause
    return [cause.message, cause.expected === undefined ? undefined : `expected ${cause.expected}`, cause.hint]
      .filter(part => part !== undefined)
      .join('; ')
  }
}

export type ConfigSchema = ReturnType<typeof configSchema>
export type Config = z.infer<ConfigSchema>

export interface Invocation {
  cwd: string
  environment: Readonly<Record<string, string | undefined>>
}

/** Loads the config in force, or the one named. @throws Problem */
export function loadConfigInForce(path: string | undefined, { cwd, environment }: Invocation): LoadedConfig<Config> {
  return loadConfig({ schema: configSchema(), path, cwd, environment })
}

type OptionTables = Record<string, Record<string, unknown>>

/** The rules' option tables by id, as the engine takes them. */
export const ruleOptionsOf = (config: Config): OptionTables => optionTables(config.rules, RULES)

/** The detectors' option tables by id. */
export const detectorOptionsOf = (config: Config): OptionTables => optionTables(config.detectors, DETECTORS)

/** In the config a unit's table bears its id with underscores; the schema has checked what is in it. */
function optionTables(tables: Config['rules'], units: readonly { id: string }[]): OptionTables {
  return Object.fromEntries(
    units.map(({ id }) => [id, { ...(tables[id.replaceAll('-', '_')] as Record<string, unknown> | undefined) }]),
  )
}
