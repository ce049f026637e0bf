/** The position of a file's follower, as a checkpoint keeps it. */
import type { FollowPosition } from '../follower.ts'
import type { Mark } from './track.ts'
import { decodeMark, encodeMark } from './track.ts'

export interface EarlierPlace {
  mark: Mark
  /** Bytes before the mark that are to be read again. */
  back: number
  /** Something may still have been written to it. */
  late: boolean
}

export interface FilePosition {
  /** Undefined where nothing was read of any file yet. */
  mark: Mark | undefined
  back: number
  earlier: readonly EarlierPlace[]
}

const KIND = 'file'

/** A place as plain JSON; `decodePosition` reads it. */
export function encodePosition({ mark, back, earlier }: FilePosition): FollowPosition {
  return {
    kind: KIND,
    ...(mark === undefined ? {} : { at: encodeMark(mark), unfinished: back }),
    ...(earlier.length === 0
      ? {}
      : { earlier: earlier.map(({ mark: m, back: b, late }) => `${late ? '+' : '-'}${b}:${encodeMark(m)}`).join(' ') }),
  }
}

/** Undefined for what is no position of a file's follower. */
export function decodePosition(position: FollowPosition): FilePosition | undefined {
  const { kind, at, unfinished, earlier } = position
  if (kind !== KIND) return undefined
  const places: EarlierPlace[] = []
  for (const word of typeof earlier === 'string' ? earlier.split(' ') : []) {
    const colon = word.indexOf(':')
    const mark = decodeMark(word.slice(colon + 1))
    const back = Number(word.slice(1, colon))
    if (mark === undefined || !isBack(back, mark)) return undefined
    places.push({ mark, back, late: word.startsWith('+') })
  }
  if (at === undefined) return { mark: undefined, back: 0, earlier: places }
  const mark = typeof at === 'string' ? decodeMark(at) : undefined
  if (mark === undefined || !isBack(unfinished, mark)) return undefined
  return { mark, back: unfinished, earlier: places }
}

const isBack = (back: unknown, mark: Mark): back is number =>
  typeof back === 'number' && Number.isSafeInteger(back) && back >= 0 && back <= mark.offset
