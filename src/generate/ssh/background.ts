/** The days of an ordinary host: strangers at the door, owners and their jobs, cron, a reboot now and then. */
import { DAY, HOUR, MINUTE, SECOND } from '../../core/time.ts'
import { between, chance, draw, logUniform, pick, shuffle, weighted, whole } from '../draw.ts'
import * as law from '../law.ts'
import { strangerName } from '../names.ts'
import type { Account } from './host.ts'
import type { AuthPlan } from './plan.ts'
import { connection, probe } from './plan.ts'
import type { Action, Connection, Scene } from './scene.ts'

/** Strangers never take more than this part of the background's lines: a small log must still have an owner. */
const STRANGERS_AT_MOST = 0.6
const CRON_AT_MOST = 0.35
const PROBE_SHARE = 0.2
/** One in so many days brings a reboot. */
const BOOT_EVERY_DAYS = 21
/** A log of fewer lines than this hardly holds a day. */
const BOOT_LINES_WORTH = 100

export interface AuthBackground {
  readonly scenes: Scene[]
  readonly strangers: readonly string[]
}

/** Plans about `lines` lines of everything that is no campaign. */
export function planBackground(plan: AuthPlan, lines: number, newSourcesPerDay: number): AuthBackground {
  const strangers = planStrangers(plan, lines * STRANGERS_AT_MOST, newSourcesPerDay)
  const boots = lines > BOOT_LINES_WORTH ? planBoots(plan) : []
  let left = lines - costOf(plan, strangers.scenes) - costOf(plan, boots)
  const cron = planCron(plan, Math.max(0, left) * CRON_AT_MOST)
  left -= costOf(plan, cron)
  return { scenes: [...strangers.scenes, ...boots, ...cron, ...planLogins(plan, left)], strangers: strangers.sources }
}

function costOf(plan: AuthPlan, scenes: readonly Scene[]): number {
  return scenes.reduce((sum, scene) => sum + plan.cost(scene), 0)
}

function planStrangers(plan: AuthPlan, atMost: number, perDay: number): { scenes: Connection[]; sources: string[] } {
  const { random, start, end } = plan
  const count = random.poisson(perDay * ((end - start) / DAY))
  const scenes: Connection[] = []
  const sources: string[] = []
  let left = atMost
  for (let i = 0; i < count && left > 0; i++) {
    const visits = planStranger(plan, law.strangerMoment(random, start, end))
    sources.push(visits[0].source)
    for (const visit of visits) {
      // A log of a few lines has no room for somebody who comes sixty times.
      if (left <= 0) break
      left -= plan.cost(visit)
      scenes.push(visit)
    }
  }
  return { scenes, sources }
}

/** Everything one stranger ever does here. */
function planStranger(plan: AuthPlan, first: number): Connection[] {
  const { random } = plan
  const source = plan.addresses.stranger()
  const kind = law.persistence(random)
  const scans = chance(random, PROBE_SHARE)
  const names = kind === 'once' ? [] : Array.from({ length: whole(random, 1, 4) }, () => strangerName(random))
  return law.visits(random, kind, first, plan.end).map(time => {
    if (scans) return probe(plan, time, source)
    const user = kind === 'once' ? strangerName(random) : pick(random, names)
    return connection(plan, time, {
      source,
      user,
      tries: kind === 'stubborn' ? law.stubbornTries(random) : law.fewTries(random),
    })
  })
}

function planBoots(plan: AuthPlan): Scene[] {
  const { random, start, end } = plan
  if (!chance(random, (end - start) / (BOOT_EVERY_DAYS * DAY))) return []
  // Reboots are for the small hours, when nobody is logged in.
  const night = Math.floor(between(random, start, end) / DAY) * DAY + between(random, 4, 5) * HOUR
  if (night < start || night > end) return []
  return [{ kind: 'boot', time: law.micro(night), noise: random.below(2 ** 32), pid: 0, sessionId: 0 }]
}

/** Jobs in the order in which they are dropped from the end where the log is too small for them. */
const CRON_JOBS: readonly { user: string; every: number; at: number; took: number }[] = [
  { user: 'root', every: DAY, at: 6 * HOUR + 25 * MINUTE, took: 2400 },
  { user: 'root', every: HOUR, at: 17 * MINUTE, took: 11 },
  { user: 'root', every: 30 * MINUTE, at: 9 * MINUTE, took: 380 },
  { user: 'www-data', every: 5 * MINUTE, at: 0, took: 720 },
]

