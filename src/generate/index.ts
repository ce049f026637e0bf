/**
 * Realistic logs with their ground truth. Pure: the same options give the same bytes on every machine, and nothing is
 * read or written here.
 */
import { DAY } from '../core/time.ts'
import type { AuthShare } from './auth.ts'
import { generateAuth } from './auth.ts'
import type { GenerateOptions } from './options.ts'
import { checkOptions, findProfile, isAuthFormat } from './options.ts'
import type { Generated } from './truth.ts'
import type { WebShare } from './web.ts'
import { generateWeb } from './web.ts'

export type { Format, GenerateOptions } from './options.ts'
export { FORMATS, parseFormat, parseProfile } from './options.ts'
export { PROFILES } from './profiles/index.ts'
export type { Generated, Truth } from './truth.ts'

/** Generates a log. Throws a Problem (exit code 2) that says what would have been right where an option is not. */
export function generate(options: GenerateOptions): Generated {
  checkOptions(options)
  const { format } = options
  const end = options.start + options.days * DAY
  const auth: AuthShare[] = []
  const web: WebShare[] = []
  for (const { id, share } of options.profiles) {
    const profile = findProfile(id)
    if (profile.service === 'auth') auth.push({ profile, share })
    else web.push({ profile, share })
  }
  return isAuthFormat(format) ? generateAuth(options, format, auth, end) : generateWeb(options, format, web, end)
}
