/** The flags that choose inputs, checked and turned into what the pipeline takes. */

import type { InputRequest } from '../app/inputs.ts'
import { type ParserSettings, parserSettings } from '../app/parser-settings.ts'
import type { Config } from '../app/setup.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { isTimeZone } from '../kit/options.ts'
import { numberFlag } from './flags.ts'
import { parseMoment } from './times.ts'

export interface InputFlags {
  inputFormat?: string
  rotated?: boolean
  since?: string
  until?: string
  year?: string
  timezone?: string
  journal?: boolean
  unit?: string[]
}

export interface InputChoice {
  request: InputRequest
  settings: ParserSettings
  since: number | undefined
  until: number | undefined
  timeZone: string
  year: number | undefined
}

/** @throws Problem (exit 2) for a flag that does not hold */
export function readInputFlags(logs: readonly string[], flags: InputFlags, config: Config, now: number): InputChoice {
  const since = flags.since === undefined ? undefined : parseMoment('--since', flags.since, now)
  const until = flags.until === undefined ? undefined : parseMoment('--until', flags.until, now)
  if (since !== undefined && until !== undefined && since >= until) {
    throw new Problem(EXIT.usage, '--since is not before --until', { expected: 'a period' })
  }
  if (flags.timezone !== undefined && flags.timezone !== 'local' && !isTimeZone(flags.timezone)) {
    throw new Problem(EXIT.usage, `--timezone ${flags.timezone}: no such time zone`, {
      expected: 'local, UTC, or a name such as Europe/Paris',
    })
  }
  if (flags.unit !== undefined && flags.journal !== true) {
    throw new Problem(EXIT.usage, '--unit goes with --journal', {
      hint: `vpsguard analyze --journal --unit ${flags.unit.join(' ')}`,
    })
  }
  return {
    request: {
      paths: logs,
      rotated: flags.rotated === true,
      journal: flags.journal === true,
      units: flags.unit ?? [],
      since,
      until,
    },
    settings: parserSettings(config, flags.inputFormat),
    since,
    until,
    timeZone: flags.timezone ?? config.input.timezone,
    year: numberFlag('--year', flags.year, 1970, 9999) ?? config.input.year,
  }
}
