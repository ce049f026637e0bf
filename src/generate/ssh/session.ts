/** A login and what is done in it. */
import type { Random } from '../../core/random.ts'
import { SECOND } from '../../core/time.ts'
import { between } from '../draw.ts'
import { micro } from '../law.ts'
import type { Action, Connection, Entry, Session, Stage } from './scene.ts'
import { LOGIND_PID } from './scene.ts'

/** Process ids of a session, counted from the connection's: sshd forks, systemd starts the user's manager, a shell comes up. */
const MANAGER = 6
const CHILD = 74
const FIRST_COMMAND = 90

/**
 * What sshd, PAM and logind write when a login succeeds: from `time` (milliseconds) on, some of it up to 32 ms
 * later.
 */
export function sessionOpened(scene: Connection, session: Session, time: number, { host, dialect }: Stage): Entry[] {
  const { user } = scene
  const uid = host.uidOf(user)
  const account = host.accounts.find(one => one.name === user)
  const key = session.method === 'publickey' && account !== undefined ? `: ${account.key}` : ''
  const by = dialect.opener ? `${user}(uid=0)` : '(uid=0)'
  const manager = dialect.id === 'noble' ? '(systemd)' : 'systemd'
  return [
    entry(
      time,
      'sshd',
      scene.pid,
      `Accepted ${session.method} for ${user} from ${scene.source} port ${scene.port} ssh2${key}`,
      'ssh',
    ),
    entry(
      time + 2.1,
      'sshd',
      scene.pid,
      `pam_unix(sshd:session): session opened for user ${user}(uid=${uid}) by ${by}`,
      'ssh',
    ),
    entry(time + 9.4, 'systemd-logind', LOGIND_PID, `New session ${scene.sessionId} of user ${user}.`, 'logind'),
    entry(
      time + 31.7,
      manager,
      scene.pid + MANAGER,
      `pam_unix(systemd-user:session): session opened for user ${user}(uid=${uid}) by ${by}`,
      'user-manager',
    ),
  ]
}

/**
 * What is written after the login: the session's actions one after the other, and its end, put off where the actions
 * take longer than it was planned to. `opened` in milliseconds.
 */
export function renderSession(
  scene: Connection,
  session: Session,
  opened: number,
  stage: Stage,
  random: Random,
): Entry[] {
  const { user } = scene
  const entries: Entry[] = []
  let pid = scene.pid + FIRST_COMMAND
  let clock = opened + SECOND
  for (const action of session.actions) {
    pid += 3
    const done = renderAction(action, scene, Math.max(clock, opened + action.at), pid, stage, random)
    entries.push(...done)
    clock = done[done.length - 1].time + SECOND
  }
  const from = `${scene.source} port ${scene.port}`
  const close = micro(Math.max(clock, opened + session.length))
  entries.push(
    entry(close, 'sshd', scene.pid + CHILD, `Received disconnect from ${from}:11: disconnected by user`, 'ssh'),
    entry(close + 0.2, 'sshd', scene.pid + CHILD, `Disconnected from user ${user} ${from}`, 'ssh'),
    entry(close + 1.3, 'sshd', scene.pid, `pam_unix(sshd:session): session closed for user ${user}`, 'ssh'),
    entry(
      close + 4.9,
      'systemd-logind',
      LOGIND_PID,
      `Session ${scene.sessionId} logged out. Waiting for processes to exit.`,
      'logind',
    ),
    entry(close + 7.3, 'systemd-logind', LOGIND_PID, `Removed session ${scene.sessionId}.`, 'logind'),
  )
  return entries
}

function entry(time: number, program: string, pid: number, message: string, unit: Entry['unit']): Entry {
  return { time: micro(time), program, pid, message, unit }
}

type SudoAction = Extract<Action, { kind: 'sudo' }>
type UseraddAction = Extract<Action, { kind: 'useradd' }>

