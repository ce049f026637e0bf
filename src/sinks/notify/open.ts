/** Opens the channels of a config. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { z } from 'zod'
import { EXIT, hasCode, Problem } from '../../core/errors.ts'
import type { Severity } from '../../core/finding.ts'
import { fileKey, type Notifier, type OpenNotifier } from '../../kit/define-notifier.ts'
import { NOTIFIERS } from '../notifiers/index.ts'

export interface OpenChannel {
  readonly id: string
  readonly title: string
  readonly minSeverity: Severity
  readonly edits: boolean
  readonly send: OpenNotifier['send']
  readonly probe: OpenNotifier['probe']
}

/** Secrets and certificates are small. */
const LARGEST_FILE = 256 * 1024

/**
 * Reads a small text file; a newline at its end is no part of it. Neither a device nor a pipe is read, and a secret
 * must not be readable by everybody. @throws Problem
 */
export function readSmallFile(path: string, secret: boolean): string {
  let file: number | undefined
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const { mode, size } = fstatSync(file)
    if ((mode & constants.S_IFMT) !== constants.S_IFREG || size > LARGEST_FILE) {
      throw new Problem(EXIT.config, 'no ordinary small file', {
        where: path,
        expected: secret ? 'a file with the secret and nothing else' : 'a file with PEM certificates',
      })
    }
    if (secret && (mode & 0o007) !== 0) {
      throw new Problem(EXIT.config, 'everybody on this machine can read the secret', {
        where: path,
        expected: 'a file that only its owner (and group) can read',
        hint: `chmod 600 ${path}`,
      })
    }
    const buffer = Buffer.alloc(LARGEST_FILE)
    let length = 0
    for (;;) {
      const count = readSync(file, buffer, length, LARGEST_FILE - length, null)
      if (count === 0 || length + count === LARGEST_FILE)
        return buffer.toString('utf8', 0, length + count).replace(/[\r\n]+$/, '')
      length += count
    }
  } catch (error) {
    if (error instanceof Problem) throw error
    const denied = hasCode(error, 'EACCES', 'EPERM')
    throw new Problem(
      denied ? EXIT.permission : EXIT.config,
      denied ? 'the file may not be read' : 'the file cannot be read',
      {
        where: path,
        hint: 'name an existing file, or leave the key out',
        cause: error,
      },
    )
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

type ReadFile = (path: string, secret: boolean) => string

function openOne(notifier: Notifier, table: Record<string, unknown>, read: ReadFile): OpenNotifier {
  const where = `[notify.${notifier.id}]`
  const resolved: Record<string, unknown> = { ...table }
  for (const key of [...notifier.secrets, ...notifier.files]) {
    const path = table[fileKey(key)]
    if (typeof path !== 'string') continue
    if (table[key] !== undefined) {
      throw new Problem(EXIT.config, `both ${key} and ${fileKey(key)} are given`, { where, expected: 'one of them' })
    }
    resolved[key] = read(path, notifier.secrets.includes(key))
    delete resolved[fileKey(key)]
  }
  try {
    return notifier.open(resolved)
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    const issue = error.issues[0]
    const key = issue.path.join('.')
    // The value is not shown: it may be a secret.
    throw new Problem(EXIT.config, `${key === '' ? 'the table' : key}: ${issue.message}`, {
      where: key === '' ? where : `${where} ${key}`,
      hint: 'see the reference of the config for this table',
    })
  }
}

/**
 * Opens the enabled channels. `tables`: the tables below [notify] by id; keys that are no channel's are left aside.
 * Paths of `<key>_file` have to be absolute or relative to the working directory. @throws Problem (exit code 3, or 5
 * where a file may not be read) that names table and key
 */
export function openChannels(tables: Readonly<Record<string, unknown>>, read: ReadFile = readSmallFile): OpenChannel[] {
  return NOTIFIERS.flatMap(notifier => {
    const table = tables[notifier.id]
    if (typeof table !== 'object' || table === null || !('enabled' in table) || table.enabled !== true) return []
    const { minSeverity, send, probe } = openOne(notifier, { ...table }, read)
    return [{ id: notifier.id, title: notifier.title, minSeverity, edits: notifier.edits, send, probe }]
  })
}
