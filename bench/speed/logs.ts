/** The two logs that are read: made once, the same bytes on every machine. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GenerateOptions, generate } from '../../src/generate/index.ts'

export interface BenchLog {
  /** What it is called in the table. */
  name: string
  path: string
  lines: number
  bytes: number
}

const START = Date.UTC(2026, 0, 1)
const BLOCK = 2000

interface Wanted {
  name: string
  file: string
  options: GenerateOptions
}

/** About 11,000 sources over 60 days; `share` makes both logs smaller, for a try. */
const wanted = (share: number): Wanted[] => [
  {
    name: 'sshd',
    file: 'auth.log',
    options: {
      entries: Math.round(1_600_000 * share),
      format: 'auth',
      profiles: [
        { id: 'botnet', share: 0.02 },
        { id: 'brute', share: 0.3 },
        { id: 'breach', share: 0.001 },
      ],
      start: START,
      days: 60,
      seed: 1,
      newSourcesPerDay: 100 * share,
    },
  },
  {
    name: 'combined',
    file: 'access.log',
    options: {
      entries: Math.round(1_000_000 * share),
      format: 'nginx',
      profiles: [
        { id: 'scan', share: 0.05 },
        { id: 'web-stuffing', share: 0.02 },
      ],
      start: START,
      days: 30,
      seed: 1,
    },
  },
]

/** Makes the logs in a folder for temporary files, or finds them there from the last time. */
export function makeLogs(share: number): BenchLog[] {
  const folder = join(tmpdir(), `vpsguard-bench-${process.getuid?.() ?? 'user'}-${share}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return wanted(share).map(({ name, file, options }) => {
    const path = join(folder, file)
    if (!existsSync(path)) write(path, options)
    return { name, path, lines: options.entries, bytes: statSync(path).size }
  })
}

function write(path: string, options: GenerateOptions): void {
  const temporary = `${path}.tmp`
  const file = openSync(temporary, 'w')
  let block: string[] = []
  for (const line of generate(options).lines) {
    block.push(line)
    if (block.length < BLOCK) continue
    writeSync(file, `${block.join('\n')}\n`)
    block = []
  }
  if (block.length > 0) writeSync(file, `${block.join('\n')}\n`)
  closeSync(file)
  renameSync(temporary, path)
}
