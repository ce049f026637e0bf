/** The memory as commands open it, and how they tell what is in it. */
import { type Config, loadConfigInForce } from '../app/setup.ts'
import { stateFolder } from '../app/state-folder.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { formatAddress, formatPrefix, parseAddress, parsePrefix } from '../core/ip.ts'
import { escapeJson, escapeTerminal } from '../core/text.ts'
import { formatTime } from '../core/time.ts'
import type { Page } from '../sinks/reports/terminal/finding.ts'
import { createInk } from '../sinks/reports/terminal/ink.ts'
import { openStore, type Store } from '../store/index.ts'
import { type CommandEnvironment, type CommonFlags, whose } from './command.ts'
import { terminalContext } from './context.ts'
import { writeStream } from './output.ts'

export interface JsonFlag {
  json?: boolean
}

const MEGABYTE = 1024 * 1024
/** Letters of an id as lists show it: enough among the thousands that a memory holds. */
const ID_LENGTH = 8

/** @throws Problem (exit 4) for a user without a home */
export function folderInForce(env: CommandEnvironment): string {
  const folder = stateFolder(whose(env))
  if (folder !== undefined) return folder
  throw new Problem(EXIT.input, 'there is no place where anything would be remembered', {
    hint: 'set VPSGUARD_STATE to a folder',
  })
}

/** Looks something up; nothing is made or changed. @throws Problem where there is no memory or it cannot be read */
export async function reading<T>(env: CommandEnvironment, work: (store: Store) => T | Promise<T>): Promise<T> {
  const { store, notes } = openStore(folderInForce(env), { readOnly: true, now: env.now })
  return await using(store, notes, env, work)
}

/** Changes the memory; the config says how large it may be. @throws Problem */
export async function writing<T>(
  env: CommandEnvironment,
  flags: CommonFlags,
  work: (store: Store, config: Config) => T | Promise<T>,
): Promise<T> {
  const { config } = loadConfigInForce(flags.config, env)
  const { store, notes } = openStore(folderInForce(env), {
    now: env.now,
    cap: config.storage.max_megabytes * MEGABYTE,
  })
  return await using(store, notes, env, opened => work(opened, config))
}

async function using<T>(
  store: Store,
  notes: readonly string[],
  env: CommandEnvironment,
  work: (store: Store) => T | Promise<T>,
): Promise<T> {
  try {
    for (const note of notes) env.stderr.write(`${escapeTerminal(note)}\n`)
    return await work(store)
  } finally {
    store.close()
  }
}

/** How a list looks here. */
export function openPage(env: CommandEnvironment, flags: CommonFlags, verbosity = 2): Page {
  const context = terminalContext(env, flags, verbosity)
  return { context, ink: createInk(context.color), width: context.width, idLength: ID_LENGTH }
}

/** A value as JSON that no terminal takes for orders. */
export function writeJson(env: CommandEnvironment, value: unknown): Promise<void> {
  return writeStream(env.stdout, [`${escapeJson(JSON.stringify(value, null, 2))}\n`], env.signal)
}

/** A moment in this machine's zone, from milliseconds. */
export const localTime = (page: Page, time: number): string => page.context.localTime(formatTime(time))

/** RFC 3339, or null. */
export const stampOf = (time: number | null): string | null => (time === null ? null : formatTime(time))

/** An address or network as findings write it, however it was typed; other texts as they are. */
export function canonicalSource(text: string): string {
  const words = parseAddress(text)
  if (words !== undefined) return formatAddress(words)
  const prefix = parsePrefix(text)
  return prefix === undefined ? text : formatPrefix(prefix)
}
