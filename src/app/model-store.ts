/** Where models lie: the default place, the three latest generations, and a write that nobody ever sees half of. */

import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { EXIT, hasCode, Problem } from '../core/errors.ts'
import { randomBytes } from '../sinks/hashing.ts'
import { loadModel, type ModelContent } from './model-file.ts'
import { stateFolder, type Whose } from './state-folder.ts'

/** Older models kept beside the newest: model.1.json, model.2.json. */
const OLDER = 2

/** The default model file; undefined for a user without a home. */
export function defaultModelPath(whose: Whose): string | undefined {
  const folder = stateFolder(whose)
  return folder === undefined ? undefined : join(folder, 'model.json')
}

export interface ModelInForce {
  path: string
  model: ModelContent
}

/** The model that was asked for, else the one in the state folder if there is one. @throws Problem */
export function modelInForce(asked: string | undefined, whose: Whose): ModelInForce | undefined {
  if (asked !== undefined) return { path: asked, model: loadModel(asked) }
  const path = defaultModelPath(whose)
  if (path === undefined || !existsSync(path)) return undefined
  refuseForeign(path, whose.uid)
  return { path, model: loadModel(path) }
}

/** Root must not take "what is normal" from a file that others may write. */
function refuseForeign(path: string, uid: number | undefined): void {
  if (uid !== 0) return
  const stat = statSync(path)
  if (stat.uid === 0 && (stat.mode & 0o022) === 0) return
  throw new Problem(
    EXIT.model,
    `${path} is not used: root reads only a model that root owns and nobody else may write`,
    {
      where: path,
      hint: `chown root ${path} && chmod go-w ${path}, or name it with --model`,
    },
  )
}

/** Writes a model and moves the ones before it, `older` of them at most, one generation back. @throws Problem */
export function saveModel(path: string, text: string, older = OLDER): void {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 })
    writeDurably(temporary, text)
  } catch (cause) {
    throw explain(path, cause)
  }
  try {
    keepOlder(path, older)
    renameSync(temporary, path)
  } catch (cause) {
    rmSync(temporary, { force: true })
    throw explain(path, cause)
  }
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o640)
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } catch (cause) {
    rmSync(path, { force: true })
    throw cause
  } finally {
    closeSync(file)
  }
}

/** The newest is copied and not moved, so that there is a model at every moment. */
function keepOlder(path: string, older: number): void {
  if (older === 0) return
  const generation = (age: number): string => {
    const ending = extname(path)
    return age === 0 ? path : `${path.slice(0, path.length - ending.length)}.${age}${ending}`
  }
  for (let age = older; age > 1; age--)
    if (existsSync(generation(age - 1))) renameSync(generation(age - 1), generation(age))
  if (existsSync(path)) copyFileSync(path, generation(1))
}

function explain(path: string, cause: unknown): unknown {
  if (hasCode(cause, 'EACCES', 'EPERM', 'EROFS')) {
    return new Problem(EXIT.permission, `${path}: the model may not be written`, {
      where: path,
      hint: 'name another place with --model',
      cause,
    })
  }
  if (hasCode(cause, 'ENOSPC', 'EDQUOT')) {
    return new Problem(EXIT.input, `${path}: the disk is full; the model before it is untouched`, {
      where: path,
      cause,
    })
  }
  if (hasCode(cause, 'ENOTDIR', 'EEXIST', 'EISDIR', 'ERR_FS_EISDIR')) {
    return new Problem(EXIT.usage, `${path}: no file can be written there`, { where: path, cause })
  }
  return cause
}
