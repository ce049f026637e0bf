/** The daemon in this process, with clocks that the test sets. */
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Daemon } from '../../src/app/live/daemon.ts'
import type { Change } from '../../src/app/live/judge.ts'
import { Memory } from '../../src/app/live/memory.ts'
import { type LiveWorld, prepareLive } from '../../src/app/live/setup.ts'
import { ServiceManager } from '../../src/app/live/systemd.ts'
import { loadConfigInForce } from '../../src/app/setup.ts'
import { followStdin } from '../../src/sources/follow-stdin.ts'
import { workspace } from '../support/cli.ts'
import { until } from '../support/until.ts'

export interface DaemonOptions {
  /** What stands in the log before the daemon starts. */
  text?: string
  /** Called at every sign of life, which each round gives. */
  onAlive?: (daemon: Daemon) => void
}

/** A daemon that follows one log, the hand on its clock, and what it says; ended with the test. Answers when it is live. */
export async function startDaemon(toml: string, { text = '', onAlive }: DaemonOptions = {}) {
  const place = workspace()
  const log = place.write('auth.log', text)
  const folder = join(place.path, 'state')
  const config = place.write('vpsguard.toml', toml)
  const said: string[] = []
  const say = (first: unknown, second?: unknown): void => void said.push(String(second ?? first))
  const hand = { set: 0 }
  const now = (): number => Date.now() + hand.set
  const daemonLog: LiveWorld['log'] = { debug: say, info: say, warn: say, error: say }
  const memory = new Memory({ folder, now, cap: 64 << 20, log: daemonLog })
  const environment = { PATH: process.env.PATH }
  class Manager extends ServiceManager {
    override alive(): void {
      if (daemon !== undefined) onAlive?.(daemon)
    }
  }
  let daemon: Daemon | undefined
  const world: LiveWorld = {
    folder,
    memory,
    log: daemonLog,
    manager: new Manager({}),
    metrics: undefined,
    environment,
    now,
    steady: () => performance.now(),
    uid: process.getuid?.(),
    started: now(),
    stdin: () => followStdin(),
  }
  const flags = {
    paths: [log],
    journal: false,
    units: [],
    from: undefined,
    inputFormat: undefined,
    timeZone: 'UTC',
    year: undefined,
    rulesOnly: true,
    budget: undefined,
    model: undefined,
    seed: undefined,
    geoip: [],
  }
  const prepare = () => prepareLive(loadConfigInForce(config, { cwd: place.path, environment }).config, flags, world)
  const changes: Change[] = []
  const watching = await Daemon.open(await prepare(), {
    onChanges: more => void changes.push(...more),
    reload: prepare,
  })
  daemon = watching
  const end = new AbortController()
  const running = watching.run(end.signal)
  onTestFinished(async () => {
    end.abort()
    await running
    await watching.close()
  })
  const heard = (words: string): Promise<true> =>
    until(() => (said.some(sentence => sentence.includes(words)) ? true : undefined))
  await heard('learnt from')
  const told = (source: string): Promise<true> =>
    until(() => (changes.some(({ finding }) => finding.sources.includes(source)) ? true : undefined))
  return { daemon: watching, log, folder, said, hand, now, told, heard }
}
