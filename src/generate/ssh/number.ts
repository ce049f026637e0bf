/** Process and session numbers, given once everything that happens on the host is known and in order. */
import type { Random } from '../../core/random.ts'
import { SECOND } from '../../core/time.ts'
import { whole } from '../draw.ts'
import type { Scene } from './scene.ts'

/** Processes that an idle server starts in a second, sshd's and cron's own aside. */
const FORKS_A_SECOND = 0.02
const PID_MAX = 4_194_304
const FIRST_AFTER_BOOT = 900
/** A login's shell and commands take some numbers more than a mere connection, for which sshd forks twice. */
const LOGIN_PROCESSES = 120

/** Numbers scenes that are sorted by time, as a kernel and logind would have. */
export function numberScenes(scenes: readonly Scene[], start: number, random: Random): void {
  let pid = whole(random, 2000, 60_000)
  let sessionId = whole(random, 20, 900)
  let clock = start
  for (const scene of scenes) {
    const idle = ((scene.time - clock) / SECOND) * FORKS_A_SECOND
    pid += Math.max(0, Math.round(idle + Math.sqrt(idle) * random.normal()))
    if (scene.kind === 'boot') {
      pid = FIRST_AFTER_BOOT + random.below(200)
      sessionId = 0
    }
    if (pid > PID_MAX - 1000) pid = 300 + random.below(500)
    scene.pid = pid
    clock = scene.time
    const isLogin = scene.kind === 'connection' && scene.session !== undefined
    if (isLogin || scene.kind === 'cron') scene.sessionId = ++sessionId
    pid += isLogin ? LOGIN_PROCESSES + scene.session.actions.length * 12 : 2
  }
}
