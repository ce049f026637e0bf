/** Mistakes in a config, told with file, line, key, what was expected, and the nearest valid key. */
import { z } from 'zod'
import { nearest } from '../kit/nearest.ts'
import { locateKey } from './locate.ts'
import { isSecret } from './secrets.ts'

export interface Mistake {
  file: string
  line: number | undefined
  key: string
  message: string
  hint: string | undefined
}

/** Turns a failed check of a table into mistakes, in the order of the text, one for each wrong or unknown key. */
export function explainMistakes(
  error: z.ZodError,
  schema: z.ZodType,
  { file, text, table }: { file: string; text: string; table: unknown },
): Mistake[] {
  const mistakes = error.issues.flatMap((issue): Mistake[] => {
    const path = issue.path.filter(part => typeof part !== 'symbol')
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, path)
      return issue.keys.map(key => ({
        file,
        line: locateKey(text, [...path, key]),
        key: [...path, key].join('.'),
        message: 'is not a known key',
        hint: suggestKey(key, known, path),
      }))
    }
    const found = valueAt(table, path)
    return [
      {
        file,
        line: locateKey(text, path),
        // Which entry of a list it is, its value says.
        key: path.filter(part => typeof part === 'string').join('.'),
        message:
          found === undefined
            ? expected(issue)
            : `${expected(issue)}; found ${isSecret(path) ? conceal(found) : show(found)}`,
        hint: suggestValue(issue, found),
      },
    ]
  })
  return mistakes.sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
}

function suggestKey(key: string, known: readonly string[], path: readonly (string | number)[]): string {
  const close = nearest(key, known)
  return close === undefined ? `known here: ${known.join(', ')}` : `did you mean ${[...path, close].join('.')}?`
}

const KINDS: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  string: 'a text in quotes',
  array: 'a list such as ["one", "two"]',
  object: 'a table',
  record: 'a table',
}

/** What is counted, where it is not the value itself. */
const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: [' character', ' characters'],
  array: [' entry', ' entries'],
}

function unitOf(origin: string, count: number): string {
  return UNITS[origin]?.[count === 1 ? 0 : 1] ?? ''
}

function expected(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `expected ${KINDS[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_value') return `expected one of ${issue.values.map(String).join(', ')}`
  if (issue.code === 'too_small')
    return `expected ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin, Number(issue.minimum))}`
  if (issue.code === 'too_big')
    return `expected ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin, Number(issue.maximum))}`
  return issue.message
}

/** What the person probably meant, where the value tells. */
function suggestValue(issue: z.core.$ZodIssue, found: unknown): string | undefined {
  if (typeof found !== 'string') return undefined
  if (issue.code === 'invalid_type' && issue.expected !== 'object') {
    const bare = found.trim().toLowerCase()
    const isNumber = issue.expected !== 'boolean' && bare !== '' && Number.isFinite(Number(bare))
    return isNumber || bare === 'true' || bare === 'false' ? `without quotes: ${bare}` : undefined
  }
  const close =
    issue.code === 'invalid_value'
      ? nearest(found, issue.values.map(String))
      : /time zone/.test(issue.message)
        ? nearest(found, Intl.supportedValuesOf('timeZone'))
        : undefined
  return close === undefined ? undefined : `did you mean "${close}"?`
}

const LONGEST_SHOWN = 60
/** What goes wrong at a start stands in the journal, which more people read than the config. */
function conceal(value: unknown): string {
  return `${typeof value === 'string' ? `a text of ${value.length} characters` : `a ${typeof value}`}, not shown here`
}

function show(value: unknown): string {
  if (value instanceof Date) return 'a date'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text
}

function valueAt(table: unknown, path: readonly (string | number)[]): unknown {
  let at = table
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = Reflect.get(at, part)
  }
  return at
}

/** The keys that a table of the schema may have. */
export function keysAt(schema: z.ZodType, path: readonly (string | number)[]): string[] {
  let at: z.ZodType | undefined = schema
  for (const part of path) {
    const shape: z.ZodRawShape | undefined = shapeOf(at)
    const inner: unknown = shape?.[part]
    at = inner instanceof z.ZodType ? inner : undefined
    if (at === undefined) return []
  }
  return Object.keys(shapeOf(at) ?? {})
}

/** The keys of an object schema, whatever defaults it is wrapped in. */
export function shapeOf(schema: z.ZodType | undefined): z.ZodRawShape | undefined {
  let inner: unknown = schema
  for (let depth = 0; depth < 8; depth++) {
    if (inner instanceof z.ZodObject) return inner.shape
    if (inner instanceof z.ZodPrefault || inner instanceof z.ZodDefault || inner instanceof z.ZodOptional)
      inner = inner.unwrap()
    else return undefined
  }
  return undefined
}

/** One line for a person. */
export function formatMistake(mistake: Mistake): string {
  const place = mistake.line === undefined ? mistake.file : `${mistake.file}:${mistake.line}`
  const subject = mistake.key === '' ? 'the config' : mistake.key
  return `${place}: ${subject}: ${mistake.message}${mistake.hint === undefined ? '' : ` (${mistake.hint})`}`
}
