/** `vpsguard maintenance start | status | end` and `vpsguard notify test`: whom the program tells, and when not. */
import { hostname } from 'node:os'
import { loadConfigInForce } from '../app/setup.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { escapeTerminal } from '../core/text.ts'
import { formatSpan, MINUTE } from '../core/time.ts'
import { nearest } from '../kit/nearest.ts'
import { NOTIFIERS } from '../sinks/notifiers/index.ts'
import { parsePolicy } from '../sinks/notify/config.ts'
import { testChannels } from '../sinks/notify/occasions.ts'
import { openChannels } from '../sinks/notify/open.ts'
import type { MaintenanceWindow } from '../store/index.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { numberFlag } from './flags.ts'
import { writeStream } from './output.ts'
import { type JsonFlag, localTime, openPage, reading, stampOf, writeJson, writing } from './remembered.ts'

export interface MaintenanceFlags extends CommonFlags, JsonFlag {
  minutes?: string
  reason?: string
}

export interface NotifyFlags extends CommonFlags, JsonFlag {
  channel?: string[]
}

const MINUTES = 60
const MOST_MINUTES = 7 * 24 * 60

/**
 * Begins a window (--minutes), tells those that are on, or ends them all. While one is on, messages below `high` are
 * held; findings are recorded and answered as always.
 * @throws Problem where the store cannot be read or written
 */
export async function maintenanceCommand(
  verb: 'start' | 'status' | 'end',
  flags: MaintenanceFlags,
  env: CommandEnvironment,
): Promise<number> {
  const page = openPage(env, flags)
  const now = env.now()
  const told = ({ end, reason, by }: MaintenanceWindow): string =>
    `Maintenance until ${localTime(page, end)} (another ${formatSpan(end - now)}), by ${escapeTerminal(by)}: ${escapeTerminal(reason)}\n`
  const answer = async (windows: readonly MaintenanceWindow[], none: string): Promise<number> => {
    if (flags.json === true) await writeJson(env, { windows: windows.map(windowJson) })
    else await writeStream(env.stdout, windows.length === 0 ? [none] : windows.map(told), env.signal)
    return EXIT.ok
  }
  if (verb === 'status') {
    return await reading(env, store => answer(store.maintenance.at(now), 'No maintenance is on: findings are told.\n'))
  }
  if (verb === 'start') {
    const minutes = numberFlag('--minutes', flags.minutes, 1, MOST_MINUTES) ?? MINUTES
    const { SUDO_USER, USER } = env.environment
    return await writing(env, flags, async store => {
      const uid = process.getuid?.()
      const by = SUDO_USER ?? USER ?? (uid === 0 ? 'root' : `user ${uid ?? ''}`.trim())
      store.maintenance.add({ start: now, end: now + minutes * MINUTE, reason: flags.reason ?? 'no reason given', by })
      const code = await answer(store.maintenance.at(now), '')
      if (flags.json !== true && flags.quiet !== true)
        env.stderr.write(
          'Findings are recorded and answered as always; what people would be told is held until then.\n',
        )
      return code
    })
  }
  await reading(env, () => undefined)
  return await writing(env, flags, async store => {
    const windows = store.maintenance.at(now)
    for (const { id } of windows) store.maintenance.end(id, now)
    if (flags.json === true) await writeJson(env, { ended: windows.map(windowJson) })
    else
      env.stdout.write(
        windows.length === 0 ? 'No maintenance was on.\n' : 'The maintenance is over: what was held is told.\n',
      )
    return EXIT.ok
  })
}

const windowJson = ({ start, end, ...rest }: MaintenanceWindow) => ({
  ...rest,
  start: stampOf(start),
  end: stampOf(end),
})

/** Exit 1 where a channel did not take the message. */
export async function notifyTestCommand(flags: NotifyFlags, env: CommandEnvironment): Promise<number> {
  const { config } = loadConfigInForce(flags.config, env)
  const channels = openChannels(config.notify)
  for (const wanted of flags.channel ?? [])
    refuseUnknown(
      wanted,
      channels.map(({ id }) => id),
    )
  const chosen = flags.channel === undefined ? channels : channels.filter(({ id }) => flags.channel?.includes(id))
  if (chosen.length === 0) {
    throw new Problem(EXIT.config, 'no channel is switched on: nobody would be told', {
      hint: `enabled = true in one of ${NOTIFIERS.map(({ id }) => `[notify.${id}]`).join(', ')}`,
    })
  }
  const policy = parsePolicy(config.notify)
  const results = await testChannels(chosen, {
    policy,
    host: policy.host_name ?? hostname(),
    now: env.now,
    signal: env.signal,
  })
  if (flags.json === true)
    await writeJson(env, { channels: results.map(({ channel, delivery }) => ({ channel, ...delivery })) })
  else {
    const lines = results.map(({ channel, delivery }) =>
      delivery.ok ? `${channel}: sent` : `${channel}: failed: ${delivery.error}`,
    )
    await writeStream(
      env.stdout,
      lines.map(line => `${escapeTerminal(line)}\n`),
      env.signal,
    )
  }
  return results.every(({ delivery }) => delivery.ok) ? EXIT.ok : EXIT.findings
}

function refuseUnknown(wanted: string, enabled: readonly string[]): void {
  if (enabled.includes(wanted)) return
  const exists = NOTIFIERS.some(({ id }) => id === wanted)
  const close = nearest(
    wanted,
    NOTIFIERS.map(({ id }) => id),
  )
  throw new Problem(
    EXIT.usage,
    exists ? `the channel ${wanted} is not switched on` : `--channel ${wanted}: no such channel`,
    {
      expected: enabled.length === 0 ? 'a channel that is switched on; none is' : enabled.join(', '),
      ...(exists
        ? { hint: `enabled = true in [notify.${wanted}]` }
        : close === undefined
          ? {}
          : { hint: `--channel ${close}` }),
    },
  )
}
