/** Writes down what happened as sshd, PAM, sudo, cron and systemd-logind write it. */
import type { Random } from '../../core/random.ts'
import { createRandom } from '../../core/random.ts'
import { MINUTE, SECOND } from '../../core/time.ts'
import { between, chance, pick } from '../draw.ts'
import { failDelay, micro, networkPause } from '../law.ts'
import type { Connection, CronRun, Dialect, Entry, Probe, Scene, Stage } from './scene.ts'
import { LOGIND_PID } from './scene.ts'
import { renderSession, sessionOpened } from './session.ts'

/** Ubuntu 22.04 with rsyslog: auth.log. */
export const JAMMY: Dialect = {
  id: 'jammy',
  folds: true,
  systemLines: true,
  opener: false,
  sudoPid: false,
  adminGroup: 'sudo',
}
/** Ubuntu 24.04: the same programs, newer; rsyslog stamps in RFC 3339. */
export const NOBLE: Dialect = {
  id: 'noble',
  folds: true,
  systemLines: true,
  opener: true,
  sudoPid: false,
  adminGroup: 'sudo',
}
/** RHEL 9 and its rebuilds: /var/log/secure has neither cron nor logind. */
export const EL9: Dialect = {
  id: 'el9',
  folds: false,
  systemLines: false,
  opener: true,
  sudoPid: true,
  adminGroup: 'wheel',
}
/** The journal of Ubuntu 24.04: it folds nothing and has the pid of everything. */
export const JOURNAL: Dialect = { ...NOBLE, folds: false, sudoPid: true }

/** sshd answers an unknown protocol in two lines; the first names nobody. */
const PROBE_LINES: Record<Exclude<Probe, 'timeout'>, (from: string, random: Random) => string[]> = {
  silent: from => [
    'error: kex_exchange_identification: Connection closed by remote host',
    `Connection closed by ${from}`,
  ],
  http: (from, random) => [
    `error: kex_exchange_identification: client sent invalid protocol identifier "${pick(random, HTTP_GREETINGS)}"`,
    `banner exchange: Connection from ${from}: invalid format`,
  ],
  tls: from => [
    'error: kex_exchange_identification: banner line contains invalid characters',
    `banner exchange: Connection from ${from}: invalid format`,
  ],
  kex: (from, random) => [
    `Unable to negotiate with ${from}: no matching key exchange method found. Their offer: ${pick(random, OLD_KEX)} [preauth]`,
  ],
  hostkey: (from, random) => [
    `Unable to negotiate with ${from}: no matching host key type found. Their offer: ${pick(random, OLD_HOST_KEYS)} [preauth]`,
  ],
  closed: from => [`Connection closed by ${from} [preauth]`],
  reset: from => ['error: kex_exchange_identification: read: Connection reset by peer', `Connection reset by ${from}`],
}
const HTTP_GREETINGS = ['GET / HTTP/1.1', 'GET / HTTP/1.0', 'OPTIONS / HTTP/1.0', 'HEAD / HTTP/1.1']
const OLD_KEX = [
  'diffie-hellman-group1-sha1',
  'diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1',
  'diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1',
]
const OLD_HOST_KEYS = ['ssh-rsa,ssh-dss', 'ssh-dss', 'ssh-rsa', 'ssh-rsa,ssh-rsa-cert-v01@openssh.com']

function renderProbe(scene: Connection, probe: Probe, random: Random): Entry[] {
  const from = `${scene.source} port ${scene.port}`
  // LoginGraceTime: sshd gives everybody two minutes.
  if (probe === 'timeout')
    return [sshd(scene, scene.time + 2 * MINUTE, `fatal: Timeout before authentication for ${from}`)]
  let time = scene.time
  return PROBE_LINES[probe](from, random).map(message => {
    time = micro(time + between(random, 0.05, 4))
    return sshd(scene, time, message)
  })
}

function sshd(scene: Connection, time: number, message: string): Entry {
  return { time, program: 'sshd', pid: scene.pid, message, unit: 'ssh' }
}

