/**
 * nftables: a table of our own that nothing else writes to.
 *
 * One hash set for each prefix length, matched by the masked source address. Against one interval set this has no
 * overlaps to refuse or merge (a /24 beside its own addresses, each with its own time), and it is as quick for 100,000
 * entries as for one. The chain stands in prerouting before connection tracking (-200) and destination NAT (-100), so
 * that ports published by containers are covered and established connections are no exception (nft(8), Netfilter hooks).
 */
import { EXIT, Problem } from '../../core/errors.ts'
import type { Availability, FirewallChange, FirewallEntry, Responder } from '../../kit/define-responder.ts'
import { cutConnections } from './connections.ts'
import { elementsOf, setsOf, type TableSet } from './nft-json.ts'
import { type CommandResult, complaint, type RunCommand, wasDenied } from './run-command.ts'
import { formatTarget, maskText, type Target, targetOf } from './target.ts'

/** Not the table of the commands that reports recommend: those are the owner's. */
const TABLE = 'inet vpsguard_blocks'
const CHAIN = `${TABLE} prerouting`
const SKELETON = [
  `add table ${TABLE}`,
  `add chain ${CHAIN} { type filter hook prerouting priority -310; policy accept; }`,
]
/** Elements named in one command line: nft's memory grows with the line. */
const LINE = 5000
/** 100,000 entries are some 11 MB of JSON. */
const LIST_LIMIT = 256 << 20

const HINT = 'Install nftables (apt install nftables) and run as root, or with CAP_NET_ADMIN.'

const setName = ({ v4, bits }: TableSet): string => `${v4 ? 'v4' : 'v6'}_${bits}`

/** A rule for each set; the most specific lengths first, since they are the most used. */
function ruleOf(set: TableSet): string {
  const field = set.v4 ? 'ip saddr' : 'ip6 saddr'
  const whole = set.bits === (set.v4 ? 32 : 128)
  return `add rule ${CHAIN} ${field}${whole ? '' : ` & ${maskText(set.v4, set.bits)}`} @${setName(set)} drop`
}

const addSet = (set: TableSet): string =>
  `add set ${TABLE} ${setName(set)} { type ${set.v4 ? 'ipv4_addr' : 'ipv6_addr'}; flags timeout; counter; }`

