/** What `doctor` looks at: what can be read, which parts are there, what is missing and how to get it. Changes nothing. */
import { accessSync, constants } from 'node:fs'
import { hasCode } from '../core/errors.ts'
import { builtInDatabase } from '../intel/geo.ts'
import { openChannels } from '../sinks/notify/open.ts'
import { RESPONDERS } from '../sinks/responders/index.ts'
import { type RunCommand, runCommand } from '../sinks/responders/run-command.ts'
import { hostLogs } from '../sources/host-logs.ts'
import { LOG_GROUPS_HINT, pathProblem } from '../sources/problems.ts'
import { type Check, problemCheck, stateChecks } from './doctor-state.ts'
import { openServices } from './services.ts'
import { type Config, type Invocation, loadConfigInForce } from './setup.ts'

export type { Check } from './doctor-state.ts'

export interface DoctorOptions extends Invocation {
  /** --config. */
  path: string | undefined
  /** The state folder; undefined for a user without a home. */
  folder: string | undefined
  now: () => number
  uid: number | undefined
}

/** Versions of Node.js below this lack what the program is built on. */
const LEAST_NODE = 24

/** Looks at everything; each check stands for itself, so that one that fails hides no other. */
export async function examine(options: DoctorOptions, run: RunCommand = runCommand): Promise<Check[]> {
  const { checks, config } = configChecks(options)
  return [
    nodeCheck(process.versions.node),
    ...checks,
    ...stateChecks(options),
    ...(await logChecks(config, options)),
    ...(await firewallChecks(config, run)),
    databaseCheck(config),
    ...channelChecks(config),
    ...(await systemChecks(run)),
  ]
}

function nodeCheck(version: string): Check {
  const text = `Node.js ${version}`
  return Number(version.split('.')[0]) >= LEAST_NODE
    ? { id: 'node', state: 'ok', text }
    : { id: 'node', state: 'broken', text, hint: `install Node.js ${LEAST_NODE} or newer: https://nodejs.org/` }
}

/** Without a config that holds, the rest is looked at as the defaults would have it. */
function configChecks({ path, cwd, environment }: DoctorOptions): { checks: Check[]; config: Config | undefined } {
  try {
    const { config, files } = loadConfigInForce(path, { cwd, environment })
    const text = files.length === 0 ? 'no config file: the defaults hold' : `${files.join(', ')}: valid`
    const checks: Check[] = [{ id: 'config', state: 'ok', text }]
    try {
      openServices(config, [], {})
    } catch (error) {
      checks.push(problemCheck('config', error))
    }
    return { checks, config }
  } catch (error) {
    return { checks: [problemCheck('config', error)], config: undefined }
  }
}

async function logChecks(config: Config | undefined, { environment }: DoctorOptions): Promise<Check[]> {
  const named = config?.watch.paths ?? []
  if (named.length > 0) return named.map(namedLogCheck)
  const own = await hostLogs('/', environment.PATH ?? '')
  const readable = [...own.system, ...own.web].map(
    (path): Check => ({ id: 'log', state: 'ok', text: `${path}: can be read` }),
  )
  const denied = own.problems.map(problem => problemCheck('log', problem))
  const journal: Check =
    own.journal !== undefined
      ? { id: 'journal', state: 'ok', text: `the systemd journal in ${own.journal} can be read` }
      : {
          id: 'journal',
          state: 'missing',
          text: 'no systemd journal that can be read',
          hint: own.problems.length > 0 ? LOG_GROUPS_HINT : 'none is needed where the log files can be read',
        }
  if (readable.length + denied.length > 0 || own.journal !== undefined) return [...readable, ...denied, journal]
  const text = 'this host has no log in the usual places'
  return [
    { id: 'log', state: 'broken', text, hint: 'name them in the config: [watch] paths = ["/path/to/log"]' },
    journal,
  ]
}

