/** Cutting what is already connected: the kernel's table of flows, and the host's own sockets. */
import { PrefixSet, parseAddress } from '../../core/ip.ts'
import type { CommandResult, RunCommand } from './run-command.ts'
import { formatTarget, type Target } from './target.ts'

/** From so many on, the table is read once instead of asked for each. */
const FEW = 16
/** Prefixes of one ss filter. */
const FILTER = 100
const TABLE_LIMIT = 64 << 20

const usable = (result: CommandResult): boolean => result.failure === undefined

/**
 * Drops flows and closes sockets of these prefixes; since the firewall drops every packet of theirs, this only frees
 * what would otherwise wait for its time-out. Needs conntrack(8) for flows (a forwarded port's too) and ss(8) for sockets.
 * @returns how many, by whichever of the two saw more; undefined where neither could.
 */
export async function cutConnections(run: RunCommand, targets: readonly Target[]): Promise<number | undefined> {
  if (targets.length === 0) return 0
  const flows = await cutFlows(run, targets)
  const sockets = await killSockets(run, targets)
  return flows === undefined ? sockets : Math.max(flows, sockets ?? 0)
}

async function cutFlows(run: RunCommand, targets: readonly Target[]): Promise<number | undefined> {
  const sources = targets.length <= FEW ? targets : await flowSources(run, targets)
  if (sources === undefined) return undefined
  let cut = 0
  for (const target of sources) {
    const result = await run('conntrack', ['-D', '-f', target.v4 ? 'ipv4' : 'ipv6', '-s', formatTarget(target)])
    if (!usable(result)) return undefined
    // "conntrack v1.4.7 (conntrack-tools): 2 flow entries have been deleted."; status 1 where there was none.
    const match = /(\d+) flow entries have been deleted/.exec(result.stderr)
    if (match === null) return undefined
    cut += Number(match[1])
  }
  return cut
}

/** The single sources of flows that the targets cover. */
async function flowSources(run: RunCommand, targets: readonly Target[]): Promise<Target[] | undefined> {
  const found = new Map<string, Target>()
  for (const v4 of [true, false]) {
    const wanted = new PrefixSet()
    for (const target of targets) {
      const words = target.v4 === v4 ? parseAddress(target.address) : undefined
      if (words !== undefined) wanted.add({ words, length: (v4 ? 96 : 0) + target.bits })
    }
    if (wanted.size === 0) continue
    const result = await run('conntrack', ['-L', '-f', v4 ? 'ipv4' : 'ipv6'], { limit: TABLE_LIMIT })
    if (!usable(result) || result.code !== 0) return undefined
    for (const line of result.stdout.split('\n')) {
      // The first src= is the side that opened the flow.
      const source = /\bsrc=(\S+)/.exec(line)?.[1]
      const words = source === undefined ? undefined : parseAddress(source)
      if (source !== undefined && words !== undefined && wanted.has(words)) {
        found.set(source, { address: source, v4, bits: v4 ? 32 : 128 })
      }
    }
  }
  return [...found.values()]
}

async function killSockets(run: RunCommand, targets: readonly Target[]): Promise<number | undefined> {
  let killed = 0
  for (let from = 0; from < targets.length; from += FILTER) {
    const filter = targets
      .slice(from, from + FILTER)
      .map(target => (target.v4 ? `dst ${formatTarget(target)}` : `dst [${formatTarget(target)}]`))
      .join(' or ')
    const result = await run('ss', ['--kill', '--no-header', '--numeric', '--tcp', filter])
    if (!usable(result) || result.code !== 0) return undefined
    killed += result.stdout.split('\n').filter(line => line.trim() !== '').length
  }
  return killed
}
