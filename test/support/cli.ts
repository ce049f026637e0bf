/** The program as its user starts it: a process, its output, its exit code. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { afterAll } from 'vitest'
import type { Report } from '../../src/core/report.ts'
import { parseReport } from '../../src/sinks/reports/schema.ts'

const ROOT = resolve(import.meta.dirname, '../..')
export const PROGRAM = join(ROOT, 'bin', 'vpsguard.js')
/** For those who must not be root. */
export const NOBODY = 65534
/** Compiled code, shared by all runs of the tests: it only saves time. */
const CACHE = join(ROOT, 'node_modules', '.cache')
mkdirSync(CACHE, { recursive: true })
export const IS_ROOT = process.getuid?.() === 0

export interface RunOptions {
  /** Where it runs; a relative path in the arguments is meant from there. */
  cwd?: string
  /** Added to a bare environment. */
  env?: Record<string, string>
  /** What it reads; absent: nothing. */
  stdin?: string | Uint8Array
  /** A file for stdout instead of the pipe. */
  stdout?: string
  /** The user that it runs as; only root may choose. */
  uid?: number
}

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

export type Child = ChildProcessByStdio<Writable, Readable, Readable>

function environment(cwd: string, added: Record<string, string>): Record<string, string> {
  return {
    PATH: `${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: cwd,
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    VPSGUARD_STATE: join(cwd, '.state'),
    XDG_CACHE_HOME: CACHE,
    ...added,
  }
}

/** Starts the program, by another one where one is named; the caller talks to it. */
export function start(args: readonly string[], options: RunOptions = {}, within: readonly string[] = []): Child {
  const { cwd = tmpdir(), env = {}, stdout, uid } = options
  const out = stdout === undefined ? undefined : openSync(stdout, 'w')
  try {
    const [command, ...rest] = [...within, process.execPath, PROGRAM, ...args]
    const child = spawn(command, rest, {
      cwd,
      env: environment(cwd, env),
      stdio: ['pipe', out ?? 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    })
    // A program that ends before it has read all is no failure of the test.
    child.stdin?.on('error', () => undefined)
    return child as Child
  } finally {
    if (out !== undefined) closeSync(out)
  }
}

/** Waits for the end of a started program. */
export function ended(child: Child): Promise<Ran> {
  const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  child.stdout?.on('data', (chunk: Buffer) => parts.stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => parts.stderr.push(chunk))
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('close', code =>
      done({ code, stdout: Buffer.concat(parts.stdout).toString(), stderr: Buffer.concat(parts.stderr).toString() }),
    )
  })
}

/** Runs the program to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = start(args, options)
  child.stdin.end(options.stdin ?? '')
  return ended(child)
}

/** Runs a line of shell in which `$V` is the program. */
export function shell(line: string, options: RunOptions = {}): Promise<Ran> {
  const { cwd = tmpdir(), env = {} } = options
  const child = spawn('/bin/bash', ['-c', line], {
    cwd,
    env: environment(cwd, { V: PROGRAM, ...env }),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.stdin ?? '')
  return ended(child)
}

/** The report of `analyze --json`, checked against its schema. */
export async function analyze(args: readonly string[], options: RunOptions = {}): Promise<Report> {
  const ran = await run(['analyze', '--rules-only', '--json', ...args], options)
  if (ran.code !== 0 && ran.code !== 4 && ran.code !== 5) throw new Error(`exit ${ran.code}: ${ran.stderr}`)
  return parseReport(ran.stdout, 'stdout')
}

/** Kilobytes that a run took at its peak. */
export async function peakMemory(
  args: readonly string[],
  options: RunOptions & { cwd: string },
): Promise<Ran & { peak: number }> {
  const file = join(options.cwd, `peak-${args.length}-${args.join('').replace(/\W/g, '')}`)
  const preload = `import{writeFileSync}from'node:fs';import{isMainThread}from'node:worker_threads';if(isMainThread)process.on('exit',()=>writeFileSync(${JSON.stringify(file)},String(process.resourceUsage().maxRSS)))`
  const ran = await run(args, {
    ...options,
    env: { ...options.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` },
  })
  return { ...ran, peak: Number(readFileSync(file, 'utf8')) }
}

export interface Workspace {
  path: string
  /** Writes a file and answers its path. */
  write(name: string, content: string | Uint8Array, mode?: number): string
}

/** A folder of its own, gone when the test file is done. */
export function workspace(): Workspace {
  const path = mkdtempSync(join(tmpdir(), 'vpsguard-cli-'))
  afterAll(() => rmSync(path, { recursive: true, force: true }))
  return {
    path,
    write(name, content, mode = 0o644) {
      const file = join(path, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, content, { mode })
      return file
    },
  }
}

/** Resolves when a file whose name passes appears in the folder (it may be gone again by then). */
export function appears(folder: string, passes: (name: string) => boolean): Promise<void> {
  return new Promise((done, fail) => {
    const watcher = watch(folder, (_, name) => {
      if (name === null || !passes(name)) return
      watcher.close()
      done()
    })
    watcher.once('error', fail)
  })
}

const pad = (number: number): string => String(number).padStart(2, '0')

/** A moment of 4 March as syslog writes it. */
export function stamp(minute: number): string {
  return `Mar  4 ${pad(Math.floor(minute / 60) % 24)}:${pad(minute % 60)}:09`
}

/** Failed logins of one source, a minute apart. */
export function failures(address: string, count: number, { user = 'root', from = 600 } = {}): string[] {
  return Array.from(
    { length: count },
    (_, i) =>
      `${stamp(from + i)} web-1 sshd[${4000 + i}]: Failed password for ${user} from ${address} port ${40000 + i} ssh2`,
  )
}

/** One login by password. */
export function login(address: string, user: string, minute: number): string {
  return `${stamp(minute)} web-1 sshd[${9000 + minute}]: Accepted password for ${user} from ${address} port 50000 ssh2`
}

/** Lines as a file has them. */
export const text = (...lines: (string | string[])[]): string => `${lines.flat().join('\n')}\n`
