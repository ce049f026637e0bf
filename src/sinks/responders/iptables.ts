/**
 * iptables and ip6tables with ipset: for hosts without nft. One rule a family in the raw table's PREROUTING, which is
 * before connection tracking and destination NAT, looks into one hash:net set; the set holds every prefix length with
 * its own time (ipset(8)). A change is built in a second set and swapped in, so packets see all of it or nothing.
 */
import { EXIT, Problem } from '../../core/errors.ts'
import type { Availability, FirewallChange, FirewallEntry, Responder } from '../../kit/define-responder.ts'
import { cutConnections } from './connections.ts'
import { type CommandResult, complaint, type RunCommand, wasDenied } from './run-command.ts'
import { formatTarget, targetOf } from './target.ts'

/** The longest time that ipset counts, in seconds (its field holds milliseconds in 31 bits); a tick renews what lasts longer. */
export const IPSET_MAX_SECONDS = 2_147_483
const LIST_LIMIT = 256 << 20
const HINT = 'Install iptables and ipset (apt install iptables ipset) and run as root, or with CAP_NET_ADMIN.'

interface Family {
  v4: boolean
  set: string
  program: 'iptables' | 'ip6tables'
}

const FAMILIES: readonly Family[] = [
  { v4: true, set: 'vpsguard4', program: 'iptables' },
  { v4: false, set: 'vpsguard6', program: 'ip6tables' },
]

const next = (family: Family): string => `${family.set}_next`
const create = (name: string, { v4 }: Family): string =>
  `create ${name} hash:net family ${v4 ? 'inet' : 'inet6'} maxelem 1048576 timeout 0 counters`

const ruleOf = ({ set }: Family): string[] => ['-m', 'set', '--match-set', set, 'src', '-j', 'DROP']

interface Member extends FirewallEntry {
  packets: number
  bytes: number
}

/** Opens the responder; nothing is run before it is asked for something. */
export function openIptables(run: RunCommand): Responder {
  const ipset = async (...args: string[]): Promise<CommandResult> => await run('ipset', args, { limit: LIST_LIMIT })
  const tables = async ({ program }: Family, ...args: string[]): Promise<CommandResult> =>
    await run(program, ['-w', '5', '-t', 'raw', ...args])

  const restore = async (lines: readonly string[]): Promise<void> => {
    const result = await run('ipset', ['restore', '-exist'], { input: `${lines.join('\n')}\n` })
    if (result.code !== 0) throw refused('the firewall did not take the change', 'ipset', result)
  }

  const members = async (family: Family): Promise<Map<string, Member>> => {
    const result = await ipset('save', family.set)
    if (result.code !== 0 && isAbsent(result)) return new Map()
    if (result.code !== 0 || result.truncated) throw refused('the firewall cannot be read', 'ipset', result)
    const found = new Map<string, Member>()
    for (const line of result.stdout.split('\n')) {
      const words = line.split(' ')
      if (words[0] !== 'add') continue
      const value = (name: string): number => Number(words[words.indexOf(name) + 1])
      const seconds = value('timeout')
      const prefix = formatTarget(targetOf(words[2]))
      found.set(prefix, {
        prefix,
        seconds: seconds === 0 ? null : seconds,
        packets: value('packets'),
        bytes: value('bytes'),
      })
    }
    return found
  }

  const all = async (): Promise<Member[]> => {
    const found: Member[] = []
    for (const family of FAMILIES) {
      const inside = await members(family)
      // A set that no rule looks into blocks nobody.
      if (inside.size > 0 && (await tables(family, '-C', 'PREROUTING', ...ruleOf(family))).code === 0) {
        for (const member of inside.values()) found.push(member)
      }
    }
    return found
  }

  return {
    id: 'iptables',
    title: 'iptables and ip6tables with ipset',

    async probe(): Promise<Availability> {
      const version = await run('iptables', ['--version'])
      if (version.code !== 0) return { ok: false, reason: complaint('iptables', version), hint: HINT }
      for (const [program, args] of PROBES) {
        const result = await run(program, args)
        if (result.code !== 0) return { ok: false, reason: complaint(program, result), hint: HINT }
      }
      return { ok: true, version: version.stdout.trim().split('\n')[0].slice(0, 80) }
    },

    async prepare() {
      await restore(FAMILIES.map(family => create(family.set, family)))
      for (const family of FAMILIES) {
        if ((await tables(family, '-C', 'PREROUTING', ...ruleOf(family))).code === 0) continue
        const result = await tables(family, '-I', 'PREROUTING', '1', ...ruleOf(family))
        if (result.code !== 0) throw refused('the firewall did not take the rule', family.program, result)
      }
    },

    async apply({ add, remove }: FirewallChange) {
      const wanted = add.map(({ prefix, seconds }) => ({ target: targetOf(prefix), seconds }))
      const unwanted = remove.map(targetOf)
      const built: string[] = []
      const swapped: string[] = []
      for (const family of FAMILIES) {
        const adds = wanted.filter(({ target }) => target.v4 === family.v4)
        const removes = unwanted.filter(target => target.v4 === family.v4)
        if (adds.length + removes.length === 0) continue
        const kept = await members(family)
        for (const target of removes) kept.delete(formatTarget(target))
        for (const { target, seconds } of adds) {
          const prefix = formatTarget(target)
          kept.set(prefix, { prefix, seconds, packets: 0, bytes: 0 })
        }
        const set = next(family)
        built.push(create(family.set, family), create(set, family), `flush ${set}`)
        for (const { prefix, seconds, packets, bytes } of kept.values()) {
          const left = seconds === null ? 0 : Math.min(IPSET_MAX_SECONDS, Math.max(1, Math.ceil(seconds)))
          built.push(`add ${set} ${prefix} timeout ${left} packets ${packets} bytes ${bytes}`)
        }
        swapped.push(`swap ${set} ${family.set}`, `destroy ${set}`)
      }
      if (built.length > 0) await restore([...built, ...swapped])
    },

    async list() {
      return (await all()).map(({ prefix, seconds }) => ({ prefix, seconds }))
    },

    async cut(prefixes) {
      return await cutConnections(run, prefixes.map(targetOf))
    },

    async clear() {
      for (const family of FAMILIES) {
        // Every copy of the rule, should it be there twice.
        for (let copies = 0; copies < 16; copies++) {
          if ((await tables(family, '-D', 'PREROUTING', ...ruleOf(family))).code !== 0) break
        }
        for (const set of [family.set, next(family)]) {
          const result = await ipset('destroy', set)
          if (result.code !== 0 && !isAbsent(result)) throw refused('the set was not removed', 'ipset', result)
        }
      }
    },

    async counters() {
      return new Map((await all()).map(({ prefix, packets }) => [prefix, packets]))
    },
  }
}

const PROBES: readonly (readonly [string, readonly string[]])[] = [
  ['ipset', ['list', '-name']],
  ['iptables', ['-w', '5', '-t', 'raw', '-S', 'PREROUTING']],
  ['ip6tables', ['-w', '5', '-t', 'raw', '-S', 'PREROUTING']],
]

const isAbsent = (result: CommandResult): boolean => /does not exist/i.test(result.stderr)

function refused(what: string, program: string, result: CommandResult): Problem {
  return new Problem(wasDenied(result) ? EXIT.permission : EXIT.config, `${what}: ${complaint(program, result)}`, {
    where: `${program}: vpsguard4, vpsguard6`,
    hint: HINT,
  })
}
