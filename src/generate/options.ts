/** What the generator is asked for, checked as a person types it. */
import { EXIT, Problem } from '../core/errors.ts'
import { nearest } from '../kit/nearest.ts'
import type { Profile } from './profiles/define.ts'
import { PROFILES } from './profiles/index.ts'

/** Formats by the service whose log they are. */
export const FORMATS = {
  auth: ['auth', 'secure', 'syslog-rfc3339', 'syslog-rfc5424', 'journald-json'],
  web: ['nginx', 'apache', 'apache-vhost', 'web-json', 'caddy-json'],
} as const

export type AuthFormat = (typeof FORMATS.auth)[number]
export type WebFormat = (typeof FORMATS.web)[number]
export type Format = AuthFormat | WebFormat

/** An attack and its share of the log's lines. */
export interface ProfileShare {
  readonly id: string
  /** Between 0 and 1. */
  readonly share: number
}

export interface GenerateOptions {
  /** Lines wanted; what comes may differ by some lines, since no attempt is cut in two. */
  readonly entries: number
  readonly profiles: readonly ProfileShare[]
  readonly format: Format
  /** The first moment of the log, milliseconds since 1970 UTC. */
  readonly start: number
  readonly days: number
  readonly seed: number
  /** Name of the host or site. */
  readonly host?: string
  /** First-seen strangers a day in the background; a quiet server has five. */
  readonly newSourcesPerDay?: number
}

const ENTRIES_AT_MOST = 20_000_000
const DAYS_AT_MOST = 3660
const SOURCES_AT_MOST = 100_000
/** Below an hour there is no room for an attack that looks like one. */
const DAYS_AT_LEAST = 1 / 24

function misuse(message: string, expected: string, hint?: string): Problem {
  return new Problem(EXIT.usage, message, hint === undefined ? { expected } : { expected, hint })
}

function didYouMean(word: string, words: readonly string[]): string | undefined {
  const close = nearest(word, words)
  return close === undefined ? undefined : `Did you mean "${close}"?`
}

/** Whether the format is one of sshd's host rather than of a web server. */
export function isAuthFormat(format: Format): format is AuthFormat {
  return FORMATS.auth.some(one => one === format)
}

/** Reads a format's name. */
export function parseFormat(text: string): Format {
  const all: readonly Format[] = [...FORMATS.auth, ...FORMATS.web]
  const found = all.find(one => one === text)
  if (found !== undefined) return found
  throw misuse(`Unknown log format "${text}".`, `one of ${all.join(', ')}`, didYouMean(text, all))
}

/** Reads `botnet:0.1`: a profile and its share of the lines, a tenth where none is given. */
export function parseProfile(text: string): ProfileShare {
  const colon = text.indexOf(':')
  const id = colon < 0 ? text : text.slice(0, colon)
  const share = colon < 0 ? 0.1 : Number(text.slice(colon + 1).trim() || NaN)
  findProfile(id)
  checkShare(id, share)
  return { id, share }
}

/** The profile of that name. */
export function findProfile(id: string): Profile {
  const found = PROFILES.find(profile => profile.id === id)
  if (found !== undefined) return found
  const all = PROFILES.map(profile => profile.id)
  throw misuse(`Unknown attack profile "${id}".`, `one of ${all.join(', ')}`, didYouMean(id, all))
}

function checkShare(id: string, share: number): void {
  if (share > 0 && share <= 1) return
  throw misuse(
    `The share of profile "${id}" is no share of the lines.`,
    'a number above 0 and at most 1, such as botnet:0.1 for a tenth',
  )
}

function checkNumber(name: string, value: number, low: number, high: number): void {
  if (Number.isFinite(value) && value >= low && value <= high) return
  throw misuse(`${name} is ${value}.`, `a number from ${Math.round(low * 1000) / 1000} to ${high}`)
}

function checkWhole(name: string, value: number, low: number, high: number): void {
  if (Number.isSafeInteger(value) && value >= low && value <= high) return
  throw misuse(`${name} is ${value}.`, `a whole number from ${low} to ${high}`)
}

/** Refuses what cannot be generated, and says what can. */
export function checkOptions(options: GenerateOptions): void {
  parseFormat(options.format)
  checkWhole('The number of entries', options.entries, 1, ENTRIES_AT_MOST)
  checkNumber('The number of days', options.days, DAYS_AT_LEAST, DAYS_AT_MOST)
  checkWhole('The seed', options.seed, 0, Number.MAX_SAFE_INTEGER)
  checkNumber('The number of new sources a day', options.newSourcesPerDay ?? 0, 0, SOURCES_AT_MOST)
  // Dates beyond the year 9999 have no room in any log format.
  checkNumber('The start', options.start, 0, 253_000_000_000_000)
  if (options.host !== undefined && !/^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/.test(options.host)) {
    throw misuse(`"${options.host}" is no host name.`, 'letters, digits, dots and hyphens, at most 63')
  }
  let sum = 0
  for (const { id, share } of options.profiles) {
    checkService(findProfile(id), options.format)
    checkShare(id, share)
    sum += share
  }
  if (sum > 1 + 1e-9)
    throw misuse(`The shares of the attack profiles add up to ${Math.round(sum * 1000) / 1000}.`, 'at most 1 in all')
}

function checkService(profile: Profile, format: Format): void {
  const service = isAuthFormat(format) ? 'auth' : 'web'
  if (profile.service === service) return
  const fitting = PROFILES.filter(one => one.service === service).map(one => one.id)
  throw misuse(
    `Profile "${profile.id}" does not fit a log of format "${format}".`,
    `one of ${fitting.join(', ')}, or one of the formats ${FORMATS[profile.service].join(', ')}`,
    didYouMean(profile.id, fitting),
  )
}
