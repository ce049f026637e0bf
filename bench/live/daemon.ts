/** A daemon that is measured from outside: what it says and when, and what the system says of it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Finding } from '../../src/core/finding.ts'

const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'vpsguard')
/** Clock ticks a second in /proc, on every Linux. */
const TICKS = 100
const LONGEST_WAIT = 300_000

export type Firewall = 'dry' | 'nftables'

export interface Figures {
  /** Seconds of a core since the start. */
  cpu: number
  /** Megabytes: in memory, of these its own (the rest are pages of files that others may share), at the peak. */
  resident: number
  own: number
  peak: number
}

export class MeasuredDaemon {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  /** When an address was first in a finding, and first blocked; `performance.now()`. */
  readonly found = new Map<string, number>()
  readonly blocked = new Map<string, number>()
  said = ''

  /** Follows logs from their start; blocks in a network of its own. */
  constructor(folder: string, logs: readonly string[], firewall: Firewall, more: readonly string[] = []) {
    const config = join(folder, 'vpsguard.toml')
    writeFileSync(config, `[response]\nmode = "enforce"\nbackend = "${firewall}"\nmax_blocks_per_hour = 1000\n`)
    const words = [PROGRAM, 'watch', ...logs, '--json', '--from', 'start', '--config', config, ...more]
    const [program, ...args] = firewall === 'dry' ? words : ['unshare', '--net', ...words]
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, VPSGUARD_STATE: join(folder, 'state') },
    })
    this.#ended = new Promise(done => this.#child.once('close', () => done()))
    this.#listen(this.#child.stdout, line => {
      // Written by the program under test.
      const { finding } = JSON.parse(line) as { finding: Finding }
      const now = performance.now()
      for (const source of finding.sources) if (!this.found.has(source)) this.found.set(source, now)
    })
    this.#listen(this.#child.stderr, line => {
      this.said += `${line}\n`
      if (!line.startsWith('{')) return
      const { prefix, state } = JSON.parse(line) as { prefix?: string; state?: string }
      if (prefix !== undefined && state === 'blocked' && !this.blocked.has(prefix))
        this.blocked.set(prefix, performance.now())
    })
  }

  #listen(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
    if (stream !== null) createInterface({ input: stream }).on('line', take)
  }

  /** Until what stood in the logs at the start is read. */
  ready(): Promise<void> {
    return this.until(() => this.said.includes('have been read to their end'))
  }

  /** @throws Error where it ends, or nothing comes of it */
  async until(holds: () => boolean): Promise<void> {
    const started = performance.now()
    while (!holds()) {
      if (this.#child.exitCode !== null) throw new Error(`the daemon has ended: ${this.said.slice(-1000)}`)
      if (performance.now() - started > LONGEST_WAIT) throw new Error(`waited in vain: ${this.said.slice(-1000)}`)
      await new Promise(done => setTimeout(done, 10))
    }
  }

  figures(): Figures {
    const text = (name: string): string => readFileSync(`/proc/${this.#child.pid}/${name}`, 'utf8')
    const stat = text('stat')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const status = text('status')
    const megabytes = (key: string): number =>
      Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1000
    return {
      cpu: (Number(fields[11]) + Number(fields[12])) / TICKS,
      resident: megabytes('VmRSS'),
      own: megabytes('RssAnon'),
      peak: megabytes('VmHWM'),
    }
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.#ended
  }
}
