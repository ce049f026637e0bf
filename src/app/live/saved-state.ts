/** All that a restart needs, as the store keeps it. */
import type { KeyLoginSnapshot } from '../../sinks/policy/key-logins.ts'
import type { Store } from '../../store/index.ts'
import type { BlindnessSnapshot } from './blindness.ts'
import type { DaemonLog } from './daemon-log.ts'
import type { DayCountsSnapshot } from './day-counts.ts'
import type { FindingsSnapshot } from './findings.ts'
import type { Memory } from './memory.ts'
import { isSession, type LiveSession, type SessionSnapshot } from './session.ts'

const NAME = 'live'
/** Bytes that are packed at once. */
const PIECE = 1 << 18

export interface SavedState {
  session: SessionSnapshot
  findings: FindingsSnapshot
  blindness: BlindnessSnapshot
  keyLogins: KeyLoginSnapshot
  /** For the daily report; absent where an older version wrote the state. */
  counts?: DayCountsSnapshot
  /** Whether what the logs held at the first start has been read. */
  settled: boolean
}

/** Writes what `loadState` reads; the session writes its own part. @throws StoreProblem */
export function saveState(
  store: Store,
  session: Pick<LiveSession, 'snapshotJson'>,
  around: Omit<SavedState, 'session'>,
  now: number,
): void {
  store.checkpoints.save(NAME, encoded(textOf(session, around)), now)
}

function* textOf(session: Pick<LiveSession, 'snapshotJson'>, around: Omit<SavedState, 'session'>): Generator<string> {
  yield `${JSON.stringify(around).slice(0, -1)},"session":`
  yield* session.snapshotJson()
  yield '}'
}

/** Texts as bytes, in one buffer that is filled again and again. */
function* encoded(texts: Iterable<string>): Generator<Uint8Array> {
  const buffer = new Uint8Array(PIECE)
  const encoder = new TextEncoder()
  let used = 0
  for (const text of texts) {
    for (let rest = text; rest !== ''; ) {
      const { read, written } = encoder.encodeInto(rest, buffer.subarray(used))
      used += written
      rest = rest.slice(read)
      if (rest === '') break
      yield buffer.subarray(0, used)
      used = 0
    }
  }
  yield buffer.subarray(0, used)
}

/** What was saved, and when (wall clock); undefined where nothing was, or nothing that this version can read (the log says so). */
export function loadState(memory: Memory, log: DaemonLog): { state: SavedState; at: number } | undefined {
  const loaded = memory.attempt(store => store.checkpoints.load(NAME))
  if (loaded === undefined) return undefined
  if (loaded.note !== undefined) log.warn(loaded.note)
  if (loaded.body === undefined) return undefined
  // Its checksum held, so this program wrote it; the version says whether this one can read it.
  const saved = JSON.parse(Buffer.from(loaded.body).toString()) as SavedState
  if (isSession(saved.session)) return { state: saved, at: loaded.at }
  log.warn('what an earlier version remembered cannot be read: the logs are read from their start')
  return undefined
}
