/** Reading the config: which files, what overrides what, and one error that tells every mistake. */
import fs, { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import type { z } from 'zod'
import { EXIT, hasCode, Problem } from '../core/errors.ts'
import { readWholeText, UnfitFile } from '../kit/whole-file.ts'
import { overridesFromEnvironment } from './env.ts'
import { explainMistakes, formatMistake, type Mistake } from './explain.ts'
import { FILE_KEYS } from './schema.ts'

export interface LoadOptions<Schema extends z.ZodType> {
  schema: Schema
  /** --config: the only file that is read. */
  path?: string | undefined
  cwd: string
  environment: Readonly<Record<string, string | undefined>>
}

export interface LoadedConfig<Config> {
  config: Config
  /** The files it came from, in the order in which they override each other. */
  files: string[]
}

type Table = Record<string, unknown>

const MOST_MEGABYTES = 1

/** Loads the config. @throws Problem (exit 3) that lists every mistake; exit 4 or 5 where a named file cannot be read. */
export function loadConfig<Schema extends z.ZodType>({
  schema,
  path,
  cwd,
  environment,
}: LoadOptions<Schema>): LoadedConfig<z.infer<Schema>> {
  const files = path === undefined ? configFiles(cwd, environment) : [path]
  const mistakes: Mistake[] = []
  let merged: Table = {}
  for (const file of files) {
    const text = readText(file)
    const table = parseToml(text, file)
    const checked = schema.safeParse(table)
    if (!checked.success) mistakes.push(...explainMistakes(checked.error, schema, { file, text, table }))
    merged = mergeTables(merged, anchorFiles(table, dirname(file)))
  }
  const overrides = overridesFromEnvironment(schema, environment)
  for (const { variable, table } of overrides) {
    const checked = schema.safeParse(table)
    if (!checked.success) {
      mistakes.push(...explainMistakes(checked.error, schema, { file: variable, text: '', table }))
    }
    merged = mergeTables(merged, table)
  }
  if (mistakes.length > 0) {
    throw new Problem(EXIT.config, mistakes.map(formatMistake).join('\n'), {
      hint: 'vpsguard config print-default shows every key with its meaning',
    })
  }
  return { config: schema.parse(merged), files }
}

/** Where configs are looked for: the first place that has one. Beside the user's and the system's, conf.d is read too. */
function configFiles(cwd: string, environment: LoadOptions<z.ZodType>['environment']): string[] {
  const { HOME, XDG_CONFIG_HOME } = environment
  const user = XDG_CONFIG_HOME || (HOME ? join(HOME, '.config') : undefined)
  const folders = [...(user === undefined ? [] : [join(user, 'vpsguard')]), '/etc/vpsguard']
  const here = join(cwd, 'vpsguard.toml')
  const candidates = existsSync(here) ? [[here]] : folders.map(filesIn)
  const files = candidates.find(found => found.length > 0) ?? []
  for (const file of files) refuseForeign(file)
  return files
}

/** A folder's vpsguard.toml and what its conf.d adds, in the order of the names. */
function filesIn(folder: string): string[] {
  const main = join(folder, 'vpsguard.toml')
  return [...(existsSync(main) ? [main] : []), ...listToml(join(folder, 'conf.d'))]
}

/** As root, a config that others may write is theirs to choose what root does. */
function refuseForeign(file: string): void {
  if (process.getuid?.() !== 0) return
  const stat = statSync(file)
  if (stat.uid !== 0 || (stat.mode & 0o022) !== 0) {
    throw new Problem(
      EXIT.config,
      `${file} is not used: root reads only a config that root owns and nobody else may write`,
      {
        where: file,
        hint: `chown root ${file} && chmod go-w ${file}, or name it with --config`,
      },
    )
  }
}

function listToml(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter(name => name.endsWith('.toml'))
      .sort()
      .map(name => join(folder, name))
  } catch {
    return []
  }
}

function readText(file: string): string {
  try {
    // The system's name for nothing at all: `-c /dev/null` asks for the defaults.
    return file === '/dev/null' ? '' : readWholeText(fs, file, MOST_MEGABYTES)
  } catch (cause) {
    if (hasCode(cause, 'EACCES', 'EPERM'))
      throw new Problem(EXIT.permission, `${file}: may not be read`, { where: file, cause })
    if (cause instanceof UnfitFile && cause.what !== 'a folder')
      throw new Problem(EXIT.config, `${file} is ${cause.what}, which no config is`, {
        where: file,
        expected: `a TOML file of at most ${MOST_MEGABYTES} MB`,
        cause,
      })
    if (cause instanceof UnfitFile)
      throw new Problem(EXIT.input, `${file} is a folder, not a config`, {
        where: file,
        expected: 'a TOML file',
        hint: `${join(file, 'vpsguard.toml')}`,
        cause,
      })
    throw new Problem(EXIT.input, `${file}: no such config file`, {
      where: file,
      hint: 'vpsguard init writes one',
      cause,
    })
  }
}

function parseToml(text: string, file: string): Table {
  try {
    return parse(text)
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    const reason = cause.message.split('\n')[0].replace(/^Invalid TOML document: /, '')
    throw new Problem(EXIT.config, `${file}:${cause.line}:${cause.column}: not valid TOML: ${reason}`, {
      where: file,
      cause,
    })
  }
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Relative file names of a config are meant from its own folder. */
function anchorFiles(table: Table, folder: string): Table {
  const anchor = (value: unknown): unknown =>
    typeof value === 'string' ? (isAbsolute(value) ? value : join(folder, value)) : value
  const anchored: Table = { ...table }
  for (const [name, key] of FILE_KEYS) {
    const inner = anchored[name]
    if (!isTable(inner) || inner[key] === undefined) continue
    const value = inner[key]
    anchored[name] = { ...inner, [key]: Array.isArray(value) ? value.map(anchor) : anchor(value) }
  }
  if (isTable(anchored.notify)) anchored.notify = anchorSecrets(anchored.notify, anchor)
  return anchored
}

/** A channel's secrets may stand in files of their own: `password_file`. */
function anchorSecrets(notify: Table, anchor: (value: unknown) => unknown): Table {
  return Object.fromEntries(
    Object.entries(notify).map(([name, channel]) => [
      name,
      isTable(channel)
        ? Object.fromEntries(
            Object.entries(channel).map(([key, value]) => [key, key.endsWith('_file') ? anchor(value) : value]),
          )
        : channel,
    ]),
  )
}

function mergeTables(base: Table, over: Table): Table {
  const merged: Table = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key]
    merged[key] = isTable(below) && isTable(value) ? mergeTables(below, value) : value
  }
  return merged
}