/** Opens the responder; nothing is run before it is asked for something. */
export function openNftables(run: RunCommand): Responder {
  /** Whether our table was empty and nothing has been added since: then nothing is there to be renewed. */
  let fresh = false

  const nft = async (args: readonly string[], input?: string, limit?: number): Promise<CommandResult> =>
    await run('nft', args, { ...(input === undefined ? {} : { input }), ...(limit === undefined ? {} : { limit }) })

  const load = async (lines: readonly string[]): Promise<void> => {
    const result = await nft(['-f', '-'], `${lines.join('\n')}\n`)
    if (result.code !== 0) throw refused('the firewall did not take the change', result)
  }

  /** Our sets, without what is in them: listing a chain would read that too, and take seconds for 100,000 entries. */
  const look = async (): Promise<TableSet[]> => {
    const result = await nft(['-t', '-j', 'list', 'sets', 'inet'])
    if (result.code !== 0) throw refused('the firewall cannot be read', result)
    return setsOf(result.stdout, TABLE)
  }

  const rules = (sets: readonly TableSet[]): string[] => [
    `flush chain ${CHAIN}`,
    ...[...sets].sort((a, b) => Number(b.v4) - Number(a.v4) || b.bits - a.bits).map(ruleOf),
  ]

  return {
    id: 'nftables',
    title: 'nftables, in a table of its own',

    async probe(): Promise<Availability> {
      const version = await nft(['--version'])
      if (version.code !== 0) return { ok: false, reason: complaint('nft', version), hint: HINT }
      const check = await nft(['-c', '-f', '-'], [...SKELETON, addSet({ v4: true, bits: 32 }), ''].join('\n'))
      if (check.code !== 0) return { ok: false, reason: complaint('nft', check), hint: HINT }
      return { ok: true, version: version.stdout.trim().split('\n')[0].slice(0, 80) }
    },

    async prepare() {
      const sets = await look()
      fresh = sets.length === 0
      await load([...SKELETON, ...rules(sets)])
    },

    async apply({ add, remove }: FirewallChange) {
      const adds = byLength(add.map(entry => ({ target: targetOf(entry.prefix), seconds: entry.seconds })))
      const removes = byLength(remove.map(prefix => ({ target: targetOf(prefix), seconds: null })))
      if (adds.size + removes.size === 0) return
      const sets = new Map((await look()).map(set => [setName(set), set]))
      for (const { set } of [...removes.values(), ...adds.values()]) sets.set(setName(set), set)
      // The rules are few: with every change they are made anew, so that whoever lost one has it again.
      const lines = [...SKELETON, ...[...sets.values()].map(addSet), ...rules([...sets.values()])]
      // Deleting what is not there fails, and adding what is there keeps its old time: so each is added, deleted, added.
      for (const { set, items } of removes.values()) lines.push(...elements('add', set, items, false))
      for (const { set, items } of removes.values()) lines.push(...elements('delete', set, items, false))
      for (const { set, items } of adds.values()) {
        if (!fresh) lines.push(...elements('add', set, items, false), ...elements('delete', set, items, false))
        lines.push(...elements('add', set, items, true))
      }
      await load(lines)
      fresh = false
    },

    async list() {
      return [...(await read()).map(({ prefix, seconds }) => ({ prefix, seconds }))]
    },

    async cut(prefixes) {
      return await cutConnections(run, prefixes.map(targetOf))
    },

    async clear() {
      await load([`add table ${TABLE}`, `delete table ${TABLE}`])
      fresh = false
    },

    async counters() {
      return new Map((await read()).map(({ prefix, packets }) => [prefix, packets]))
    },
  }

  async function read(): Promise<(FirewallEntry & { packets: number })[]> {
    const result = await nft(['-j', 'list', 'table', ...TABLE.split(' ')], undefined, LIST_LIMIT)
    if (result.code !== 0 && isAbsent(result)) return []
    if (result.code !== 0 || result.truncated) throw refused('the firewall cannot be read', result)
    return elementsOf(result.stdout)
  }
}

interface Item {
  target: Target
  seconds: number | null
}

interface Group {
  set: TableSet
  items: Item[]
}

/** By set; of a prefix that is named twice, the last counts. */
function byLength(items: readonly Item[]): Map<string, Group> {
  const groups = new Map<string, Group>()
  for (const item of new Map(items.map(one => [formatTarget(one.target), one])).values()) {
    const { v4, bits } = item.target
    const key = setName({ v4, bits })
    let group = groups.get(key)
    if (group === undefined) {
      group = { set: { v4, bits }, items: [] }
      groups.set(key, group)
    }
    group.items.push(item)
  }
  return groups
}

function elements(verb: 'add' | 'delete', set: TableSet, items: readonly Item[], timed: boolean): string[] {
  const lines: string[] = []
  for (let from = 0; from < items.length; from += LINE) {
    const texts = items
      .slice(from, from + LINE)
      .map(({ target, seconds }) =>
        timed && seconds !== null ? `${target.address} timeout ${Math.max(1, Math.ceil(seconds))}s` : target.address,
      )
    lines.push(`${verb} element ${TABLE} ${setName(set)} { ${texts.join(', ')} }`)
  }
  return lines
}

const isAbsent = (result: CommandResult): boolean => /no such file or directory/i.test(result.stderr)

function refused(what: string, result: CommandResult): Problem {
  return new Problem(wasDenied(result) ? EXIT.permission : EXIT.config, `${what}: ${complaint('nft', result)}`, {
    where: `table ${TABLE}`,
    hint: HINT,
  })
}