/** A glob is looked at while watching: today's match says nothing of tomorrow's. */
function namedLogCheck(path: string): Check {
  if (/[*?[{]/.test(path)) return { id: 'log', state: 'ok', text: `${path}: followed as files match` }
  try {
    accessSync(path, constants.R_OK)
    return { id: 'log', state: 'ok', text: `${path}: can be read` }
  } catch (cause) {
    return problemCheck('log', pathProblem(path, cause), hasCode(cause, 'ENOENT') ? 'missing' : 'broken')
  }
}

async function firewallChecks(config: Config | undefined, run: RunCommand): Promise<Check[]> {
  const wanted = config?.response.backend ?? 'auto'
  const needed = config?.response.mode === 'enforce'
  const checks: Check[] = []
  for (const { id, real, open } of RESPONDERS) {
    if (!real || (wanted !== 'auto' && wanted !== id)) continue
    const found = await open(run, Date.now).probe()
    checks.push(
      found.ok
        ? { id: 'firewall', state: 'ok', text: `${id}: usable (${found.version})` }
        : { id: 'firewall', state: 'missing', text: `${id}: ${found.reason}`, hint: found.hint },
    )
  }
  // One is enough.
  const usable = checks.some(({ state }) => state === 'ok')
  if (!usable && needed) for (const check of checks) check.state = 'broken'
  const shown = usable ? checks.filter(({ state }) => state === 'ok') : checks
  return [...shown, ...(usable ? await toolChecks(run) : [])]
}

async function toolChecks(run: RunCommand): Promise<Check[]> {
  const tools = [
    {
      program: 'conntrack',
      does: 'ends connections of who is blocked',
      hint: 'apt install conntrack, or dnf install conntrack-tools',
    },
    { program: 'ss', does: 'ends sockets of who is blocked', hint: 'apt install iproute2, or dnf install iproute' },
  ]
  const found = await Promise.all(tools.map(async ({ program }) => await run(program, ['--version'])))
  return tools.map(({ program, does, hint }, i) =>
    found[i].failure === 'missing'
      ? { id: 'tool', state: 'missing', text: `${program}, which ${does}, is not installed`, hint }
      : { id: 'tool', state: 'ok', text: `${program} is there` },
  )
}

function databaseCheck(config: Config | undefined): Check {
  const { country, city, asn } = config?.geoip ?? {}
  const named = [country, city, asn].filter(path => path !== undefined)
  const builtIn = builtInDatabase()
  if (named.length > 0) return { id: 'geoip', state: 'ok', text: `places and networks from ${named.join(', ')}` }
  if (builtIn !== undefined) return { id: 'geoip', state: 'ok', text: 'countries from the built-in database' }
  const hint = 'name an MMDB file in the config: [geoip] country = "/path/to/file.mmdb"'
  return { id: 'geoip', state: 'missing', text: 'no database of countries', hint }
}

function channelChecks(config: Config | undefined): Check[] {
  if (config === undefined) return []
  try {
    const channels = openChannels(config.notify)
    if (channels.length > 0) {
      return channels.map(({ id }) => ({
        id: 'notify',
        state: 'ok',
        text: `${id}: configured (--online asks its service)`,
      }))
    }
  } catch (error) {
    return [problemCheck('notify', error)]
  }
  const text = 'no channel is switched on: nobody is told of findings'
  return [
    {
      id: 'notify',
      state: 'missing',
      text,
      hint: 'enabled = true in a table such as [notify.email]; then vpsguard notify test',
    },
  ]
}

async function systemChecks(run: RunCommand): Promise<Check[]> {
  const [enabled, clock] = await Promise.all([
    run('systemctl', ['is-enabled', 'vpsguard.service']),
    run('timedatectl', ['show', '--property=NTPSynchronized', '--value']),
  ])
  const checks: Check[] = []
  if (enabled.failure !== 'missing') {
    const state = enabled.stdout.trim()
    checks.push(
      state === 'enabled'
        ? { id: 'service', state: 'ok', text: 'the systemd unit is enabled' }
        : {
            id: 'service',
            state: 'missing',
            text: `the systemd unit is ${/^[a-z-]+$/.test(state) ? state : 'not there'}: watching does not begin with the host`,
            hint: 'systemctl enable --now vpsguard',
          },
    )
  }
  if (clock.code === 0) {
    checks.push(
      clock.stdout.trim() === 'yes'
        ? { id: 'clock', state: 'ok', text: 'the clock is synchronized' }
        : {
            id: 'clock',
            state: 'missing',
            text: 'the clock is not synchronized: times of logs may be wrong',
            hint: 'timedatectl set-ntp true',
          },
    )
  }
  return checks
}