function planCron(plan: AuthPlan, atMost: number): Scene[] {
  const { random, start, end } = plan
  if (!plan.stage.dialect.systemLines) return []
  const scenes: Scene[] = []
  let left = atMost
  for (const job of CRON_JOBS) {
    const lines = 2 * Math.ceil((end - start) / job.every)
    if (lines > left) break
    left -= lines
    for (let time = Math.ceil((start - job.at) / job.every) * job.every + job.at; time < end; time += job.every) {
      // cron wakes at the first second of the minute and needs some milliseconds to get there.
      const noise = random.below(2 ** 32)
      scenes.push({
        kind: 'cron',
        time: law.micro(time + SECOND + between(random, 2, 90)),
        noise,
        user: job.user,
        took: job.took * between(random, 0.8, 1.4),
        pid: 0,
        sessionId: 0,
      })
    }
  }
  return scenes
}

/** A person logs in so often a day at most; what a big log has beyond that are jobs. */
const PERSON_LOGINS_A_DAY = 7
const PEOPLE_SHARE = 0.6

function planLogins(plan: AuthPlan, lines: number): Scene[] {
  const { random, start, end, stage } = plan
  const { people, jobs } = stage.host
  const scenes: Scene[] = []
  let left = lines
  const add = (scene: Connection): void => {
    left -= plan.cost(scene)
    scenes.push(scene)
  }
  const most = Math.ceil(people.length * PERSON_LOGINS_A_DAY * ((end - start) / DAY))
  const forJobs = lines * (1 - PEOPLE_SHARE)
  for (let i = 0; i < most && left > forJobs; i++) {
    const person = people[random.below(people.length)]
    for (const scene of personLogin(plan, person)) add(scene)
  }
  for (const time of shuffle(random, backupTimes(plan)))
    if (left > 0) add(login(plan, jobs[1], time, 0, jobSession(plan)))
  while (left > 0) add(login(plan, jobs[0], law.ownerMoment(random, start, end), 0, jobSession(plan)))
  return scenes
}

function backupTimes({ random, start, end }: AuthPlan): number[] {
  const times: number[] = []
  const at = 2 * HOUR + 40 * MINUTE
  for (let time = Math.ceil((start - at) / DAY) * DAY + at; time < end; time += DAY)
    times.push(law.micro(time + between(random, 1, 40) * SECOND))
  return times
}

function login(
  plan: AuthPlan,
  account: Account,
  time: number,
  tries: number,
  session: Connection['session'],
): Connection {
  return connection(plan, time, {
    source: pick(plan.random, account.addresses),
    user: account.name,
    tries,
    ...(session === undefined ? {} : { session }),
  })
}

function personLogin(plan: AuthPlan, person: Account): Connection[] {
  const { random, start, end } = plan
  const time = law.ownerMoment(random, start, end, person.shift)
  const session = {
    method: person.method,
    length: logUniform(random, 20 * SECOND, 3 * HOUR),
    actions: personActions(plan),
  }
  const tries = person.method === 'password' && chance(random, 0.12) ? whole(random, 1, 2) : 0
  const scenes = [login(plan, person, time, tries, session)]
  if (chance(random, 0.012)) {
    // A slip in the name, noticed at the password prompt or after one try; then it is typed right.
    const slip = `${person.name.slice(0, -1)}${pick(random, ['', 's', person.name.slice(-1).repeat(2)])}`
    scenes.push(
      connection(plan, law.micro(time - between(random, 9, 30) * SECOND), {
        source: scenes[0].source,
        user: slip,
        tries: 1,
        ending: 'closed',
      }),
    )
  }
  return scenes
}

const COMMANDS = weighted([
  ['/usr/bin/apt-get update', 6],
  ['/usr/bin/apt-get -y upgrade', 3],
  ['/usr/bin/systemctl restart nginx', 5],
  ['/usr/bin/systemctl status postgresql', 3],
  ['/usr/bin/journalctl -u nginx -n 200', 5],
  ['/usr/bin/tail -f /var/log/syslog', 4],
  ['/usr/bin/vim /etc/nginx/sites-available/default', 3],
  ['/usr/bin/certbot renew --dry-run', 1],
  ['/usr/bin/docker ps', 5],
  ['/usr/bin/docker compose up -d', 4],
  ['/usr/bin/du -sh /var/lib/docker', 1],
  ['/usr/bin/less /var/log/auth.log', 2],
  ['/usr/sbin/nginx -t', 3],
  ['/usr/bin/systemctl daemon-reload', 2],
  ['/usr/bin/crontab -e', 1],
  ['/usr/sbin/ufw status', 1],
])

function personActions({ random }: AuthPlan): Action[] {
  const count = chance(random, 0.45) ? whole(random, 1, 4) : 0
  let at = between(random, 4, 20) * SECOND
  return Array.from({ length: count }, () => {
    at += logUniform(random, 5 * SECOND, 6 * MINUTE)
    const mistyped = chance(random, 0.03) ? whole(random, 1, 3) : 0
    return { kind: 'sudo', at, took: logUniform(random, 30, 40 * SECOND), command: draw(random, COMMANDS), mistyped }
  })
}

function jobSession({ random }: AuthPlan): NonNullable<Connection['session']> {
  return { method: 'publickey', length: logUniform(random, 400, 90 * SECOND), actions: [] }
}