/** The failed tries of one connection and its end. */
function renderConnection(scene: Connection, stage: Stage, random: Random): Entry[] {
  if (scene.probe !== undefined) return renderProbe(scene, scene.probe, random)
  const { source, port, user, known, tries } = scene
  const from = `${source} port ${port}`
  const who = known ? user : `invalid user ${user}`
  const pam = `logname= uid=0 euid=0 tty=ssh ruser= rhost=${source} ${known ? ` user=${user}` : ''}`
  const entries: Entry[] = []
  let time = scene.time
  const say = (pause: number, message: string): void => {
    time = micro(time + pause)
    entries.push(sshd(scene, time, message))
  }
  if (!known) say(networkPause(random), `Invalid user ${user} from ${from}`)
  let folded = 0
  for (let attempt = 1; attempt <= tries; attempt++) {
    const typing =
      attempt === 1
        ? networkPause(random)
        : networkPause(random) + (scene.session === undefined ? 0 : between(random, 2, 6) * SECOND)
    if (!known) say(typing, 'pam_unix(sshd:auth): check pass; user unknown')
    if (attempt === 1) say(known ? typing : 0.2, `pam_unix(sshd:auth): authentication failure; ${pam}`)
    // With nothing between them, rsyslog folds all failures after the first; it writes a single one out in full.
    const pause = failDelay(random) + (attempt > 1 && known ? typing : 0)
    if (stage.dialect.folds && known && attempt > 1 && tries > 2) {
      time = micro(time + pause)
      folded++
    } else say(pause, `Failed password for ${who} from ${from} ssh2`)
  }
  if (folded > 0) say(0.05, `message repeated ${folded} times: [ Failed password for ${who} from ${from} ssh2]`)
  if (scene.session !== undefined) {
    const opened = micro(time + networkPause(random) + (tries > 0 ? between(random, 2, 7) * SECOND : 0))
    entries.push(...sessionOpened(scene, scene.session, opened, stage))
    entries.push(...renderSession(scene, scene.session, opened, stage, random))
    return entries
  }
  const state = known ? `authenticating user ${user}` : `invalid user ${user}`
  const pause = networkPause(random)
  switch (scene.ending) {
    case 'limit':
      say(0.3, `error: maximum authentication attempts exceeded for ${who} from ${from} ssh2 [preauth]`)
      say(0.05, `Disconnecting ${state} ${from}: Too many authentication failures [preauth]`)
      break
    case 'closed':
      say(pause, `Connection closed by ${state} ${from} [preauth]`)
      break
    case 'reset':
      say(pause, `Connection reset by ${state} ${from} [preauth]`)
      break
    default:
      say(pause, `Received disconnect from ${from}:11: ${scene.ending === 'bye' ? 'Bye Bye' : ''} [preauth]`)
      say(0.03, `Disconnected from ${state} ${from} [preauth]`)
  }
  if (tries > 1) say(0.1, `PAM ${tries - 1} more authentication failure${tries > 2 ? 's' : ''}; ${pam}`)
  if (tries > 3) say(0.02, `PAM service(sshd) ignoring max retries; ${tries} > 3`)
  return entries
}

function renderCron(scene: CronRun, { dialect, host }: Stage): Entry[] {
  const id = host.uidOf(scene.user)
  const by = dialect.opener ? `${scene.user}(uid=0)` : '(uid=0)'
  const line = (time: number, message: string): Entry => ({
    time,
    program: 'CRON',
    pid: scene.pid,
    message: `pam_unix(cron:session): ${message}`,
    unit: 'cron',
  })
  return [
    line(scene.time, `session opened for user ${scene.user}(uid=${id}) by ${by}`),
    line(micro(scene.time + scene.took), `session closed for user ${scene.user}`),
  ]
}

function renderBoot(scene: Scene): Entry[] {
  const entry = (pause: number, program: string, pid: number, message: string, unit: Entry['unit']): Entry => ({
    time: micro(scene.time + pause),
    program,
    pid,
    message,
    unit,
  })
  return [
    entry(0, 'sshd', scene.pid, 'Server listening on 0.0.0.0 port 22.', 'ssh'),
    entry(0.1, 'sshd', scene.pid, 'Server listening on :: port 22.', 'ssh'),
    entry(140, 'systemd-logind', LOGIND_PID, 'New seat seat0.', 'logind'),
    entry(171, 'systemd-logind', LOGIND_PID, 'Watching system buttons on /dev/input/event0 (Power Button)', 'logind'),
    entry(
      183,
      'systemd-logind',
      LOGIND_PID,
      'Watching system buttons on /dev/input/event1 (AT Translated Set 2 keyboard)',
      'logind',
    ),
  ]
}

/** The lines of one scene, in the order in which they are written. The same scene gives the same lines. */
export function renderScene(scene: Scene, stage: Stage): Entry[] {
  const random = createRandom(scene.noise, 'scene')
  const entries =
    scene.kind === 'connection'
      ? renderConnection(scene, stage, random)
      : scene.kind === 'cron'
        ? renderCron(scene, stage)
        : renderBoot(scene)
  return stage.dialect.systemLines ? entries : entries.filter(entry => entry.unit !== 'logind' && entry.unit !== 'cron')
}

/** Whether a stranger hangs up properly is the habit of the tool. */
export function strangerEnding(random: Random, tries: number): Connection['ending'] {
  if (tries >= 6) return 'limit'
  if (chance(random, 0.55)) return 'bye'
  return pick(random, ['closed', 'closed', 'closed', 'bye-empty', 'reset'] as const)
}
