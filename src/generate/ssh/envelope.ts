/** The formats a system log is written in: how a line's time, host and program stand around its message. */
import { createRandom } from '../../core/random.ts'
import { hexText } from '../draw.ts'
import type { Entry } from './scene.ts'

export type WriteEntry = (entry: Entry) => string

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (value: number): string => String(value).padStart(2, '0')

function tag({ program, pid }: Entry): string {
  return pid === 0 ? `${program}:` : `${program}[${pid}]:`
}

/** `Feb  3 04:05:06 host sshd[1]: ...`: no year, no zone, the day padded with a space. */
export function writeClassic(host: string): WriteEntry {
  return entry => {
    const date = new Date(entry.time)
    const stamp = `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
    return `${stamp} ${host} ${tag(entry)} ${entry.message}`
  }
}

/** `2026-02-21T03:37:31.183361+00:00`. */
function stampMicros(time: number): string {
  const whole = Math.floor(time)
  return `${new Date(whole).toISOString().slice(0, 23)}${String(Math.round((time - whole) * 1000) % 1000).padStart(3, '0')}+00:00`
}

/** rsyslog's own default since Debian 12 and Ubuntu 24.04. */
export function writeRfc3339(host: string): WriteEntry {
  return entry => `${stampMicros(entry.time)} ${host} ${tag(entry)} ${entry.message}`
}

/** RFC 5424; priority 86 is authpriv.info, 38 auth.info. */
export function writeRfc5424(host: string): WriteEntry {
  return entry => {
    const priority = entry.program === 'systemd-logind' ? 38 : 86
    return `<${priority}>1 ${stampMicros(entry.time)} ${host} ${entry.program} ${entry.pid === 0 ? '-' : entry.pid} - - ${entry.message}`
  }
}

interface Unit {
  readonly comm: string
  readonly exe: string
  readonly unit: string
  readonly facility: string
}

const UNITS: Record<Exclude<Entry['unit'], 'session'>, Unit> = {
  ssh: { comm: 'sshd', exe: '/usr/sbin/sshd', unit: 'ssh.service', facility: '10' },
  cron: { comm: 'cron', exe: '/usr/sbin/cron', unit: 'cron.service', facility: '10' },
  logind: {
    comm: 'systemd-logind',
    exe: '/usr/lib/systemd/systemd-logind',
    unit: 'systemd-logind.service',
    facility: '4',
  },
  'user-manager': {
    comm: '(systemd)',
    exe: '/usr/lib/systemd/systemd-executor',
    unit: 'user@1000.service',
    facility: '10',
  },
}

/** `journalctl -o json`: every value is a string, and what starts with `_` is the kernel's word. */
export function writeJournal(host: string, seed: number, boot: number): WriteEntry {
  const random = createRandom(seed, 'journal')
  const bootId = hexText(random, 32)
  const machineId = hexText(random, 32)
  const sequenceId = hexText(random, 32)
  let sequence = 0x1c40
  return entry => {
    const micros = Math.round(entry.time * 1000)
    const mono = Math.max(0, micros - boot * 1000)
    const { comm, exe, unit, facility } =
      entry.unit === 'session'
        ? { comm: entry.program, exe: `/usr/bin/${entry.program}`, unit: 'session-1.scope', facility: '10' }
        : UNITS[entry.unit]
    sequence++
    return JSON.stringify({
      __CURSOR: `s=${sequenceId};i=${sequence.toString(16)};b=${bootId};m=${mono.toString(16)};t=${micros.toString(16)};x=${(micros % 0xffff_ffff).toString(16)}`,
      __REALTIME_TIMESTAMP: String(micros),
      __MONOTONIC_TIMESTAMP: String(mono),
      _BOOT_ID: bootId,
      _MACHINE_ID: machineId,
      _HOSTNAME: host,
      _TRANSPORT: 'syslog',
      PRIORITY: entry.message.startsWith('error:') ? '3' : entry.message.startsWith('fatal:') ? '2' : '6',
      SYSLOG_FACILITY: facility,
      SYSLOG_IDENTIFIER: entry.program,
      SYSLOG_PID: String(entry.pid),
      _PID: String(entry.pid),
      _UID: '0',
      _GID: '0',
      _COMM: comm,
      _EXE: exe,
      _SYSTEMD_UNIT: unit,
      MESSAGE: entry.message,
    })
  }
}
