/** What the daemon is made of under one config: opened from what was saved, and exchanged as a whole where that changes. */
import type { EventView } from '../../core/view.ts'
import { type Answering, openAnswering } from './answering.ts'
import type { Blindness } from './blindness.ts'
import { STDIN } from './inputs.ts'
import { Judge } from './judge.ts'
import type { SavedState } from './saved-state.ts'
import type { LiveSession } from './session.ts'
import type { LiveSetup } from './setup.ts'
import type { Teller } from './teller.ts'

export interface LiveParts {
  readonly setup: LiveSetup
  readonly session: LiveSession
  readonly judge: Judge
  readonly answering: Answering
  readonly teller: Teller
}

/**
 * Opens everything; goes on from what was `saved`, and when (wall clock), where something was.
 * @throws Problem where nothing can be watched
 */
export async function openParts(
  setup: LiveSetup,
  saved: { state: SavedState; at: number } | undefined,
  onEvent: (event: EventView) => void,
): Promise<LiveParts> {
  const teller = setup.openTeller()
  try {
    const answering = await openAnswering(setup, () => teller)
    const session = await setup.openSession(saved?.state.session, onEvent)
    const judge = openJudge(setup, session, teller)
    if (saved !== undefined) {
      judge.restore(saved.state.findings)
      judge.resume(saved.at, setup.now())
      answering.restore(saved.state.keyLogins)
      teller.restore(saved.state.counts ?? [])
    }
    return { setup, session, judge, answering, teller }
  } catch (error) {
    await teller.close()
    throw error
  }
}

/**
 * Goes on in a new session with all that the one before knows: under another config, or (the same `setup`) since other
 * logs match now. `saved` is the state of now. @throws Problem, and then the parts of before go on
 */
export async function renewParts(
  before: LiveParts,
  setup: LiveSetup,
  saved: SavedState,
  onEvent: (event: EventView) => void,
): Promise<LiveParts> {
  const isSame = setup === before.setup
  let { teller } = before
  const answering = isSame ? before.answering : await openAnswering(setup, () => teller, before.answering)
  // Under a new config the logs are opened again where they were left, and read in its way; a stream cannot be.
  const { lanes } = before.session
  const kept = new Map(lanes.filter(({ path }) => isSame || path === STDIN).map(lane => [lane.path, lane]))
  const session = await setup.openSession(saved.session, onEvent, kept)
  if (!isSame) {
    // One after the other: two at a time would both send what is due.
    await teller.close()
    teller = setup.openTeller(teller)
    answering.restore(saved.keyLogins)
  }
  const judge = openJudge(setup, session, teller, before.judge)
  judge.restore(saved.findings)
  const taken = new Set(session.lanes.map(({ follower }) => follower))
  for (const { follower } of lanes) if (!taken.has(follower)) await follower.close()
  return { setup, session, judge, answering, teller }
}

/** All that a restart needs of the parts as they are now, but for the session, which is large and writes itself. */
export function stateOf(
  { setup, judge, answering, teller }: LiveParts,
  blindness: Blindness,
  settled: boolean,
): Omit<SavedState, 'session'> {
  return {
    findings: judge.snapshot(),
    blindness: blindness.snapshot(setup.steady()),
    keyLogins: answering.snapshot(),
    counts: teller.snapshot(),
    settled,
  }
}

function openJudge(setup: LiveSetup, session: LiveSession, teller: Teller, before?: Judge): Judge {
  const { memory, steady, log, now } = setup
  return new Judge(session, memory, {
    stopwatch: steady,
    before,
    onFailure: (id, error) => {
      const text = `the detector ${id} failed and is left out: ${error instanceof Error ? error.message : String(error)}`
      log.error(text)
      teller.trouble(`detector ${id}`, text, now())
    },
  })
}
