/** Mistakes in a config, told with file, line, key, what was expected, and the nearest valid key. */
import { z } from 'zod'
import { locateKey } from './locate.ts'
import { nearest } from './nearest.ts'

export interface Mistake {
  file: string
  line: number | undefined
  key: string
  message: string
  hint: string | undefined
}

/** Turns a failed check into mistakes, one for each wrong or unknown key. */
export function explainMistakes(error: z.ZodError, schema: z.ZodType, file: string, text: string): Mistake[] {
  return error.issues.flatMap((issue): Mistake[] => {
    const path = issue.path.filter(part => typeof part !== 'symbol')
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, path)
      return issue.keys.map(key => {
        const close = nearest(key, known)
        return {
          file,
          line: locateKey(text, [...path, key]),
          key: [...path, key].join('.'),
          message: 'is not a known key',
          hint: close === undefined ? `known here: ${known.join(', ')}` : `did you mean ${[...path, close].join('.')}?`,
        }
      })
    }
    return [{ file, line: locateKey(text, path), key: path.join('.'), message: describe(issue), hint: undefined }]
  })
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `expected ${issue.expected}`
  if (issue.code === 'invalid_value') return `expected one of ${issue.values.map(String).join(', ')}`
  if (issue.code === 'too_small')
    return `expected ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
  if (issue.code === 'too_big')
    return `expected ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`
  return issue.message
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
