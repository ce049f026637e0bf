/** What follows a log for ever: the live counterpart of a `Source`. */

/** Bytes that were appended. */
export interface FollowChunk {
  bytes: Uint8Array
  /** Offset of the first byte in its file (uncompressed); 0 for what has no file. */
  offset: number
  /** The file it came from now: `auth.log`, or `auth.log.1` for what was read behind a rotation. */
  path: string
  /** First bytes of another file than the chunk before: a line left unfinished there has ended, and lines count from 1 again. */
  fresh: boolean
  /** Nothing came behind it when it was read: there is no need to ask again at once. Absent where that is not known. */
  last?: boolean
}

/** Where to go on: plain JSON, kept in a checkpoint. Only its follower can read it. */
export type FollowPosition = { readonly kind: string } & Readonly<Record<string, string | number | boolean | null>>

export interface FollowHealth {
  /** `following`, `waiting` (absent for now), `failed` (unreadable). */
  state: 'following' | 'waiting' | 'failed'
  /** A sentence where it is not following: what, and what to do. */
  message?: string
  /** Rotations and truncations survived, bytes that were lost for good (a copytruncate whose copy is gone ...). */
  rotations: number
  truncations: number
  lostBytes: number
}

export interface Follower {
  /** As the user named it; reports call it so. */
  readonly path: string
  /**
   * The next bytes that are there (at most 1 MiB; valid until the next call); undefined when it has caught up. Never
   * waits for something to be written.
   */
  read(): Promise<FollowChunk | undefined>
  /** Resolves when there may be more, when the signal fires, or after `milliseconds`. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>
  /**
   * Where a restart goes on, if the last `unfinished` bytes of what `read` has delivered are to be read again (the
   * beginning of a line whose end has not come). They never reach back behind the last `fresh` chunk.
   */
  position(unfinished: number): FollowPosition
  health(): FollowHealth
  /** What was there when it was opened has not all come yet, although `read` has nothing for now (a program that starts). */
  readonly behind?: boolean
  /** Of a stream: whether it has ended. What can always be written to has no such property. */
  readonly over?: boolean
  close(): Promise<void>
}
