/**
 * A small Internet: `away` (strangers of many addresses) - `host` (where the firewall is) - `box` (a container whose
 * port the host publishes by destination NAT). Real packets, real kernel; everything goes with its namespaces.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type RunCommand, runCommand } from '../../../src/sinks/responders/run-command.ts'

export const HOST = { v4: '198.51.100.1', v6: '2001:db8:ffff::1' } as const
/** Where strangers come from. */
export const STRANGERS = [
  '203.0.113.7',
  '203.0.113.8',
  '203.0.114.9',
  '2001:db8:0:a::7',
  '2001:db8:0:a::8',
  '2001:db8:0:c::9',
] as const
/** The host's own port, and the one that is the box's. */
export const PORT = { own: 2222, published: 8080 } as const

const has = (program: string): boolean =>
  ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** Why no network can be built here; undefined where one can. */
export function whyNoNetwork(...programs: string[]): string | undefined {
  const missing = ['ip', ...programs].filter(program => !has(program))
  if (missing.length > 0) return `without ${missing.join(', ')}`
  if (process.getuid?.() !== 0) return 'not root'
  const name = `vpg-${process.pid}-try`
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return 'no network namespaces here'
  spawnSync('ip', ['netns', 'del', name])
  return undefined
}

const here = (args: readonly string[]): void => {
  const result = spawnSync('ip', args, { encoding: 'utf8' })
  if (result.status !== 0) throw new Error(`ip ${args.join(' ')}: ${result.stderr}`)
}

/** A process in a namespace that does what it is told. */
export class Agent {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (value: unknown) => void>()
  #next = 0

  constructor(namespace: string) {
    const agent = join(import.meta.dirname, 'agent.ts')
    this.#child = spawn('ip', ['netns', 'exec', namespace, process.execPath, agent], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const { stdout } = this.#child
    if (stdout === null) throw new Error('the agent has no output')
    createInterface({ input: stdout }).on('line', line => {
      const { id, value } = JSON.parse(line) as { id: number; value: unknown }
      this.#waiting.get(id)?.(value)
      this.#waiting.delete(id)
    })
  }

  ask(op: string, order: Record<string, unknown> = {}): Promise<unknown> {
    const id = this.#next++
    return new Promise(resolve => {
      this.#waiting.set(id, resolve)
      this.#child.stdin?.write(`${JSON.stringify({ id, op, ...order })}\n`)
    })
  }

  async connection(name: string): Promise<{ connected: boolean; heard: string }> {
    return (await this.ask('heard', { name })) as { connected: boolean; heard: string }
  }

  async end(): Promise<void> {
    const ended = new Promise(resolve => this.#child.once('exit', resolve))
    this.#child.stdin?.end()
    await ended
  }
}

let networks = 0

export class Network {
  readonly #names: Record<'away' | 'host' | 'box', string>
  readonly #agents: Agent[] = []
  /** Runs commands inside the host's namespace. */
  readonly run: RunCommand

  constructor() {
    const base = `vpg-${process.pid}-${networks++}`
    this.#names = { away: `${base}-away`, host: `${base}-host`, box: `${base}-box` }
    const { away, host, box } = this.#names
    for (const name of [away, host, box]) {
      here(['netns', 'add', name])
      here(['-n', name, 'link', 'set', 'lo', 'up'])
    }
    this.run = (program, args, options) => runCommand('ip', ['netns', 'exec', host, program, ...args], options)
    link(away, host, ['198.51.100.2/24', '2001:db8:ffff::2/64'], ['198.51.100.1/24', '2001:db8:ffff::1/64'])
    link(host, box, ['192.168.77.1/24', 'fd00:77::1/64'], ['192.168.77.2/24', 'fd00:77::2/64'])
    for (const address of STRANGERS) {
      const v6 = address.includes(':')
      here(['-n', away, 'addr', 'add', `${address}/${v6 ? 128 : 32}`, 'dev', 'lo', ...(v6 ? ['nodad'] : [])])
    }
    here(['-n', host, 'route', 'add', '203.0.112.0/20', 'via', '198.51.100.2'])
    here(['-n', host, 'route', 'add', '2001:db8::/48', 'via', '2001:db8:ffff::2'])
    here(['-n', box, 'route', 'add', 'default', 'via', '192.168.77.1'])
    here(['-n', box, 'route', 'add', 'default', 'via', 'fd00:77::1'])
    for (const key of ['net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding']) {
      here(['netns', 'exec', host, 'sysctl', '-q', '-w', `${key.replaceAll('/', '.')}=1`])
    }
  }

  /** Publishes the box's port as container engines do: destination NAT in prerouting. */
  async publish(): Promise<void> {
    for (const [program, to] of [
      ['iptables', '192.168.77.2:80'],
      ['ip6tables', '[fd00:77::2]:80'],
    ] as const) {
      const rule = ['-t', 'nat', '-A', 'PREROUTING', '-p', 'tcp', '--dport', String(PORT.published), '-j', 'DNAT']
      const result = await this.run(program, [...rule, '--to-destination', to])
      if (result.code !== 0) throw new Error(`${program}: ${result.stderr}`)
    }
  }

  agent(where: 'away' | 'host' | 'box'): Agent {
    const agent = new Agent(this.#names[where])
    this.#agents.push(agent)
    return agent
  }

  async end(): Promise<void> {
    await Promise.all(this.#agents.map(agent => agent.end()))
    for (const name of Object.values(this.#names)) spawnSync('ip', ['netns', 'del', name])
  }
}

function link(left: string, right: string, ofLeft: readonly string[], ofRight: readonly string[]): void {
  const id = `${process.pid % 10_000}x${networks}`
  const ends = [
    { namespace: left, name: `l${id}${right.slice(-3)}`.slice(0, 15), addresses: ofLeft },
    { namespace: right, name: `r${id}${right.slice(-3)}`.slice(0, 15), addresses: ofRight },
  ]
  here([
    ...['link', 'add', ends[0].name, 'netns', left],
    ...['type', 'veth', 'peer', 'name', ends[1].name, 'netns', right],
  ])
  for (const { namespace, name, addresses } of ends) {
    for (const address of addresses) {
      const v6 = address.includes(':')
      here(['-n', namespace, 'addr', 'add', address, 'dev', name, ...(v6 ? ['nodad'] : [])])
    }
    here(['-n', namespace, 'link', 'set', name, 'up'])
  }
}
