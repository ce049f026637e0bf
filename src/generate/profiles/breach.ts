import { MINUTE, SECOND } from '../../core/time.ts'
import { between, chance, pick, whole } from '../draw.ts'
import { micro, stubbornTries } from '../law.ts'
import { connection } from '../ssh/plan.ts'
import type { Action, Connection } from '../ssh/scene.ts'
import type { AuthProfile } from './define.ts'
import { gather } from './define.ts'
import { inTurn } from './spread.ts'

const BACKDOORS = ['support1', 'sysupdate', 'svc-agent', 'systemd-net', 'mysqld', 'ftpadmin']
const FIRST_LOOKS = ['/usr/bin/cat /etc/shadow', '/usr/bin/ls -la /root', '/usr/bin/ss -tlnp', '/usr/bin/crontab -l']
const FEWEST_FAILURES = 8

/** Guesses until one is right, then takes root and leaves a door open. */
export const breach: AuthProfile = {
  id: 'breach',
  service: 'auth',
  title: 'failures, then the right password, then sudo and a new account',
  plan(plan, lines) {
    const { random } = plan
    const { host } = plan.stage
    const source = plan.addresses.stranger()
    const user = chance(random, 0.25) ? 'root' : pick(random, host.people).name
    const session = {
      method: 'password',
      length: between(random, 3, 8) * MINUTE,
      actions: takeover(plan.random, host.accounts.length, user),
    } as const
    const success = connection(plan, plan.start, { source, user, tries: random.below(2), session })
    const guess = (): Connection => connection(plan, plan.start, { source, user, tries: stubbornTries(random) })
    const guesses = gather(lines - plan.cost(success), guess, plan.cost)
    let failures = guesses.reduce((sum, scene) => sum + scene.tries, success.tries)
    while (failures < FEWEST_FAILURES) {
      const more = guess()
      guesses.push(more)
      failures += more.tries
    }
    const scenes = inTurn(plan, [...guesses, success], [2, 20], 0.2)
    // The last wrong guess is over before the right one is made, however close the window pressed them together.
    const last = scenes[scenes.length - 1]
    scenes[scenes.length - 1] = { ...last, time: micro(last.time + 30 * SECOND) }
    return scenes
  },
}

function takeover(random: Parameters<typeof pick>[0], accounts: number, user: string): Action[] {
  const look: Action = {
    kind: 'sudo',
    at: between(random, 8, 20) * SECOND,
    took: between(random, 20, 400),
    command: pick(random, FIRST_LOOKS),
    mistyped: 0,
  }
  const door: Action = {
    kind: 'useradd',
    at: between(random, 40, 80) * SECOND,
    name: pick(random, BACKDOORS),
    id: 1000 + accounts + whole(random, 0, 2),
  }
  return user === 'root' ? [door] : [look, door]
}
