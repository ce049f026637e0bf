/** Cutting what is already connected: the kernel's table of flows, and the host's own sockets. */
import { PrefixSet, parseAddress } from '../../core/ip.ts'
import type { CommandResult, RunCommand } from './run-command.ts'
import { formatTarget, type Target, targetOfPrefix } from './target.ts'

/** Beyond so many the tables are read once, instead of asked for each. */
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
  const covered = coverOf(targets)
  const found = new Map<string, Target>()
  for (const family of ['ipv4', 'ipv6']) {
    const result = await run('conntrack', ['-L', '-f', family], { limit: TABLE_LIMIT })
    if (!usable(result) || result.code !== 0) return undefined
    // The first src= is the side that opened the flow.
    for (const [, source] of result.stdout.matchAll(/^.*?\bsrc=(\S+).*$/gm)) keepCovered(source, covered, found)
  }
  return [...found.values()]
}

async function killSockets(run: RunCommand, targets: readonly Target[]): Promise<number | undefined> {
  const peers = targets.length <= FEW ? targets : await socketPeers(run, targets)
  if (peers === undefined) return undefined
  let killed = 0
  for (let from = 0; from < peers.length; from += FILTER) {
    const filter = peers
      .slice(from, from + FILTER)
      .map(target => (target.v4 ? `dst ${formatTarget(target)}` : `dst [${formatTarget(target)}]`))
      .join(' or ')
    const result = await run('ss', ['--kill', '--no-header', '--numeric', '--tcp', filter])
    if (!usable(result) || result.code !== 0) return undefined
    killed += result.stdout.split('\n').filter(line => line.trim() !== '').length
  }
  return killed
}

/** The peers of this host's own sockets that the targets cover. */
async function socketPeers(run: RunCommand, targets: readonly Target[]): Promise<Target[] | undefined> {
  const result = await run('ss', ['--no-header', '--numeric', '--tcp'], { limit: TABLE_LIMIT })
  if (!usable(result) || result.code !== 0) return undefined
  const covered = coverOf(targets)
  const found = new Map<string, Target>()
  for (const line of result.stdout.split('\n')) {
    // State, two queues, the own address and the peer's, each with its port.
    const peer = line.trim().split(/\s+/)[4]
    if (peer !== undefined) keepCovered(peer.replace(/:[^:]*$/, ''), covered, found)
  }
  return [...found.values()]
}

function coverOf(targets: readonly Target[]): PrefixSet {
  const set = new PrefixSet()
  for (const { address, v4, bits } of targets) {
    const words = parseAddress(address)
    if (words !== undefined) set.add({ words, length: (v4 ? 96 : 0) + bits })
  }
  return set
}

function keepCovered(text: string, covered: PrefixSet, found: Map<string, Target>): void {
  const words = parseAddress(text)
  if (words === undefined || !covered.has(words)) return
  const target = targetOfPrefix({ words, length: 128 })
  found.set(formatTarget(target), target)
}
