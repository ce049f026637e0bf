/** Runs a program as a person would and measures it from outside: wall clock from start to end, memory at its peak. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Measured {
  seconds: number
  /** Kilobytes at the peak; undefined where the system does not tell. */
  peak: number | undefined
}

const POLL = 5

/** @throws Error where the program fails */
export function measure(program: string, args: readonly string[], environment = process.env): Promise<Measured> {
  return new Promise((done, fail) => {
    const started = performance.now()
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment })
    let peak: number | undefined
    // The kernel keeps the highest mark itself, so looking now and then misses the very end at the most.
    const timer = setInterval(() => {
      peak = highWater(child.pid) ?? peak
    }, POLL)
    // Read and thrown away: grep, for one, does not look at the whole file where its output goes nowhere.
    child.stdout.resume()
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk}`.slice(-2000)
    })
    child.once('error', fail)
    child.once('close', code => {
      clearInterval(timer)
      const seconds = (performance.now() - started) / 1000
      if (code === 0) done({ seconds, peak })
      else fail(new Error(`${program} ${args.join(' ')} ended with ${code}: ${complaint}`))
    })
  })
}

function highWater(pid: number | undefined): number | undefined {
  try {
    const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return match === null ? undefined : Number(match[1])
  } catch {
    return undefined
  }
}

/** The middle one of several runs, by time; the peak is the highest of all. */
export async function median(runs: number, once: () => Promise<Measured>): Promise<Measured> {
  const all: Measured[] = []
  for (let run = 0; run < runs; run++) all.push(await once())
  const { seconds } = all.toSorted((a, b) => a.seconds - b.seconds)[runs >> 1]
  const peaks = all.flatMap(({ peak }) => (peak === undefined ? [] : [peak]))
  return { seconds, peak: peaks.length === 0 ? undefined : Math.max(...peaks) }
}
