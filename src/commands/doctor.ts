/** `vpsguard doctor`. */
import { type Check, examine } from '../app/doctor.ts'
import { loadConfigInForce } from '../app/setup.ts'
import { stateFolder } from '../app/state-folder.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { escapeTerminal, wrap } from '../core/text.ts'
import { parsePolicy } from '../sinks/notify/config.ts'
import { probeChannels } from '../sinks/notify/occasions.ts'
import { openChannels } from '../sinks/notify/open.ts'
import type { Page } from '../sinks/reports/terminal/finding.ts'
import { plural } from '../sinks/reports/words.ts'
import { type CommandEnvironment, type CommonFlags, whose } from './command.ts'
import { writeStream } from './output.ts'
import { type JsonFlag, openPage, writeJson } from './remembered.ts'

export interface DoctorFlags extends CommonFlags, JsonFlag {
  online?: boolean
}

const MARKS = { ok: 'ok     ', missing: 'missing', broken: 'BROKEN ' } as const

/** Exit 1 where something that should work does not. */
export async function doctorCommand(flags: DoctorFlags, env: CommandEnvironment): Promise<number> {
  const { uid } = whose(env)
  const checks = await examine({
    path: flags.config,
    cwd: env.cwd,
    environment: env.environment,
    folder: stateFolder(whose(env)),
    now: env.now,
    uid,
  })
  if (flags.online === true) checks.push(...(await channelsOnline(flags, env)))
  const broken = checks.filter(({ state }) => state === 'broken').length
  if (flags.json === true) await writeJson(env, { healthy: broken === 0, checks })
  else await writeStream(env.stdout, tell(checks, openPage(env, flags)), env.signal)
  return broken > 0 ? EXIT.findings : EXIT.ok
}

function* tell(checks: readonly Check[], page: Page): Iterable<string> {
  const { ink, width } = page
  const indent = ' '.repeat(9)
  for (const { state, text, hint } of checks) {
    const mark =
      state === 'ok'
        ? ink.quiet(MARKS.ok)
        : state === 'missing'
          ? ink.warn(MARKS.missing)
          : ink.severity.high(MARKS.broken)
    const [first, ...more] = text.split('\n').flatMap(line => wrap(escapeTerminal(line), width - indent.length))
    yield `${mark}  ${first}\n`
    for (const line of more) yield `${indent}${line}\n`
    if (hint === undefined) continue
    for (const line of wrap(escapeTerminal(`try: ${hint}`), width - indent.length))
      yield `${indent}${ink.quiet(line)}\n`
  }
  const count = (state: Check['state']): number => checks.filter(check => check.state === state).length
  const [missing, broken] = [count('missing'), count('broken')]
  yield broken === 0 && missing === 0
    ? '\nAll is well.\n'
    : `\n${plural(broken, 'thing')} broken, ${plural(missing, 'thing')} missing that may be wanted.\n`
}

/** Whether the channels can be reached, as far as their services tell without a message. */
async function channelsOnline(flags: DoctorFlags, env: CommandEnvironment): Promise<Check[]> {
  try {
    const { config } = loadConfigInForce(flags.config, env)
    const results = await probeChannels(openChannels(config.notify), {
      policy: parsePolicy(config.notify),
      now: env.now,
      signal: env.signal,
    })
    return results.map(
      ({ channel, found }): Check =>
        found.ok
          ? { id: 'notify', state: 'ok', text: `${channel}: ${found.text}` }
          : { id: 'notify', state: 'broken', text: `${channel}: ${found.error}`, hint: `see [notify.${channel}]` },
    )
  } catch (error) {
    // What is wrong with the config was told above.
    if (error instanceof Problem) return []
    throw error
  }
}