function renderAction(
  action: Action,
  scene: Connection,
  time: number,
  pid: number,
  stage: Stage,
  random: Random,
): Entry[] {
  return action.kind === 'sudo'
    ? renderSudo(action, scene, time, pid, stage, random)
    : renderUseradd(action, scene, time, pid, stage)
}

function renderSudo(
  action: SudoAction,
  scene: Connection,
  time: number,
  pid: number,
  stage: Stage,
  random: Random,
): Entry[] {
  const { user } = scene
  if (action.mistyped === 0) return asRoot(action.command, action.took, [], scene, time, pid, stage)
  const uid = stage.host.uidOf(user)
  const sudo = sudoLine(pid, stage)
  const refused = sudo(
    time,
    `pam_unix(sudo:auth): authentication failure; logname=${user} uid=${uid} euid=0 tty=/dev/pts/0 ruser=${user} rhost=  user=${user}`,
  )
  const later = time + between(random, 3, 9) * SECOND
  // After three wrong passwords sudo gives up; it says so instead of running anything.
  if (action.mistyped >= 3)
    return [
      refused,
      sudo(later, `${user.padStart(8)} : 3 incorrect password attempts ; ${whereOf(user, action.command)}`),
    ]
  return [refused, ...asRoot(action.command, action.took, [], scene, later, pid, stage)]
}

function sudoLine(pid: number, { dialect }: Stage): (time: number, message: string) => Entry {
  return (time, message) => entry(time, 'sudo', dialect.sudoPid ? pid : 0, message, 'session')
}

function whereOf(user: string, command: string): string {
  return `TTY=pts/0 ; PWD=${user === 'root' ? '/root' : `/home/${user}`} ; USER=root ; COMMAND=${command}`
}

/** A command run by sudo, around the lines that the command itself writes. Root needs no sudo. */
function asRoot(
  command: string,
  took: number,
  inner: Entry[],
  scene: Connection,
  time: number,
  pid: number,
  stage: Stage,
): Entry[] {
  const { user } = scene
  if (user === 'root') return inner
  const sudo = sudoLine(pid, stage)
  return [
    sudo(time, `${user.padStart(8)} : ${whereOf(user, command)}`),
    sudo(
      time + 1.2,
      `pam_unix(sudo:session): session opened for user root(uid=0) by ${user}(uid=${stage.host.uidOf(user)})`,
    ),
    ...inner,
    sudo(time + took, 'pam_unix(sudo:session): session closed for user root'),
  ]
}

/** A new account with a password and the right to everything. */
function renderUseradd(
  { name, id }: UseraddAction,
  scene: Connection,
  time: number,
  pid: number,
  stage: Stage,
): Entry[] {
  const group = stage.dialect.adminGroup
  const password = time + 4200
  const rights = time + 9100
  return [
    ...asRoot(
      `/usr/sbin/useradd -m -s /bin/bash ${name}`,
      61,
      [
        entry(time + 22, 'useradd', pid + 1, `new group: name=${name}, GID=${id}`, 'session'),
        entry(
          time + 23,
          'useradd',
          pid + 1,
          `new user: name=${name}, UID=${id}, GID=${id}, home=/home/${name}, shell=/bin/bash, from=/dev/pts/0`,
          'session',
        ),
      ],
      scene,
      time,
      pid,
      stage,
    ),
    ...asRoot(
      '/usr/sbin/chpasswd',
      44,
      [
        entry(
          password + 31,
          'chpasswd',
          pid + 4,
          `pam_unix(chpasswd:chauthtok): password changed for ${name}`,
          'session',
        ),
      ],
      scene,
      password,
      pid + 3,
      stage,
    ),
    ...asRoot(
      `/usr/sbin/usermod -aG ${group} ${name}`,
      37,
      [
        entry(rights + 18, 'usermod', pid + 7, `add '${name}' to group '${group}'`, 'session'),
        entry(rights + 18.4, 'usermod', pid + 7, `add '${name}' to shadow group '${group}'`, 'session'),
      ],
      scene,
      rights,
      pid + 6,
      stage,
    ),
  ]
}
