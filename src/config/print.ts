/** The config as text: every key with its meaning and default, from the schema. */
import { z } from 'zod'
import { shapeOf } from './explain.ts'

/** A commented config. `live` writes the keys as set; otherwise each stands behind a # with its default. */
export function printDefault(schema: z.ZodType): string {
  const lines = [
    '# VPSGuard. Every key stands here with its default; take the # away to change one.',
    '# Check it with: vpsguard config validate',
  ]
  printTable(schema, [], lines)
  return `${lines.join('\n')}\n`
}

function printTable(schema: z.ZodType, path: string[], lines: string[]): void {
  const shape = shapeOf(schema) ?? {}
  const entries = Object.entries(shape).flatMap(([key, inner]) =>
    inner instanceof z.ZodType ? [[key, inner] as const] : [],
  )
  const leaves = entries.filter(([, inner]) => shapeOf(inner) === undefined)
  if (path.length > 0 && leaves.length > 0) {
    lines.push('')
    if (schema.description !== undefined) lines.push(`# ${schema.description}`)
    lines.push(`[${path.join('.')}]`)
  }
  for (const [key, leaf] of leaves) {
    const about = aboutLeaf(leaf)
    for (const line of wrap(about, 100)) lines.push(`# ${line}`)
    const fallback = defaultOf(leaf)
    lines.push(fallback === undefined ? `# ${key} = ` : `# ${key} = ${toToml(fallback)}`)
  }
  for (const [key, inner] of entries) if (shapeOf(inner) !== undefined) printTable(inner, [...path, key], lines)
}

function aboutLeaf(leaf: z.ZodType): string {
  const description = leaf.description ?? ''
  const values = choices(leaf)
  return values === undefined ? description : `${description} One of: ${values.join(', ')}.`
}

/** The words a key may have, where it is a choice. */
export function choices(leaf: z.ZodType): string[] | undefined {
  let inner: unknown = leaf
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional)
    inner = inner.unwrap()
  return inner instanceof z.ZodEnum ? inner.options.map(String) : undefined
}

/** The value a key has when it is not set, as it would be written. */
export function defaultOf(leaf: z.ZodType): unknown {
  if (leaf instanceof z.ZodPrefault || leaf instanceof z.ZodDefault) return leaf.def.defaultValue
  return undefined
}

/** A value as TOML writes it. */
export function toToml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toToml).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, inner]) => `${key} = ${toToml(inner)}`)
      .join(', ')} }`
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return line === '' ? lines : [...lines, line]
}
