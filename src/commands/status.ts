/** `vpsguard status` and `vpsguard reload`: the daemon from outside. */
import { isDaemonAlive } from '../app/blocks.ts'
import { openServices } from '../app/services.ts'
import { loadConfigInForce } from '../app/setup.ts'
import { daemonPid, readStatus, type Status } from '../app/status.ts'
import { EXIT, hasCode, Problem } from '../core/errors.ts'
import { SEVERITIES } from '../core/finding.ts'
import { escapeTerminal } from '../core/text.ts'
import { formatSpan, MINUTE } from '../core/time.ts'
import { openChannels } from '../sinks/notify/open.ts'
import type { Page } from '../sinks/reports/terminal/finding.ts'
import { field } from '../sinks/reports/terminal/layout.ts'
import { formatNumber, plural } from '../sinks/reports/words.ts'
import { modeSentence } from './blocks.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { writeStream } from './output.ts'
import { folderInForce, type JsonFlag, localTime, openPage, stampOf, writeJson } from './remembered.ts'

export interface StatusFlags extends CommonFlags, JsonFlag {
  check?: boolean
}

/** A daemon gives a sign of life every second; one that has not for so long hangs. */
const SILENT = 2 * MINUTE

/**
 * What the daemon said of itself last; trouble with the store is told, not thrown. With --check the answer is
 * EXIT.findings where it does not run or gives no sign of life.
 * @throws Problem (exit 5) where this user may not look into its folder
 */
export async function statusCommand(flags: StatusFlags, env: CommandEnvironment): Promise<number> {
  const now = env.now()
  const status = readStatus(folderInForce(env), env.now)
  const hangs = status.running && status.lastSign !== undefined && now - status.lastSign > SILENT
  if (hangs) status.trouble.unshift(`no sign of life for ${formatSpan(now - (status.lastSign ?? now))}`)
  if (flags.json === true) await writeJson(env, statusJson(status))
  else await writeStream(env.stdout, tell(status, now, openPage(env, flags)), env.signal)
  return flags.check === true && (!status.running || hangs) ? EXIT.findings : EXIT.ok
}

function* tell(status: Status, now: number, page: Page): Iterable<string> {
  const { running, pid, started, lastSign, lastCheckpoint, logs, mode, blocks, findings, trouble } = status
  const { ink, width } = page
  const ago = (time: number): string => `${formatSpan(now - time)} ago`
  const since = started === undefined ? '' : ` since ${localTime(page, started)}`
  yield running
    ? `${ink.strong(`vpsguard is running${since}`)}${pid === undefined ? '' : ` (process ${pid})`}\n`
    : `${ink.strong('vpsguard is not running')}${lastSign === undefined ? '' : `: last sign of life ${localTime(page, lastSign)}`}\n`
  const line = (label: string, texts: readonly string[]): Iterable<string> =>
    field(label, texts.map(escapeTerminal), width, ink)
  if (!running) yield* line('next', ['systemctl start vpsguard, or vpsguard watch in a terminal'])
  if (logs.length > 0) yield* line('logs', logs)
  if (status.learning === true) yield* line('learning', ['still reading what the logs held at the first start'])
  else if (status.caughtUp === false) yield* line('reading', ['behind the logs'])
  if (status.events !== undefined) yield* line('events', [plural(status.events, 'event')])
  if (mode !== undefined) yield* line('mode', [modeSentence(mode, now)])
  if (status.backend !== undefined && running)
    yield* line('firewall', [status.backend === 'dry' ? 'none in use' : status.backend])
  if (blocks !== undefined)
    yield* line('blocks', [
      `${formatNumber(blocks.active)} active, ${formatNumber(blocks.observed)} on record as what would be blocked`,
    ])
  if (findings !== undefined) {
    const counts = SEVERITIES.filter(severity => findings[severity] > 0).map(
      severity => `${formatNumber(findings[severity])} ${severity}`,
    )
    yield* line('last day', [
      counts.length === 0 ? 'no finding' : `${counts.join(', ')}: vpsguard findings list --since -24h`,
    ])
  }
  if (lastCheckpoint !== undefined) yield* line('saved', [ago(lastCheckpoint)])
  if (status.maintenanceUntil !== undefined)
    yield* line('quiet', [`maintenance until ${localTime(page, status.maintenanceUntil)}: nobody is told`])
  yield* line('state', [status.folder])
  for (const text of trouble) yield* line('trouble', [text])
}

function statusJson(status: Status) {
  const moment = (time: number | undefined) => stampOf(time ?? null)
  return {
    running: status.running,
    pid: status.pid ?? null,
    started: moment(status.started),
    last_sign: moment(status.lastSign),
    last_checkpoint: moment(status.lastCheckpoint),
    folder: status.folder,
    mode: status.mode?.mode ?? null,
    confirm_by: moment(status.mode?.confirmBy ?? undefined),
    backend: status.backend ?? null,
    logs: status.logs,
    events: status.events ?? null,
    caught_up: status.caughtUp ?? null,
    learning: status.learning ?? null,
    blocks: status.blocks ?? null,
    findings_last_day: status.findings ?? null,
    maintenance_until: moment(status.maintenanceUntil),
    trouble: status.trouble,
  }
}

/** Checks the config here first, so that the person sees what is wrong with it; the daemon checks it again. */
export async function reloadCommand(flags: StatusFlags, env: CommandEnvironment): Promise<number> {
  const { config, files } = loadConfigInForce(flags.config, env)
  openServices(config, [], {})
  openChannels(config.notify)
  const folder = folderInForce(env)
  const pid = isDaemonAlive(folder) ? daemonPid(folder) : undefined
  if (pid === undefined) {
    throw new Problem(EXIT.input, 'no daemon is running that could read its config again', {
      where: folder,
      hint: 'vpsguard watch starts one; vpsguard status says more',
    })
  }
  try {
    process.kill(pid, 'SIGHUP')
  } catch (cause) {
    if (!hasCode(cause, 'EPERM', 'ESRCH')) throw cause
    throw new Problem(
      hasCode(cause, 'EPERM') ? EXIT.permission : EXIT.input,
      hasCode(cause, 'EPERM') ? `process ${pid} is somebody else's` : `process ${pid} has just ended`,
      { hint: hasCode(cause, 'EPERM') ? 'run it as the user that the daemon runs as' : 'vpsguard status', cause },
    )
  }
  if (flags.json === true) await writeJson(env, { pid, files })
  else {
    const from = files.length === 0 ? 'the defaults' : files.join(', ')
    env.stdout.write(`${escapeTerminal(`The config is valid (${from}), and process ${pid} was told to read it.`)}\n`)
  }
  return EXIT.ok
}
