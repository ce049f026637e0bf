/** What a followed path leads to, and how that is said. */
import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { hasCode, Problem } from '../../core/errors.ts'
import { kindOf } from '../../kit/whole-file.ts'
import type { FollowHealth } from '../follower.ts'
import { notAFile, pathProblem } from '../problems.ts'
import { sentenceOf } from './readers.ts'

/**
 * `health` says what the last `look` found. The state is `failed` while `refused` says why, whatever the path leads
 * to.
 */
export class PathState {
  readonly #path: string
  #state: FollowHealth['state'] = 'waiting'
  #sentence: string | undefined
  /** The path's state at the last look, to see whether it changed. */
  #seen = ''
  /** Why the log, which is there, cannot be opened. */
  refused: string | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** The file that the path leads to now; undefined where there is none to read. */
  async look(): Promise<BigIntStats | undefined> {
    try {
      const info = await stat(this.#path, { bigint: true })
      this.#seen = stateOf(info)
      if (!info.isFile()) throw notAFile(this.#path, kindOf(info))
      this.#state = 'following'
      this.#sentence = undefined
      return info
    } catch (cause) {
      const absent = hasCode(cause, 'ENOENT')
      if (!(cause instanceof Problem)) this.#seen = codeOf(cause)
      this.#state = absent ? 'waiting' : 'failed'
      this.#sentence = absent
        ? `${this.#path} does not exist now; it is read from its start when it appears`
        : sentenceOf(pathProblem(this.#path, cause))
      return undefined
    }
  }

  /** Whether a look would see something else than the last one. */
  async changed(): Promise<boolean> {
    return (await stat(this.#path, { bigint: true }).then(stateOf, codeOf)) !== this.#seen
  }

  get health(): Pick<FollowHealth, 'state' | 'message'> {
    const message = this.#sentence ?? this.refused
    return {
      state: this.refused === undefined ? this.#state : 'failed',
      ...(message === undefined ? {} : { message }),
    }
  }
}

const stateOf = (info: BigIntStats): string => [info.dev, info.ino, info.size, info.mtimeNs, info.ctimeNs].join(':')

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
