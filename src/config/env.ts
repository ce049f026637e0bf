/** VPSGUARD_* variables: VPSGUARD_OUTPUT_FORMAT is [output] format, VPSGUARD_RULES_BRUTE_FORCE_THRESHOLD is [rules.brute_force] threshold. */
import { z } from 'zod'
import { EXIT, Problem } from '../core/errors.ts'
import { nearest } from '../kit/nearest.ts'
import { shapeOf } from './explain.ts'

export interface Override {
  variable: string
  table: Record<string, unknown>
}

const PREFIX = 'VPSGUARD_'
/** Read elsewhere: the tests' and benchmarks' data folder, and the state folder. */
const OTHERS: ReadonlySet<string> = new Set(['VPSGUARD_DATA', 'VPSGUARD_STATE'])

/** The overrides that the environment holds. @throws Problem (exit 3) for a variable that names no key. */
export function overridesFromEnvironment(
  schema: z.ZodType,
  environment: Readonly<Record<string, string | undefined>>,
): Override[] {
  const variables = Object.keys(environment)
    .filter(name => name.startsWith(PREFIX) && !OTHERS.has(name))
    .sort()
  if (variables.length === 0) return []
  const paths = new Map<string, string[]>()
  collect(schema, [], paths)
  return variables.map(variable => {
    const path = paths.get(variable)
    if (path === undefined) {
      const close = nearest(variable, [...paths.keys()])
      throw new Problem(
        EXIT.config,
        `${variable}: names no key of the config${close === undefined ? '' : ` (did you mean ${close}?)`}`,
        { where: variable },
      )
    }
    const value = readValue(environment[variable] ?? '', leafAt(schema, path))
    return { variable, table: nest(path, value) }
  })
}

function collect(schema: z.ZodType, path: string[], paths: Map<string, string[]>): void {
  const shape = shapeOf(schema)
  if (shape === undefined) {
    if (path.length > 0) paths.set(PREFIX + path.join('_').toUpperCase(), path)
    return
  }
  for (const [key, inner] of Object.entries(shape))
    if (inner instanceof z.ZodType) collect(inner, [...path, key], paths)
}

function leafAt(schema: z.ZodType, path: readonly string[]): z.ZodType | undefined {
  let at: z.ZodType | undefined = schema
  for (const key of path) {
    const inner: unknown = at === undefined ? undefined : shapeOf(at)?.[key]
    at = inner instanceof z.ZodType ? inner : undefined
  }
  return at
}

/** The text as the key's type would have it: the first reading that the key accepts, else one of the right kind, for the check to refuse. */
function readValue(text: string, leaf: z.ZodType | undefined): unknown {
  const readings: unknown[] = [text]
  if (text === 'true' || text === 'false') readings.push(text === 'true')
  if (text.trim() !== '' && Number.isFinite(Number(text))) readings.push(Number(text))
  readings.push(
    text
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== ''),
  )
  const kindFits = (reading: unknown): boolean =>
    leaf?.safeParse(reading).error?.issues.every(issue => issue.code !== 'invalid_type' || issue.path.length > 0) ??
    true
  return readings.find(reading => leaf?.safeParse(reading).success === true) ?? readings.find(kindFits) ?? text
}

function nest(path: readonly string[], value: unknown): Record<string, unknown> {
  const [key, ...rest] = path
  return { [key]: rest.length === 0 ? value : nest(rest, value) }
}
