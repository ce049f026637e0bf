/** A big file is parsed by another thread, which uses memory again and may have begun before it was told how: the report is that of the same bytes from a pipe. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Report } from '../../src/core/report.ts'
import { parseReport } from '../../src/sinks/reports/schema.ts'
import { analyze, type RunOptions, run, workspace } from '../support/cli.ts'

const { path: cwd, write } = workspace()

/** Files from this size on are parsed by another thread. */
const BIG = 7 << 20
/** More than is asked for ahead: memory comes to be used again. */
const BIGGER = 22 << 20
const two = (value: number): string => String(value).padStart(2, '0')

/** Attempts that PAM tells first and sshd later, in turns with lines that repeat the one before them, over several batches. */
function auth(): string {
  const lines: string[] = []
  for (let i = 0, bytes = 0; bytes < BIGGER; i++) {
    const stamp = `Mar  4 ${two(Math.floor(i / 9000) % 24)}:${two(Math.floor(i / 150) % 60)}:${two(Math.floor(i / 3) % 50)} web-${i % 3}`
    const source = `203.0.113.${i % 200}`
    const sshd = `${stamp} sshd[${2000 + (i % 700)}]:`
    const user = `user${i % 977}`
    const attempt = [
      `${sshd} pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${source}  user=root`,
      ...(i % 5 === 0
        ? []
        : [`${sshd} Failed password for ${i % 2 === 0 ? 'root' : user} from ${source} port ${i % 60_000} ssh2`]),
      ...(i % 41 === 0 ? [`${stamp} last message repeated 2 times`] : []),
      ...(i % 997 === 0 ? [`${sshd} Accepted password for ${user} from ${source} port ${i % 60_000} ssh2`] : []),
    ]
    for (const line of attempt) bytes += line.length + 1
    lines.push(...attempt)
  }
  return `${lines.join('\n')}\n`
}

/** Requests that a proxy of a public network hands on. */
function access(): string {
  const lines: string[] = []
  for (let i = 0, bytes = 0; bytes < BIG; i++) {
    const stamp = `04/Mar/2026:${two(Math.floor(i / 3600) % 24)}:${two(Math.floor(i / 60) % 60)}:${two(i % 60)} +0000`
    const path = i % 3 === 0 ? `/missing-${i}.php` : '/a/page/that/is/there'
    const line = `198.51.100.7 - - [${stamp}] "GET ${path} HTTP/1.1" ${i % 3 === 0 ? 404 : 200} 99 "-" "Mozilla/5.0 (X11; Linux x86_64)" "192.0.2.66, 203.0.113.${i % 5}"`
    bytes += line.length + 1
    lines.push(line)
  }
  return `${lines.join('\n')}\n`
}

/** What a report says, but for how its input was read. */
const told = ({ findings, summary, sources, timeline, inputs }: Report): unknown => ({
  summary,
  sources,
  timeline,
  read: inputs.map(({ lines, events }) => ({ lines, events })),
  findings: findings.map(({ evidence, ...finding }) => ({
    ...finding,
    lines: evidence.map(({ line, text }) => [line, text]),
  })),
})

async function compare(name: string, args: readonly string[]): Promise<Report> {
  const year = ['--year', '2026', ...args]
  const big = await analyze([...year, name], { cwd })
  const piped = await analyze([...year, '-'], { cwd, stdin: readFileSync(`${cwd}/${name}`) })
  expect(told(big)).toEqual(told(piped))
  return big
}

/** With the detectors, which keep where bursts begin. */
async function detect(args: readonly string[], options: RunOptions = {}): Promise<Report> {
  return parseReport((await run(['analyze', '--json', ...args], options)).stdout, 'stdout')
}

describe('a big file', () => {
  it('gives the report of the same lines from a pipe', async () => {
    write('auth.log', auth())
    const report = await compare('auth.log', [])
    expect(report.findings.length).toBeGreaterThan(100)
  })

  it('gives the report of the same lines packed, the proving lines of campaigns too', async () => {
    const plain = write('auth.log', auth())
    write('auth.log.gz', gzipSync(readFileSync(plain)))
    const big = await detect(['--year', '2026', 'auth.log'], { cwd })
    expect(told(await detect(['--year', '2026', 'auth.log.gz'], { cwd }))).toEqual(told(big))
    expect(big.findings.map(({ kind }) => kind)).toContain('campaign')
    expect(JSON.stringify(big)).not.toContain('can no longer be read')
  })

  it('does so where the config says something else than the thread has begun with', async () => {
    write('access.log', access())
    write('proxy.toml', '[web]\ntrusted_proxies = ["198.51.100.7"]\n')
    const report = await compare('access.log', ['--config', 'proxy.toml'])
    expect(report.sources?.map(({ source }) => source).sort()).toEqual([0, 1, 2, 3, 4].map(i => `203.0.113.${i}`))
    const plain = await compare('access.log', [])
    expect(plain.sources?.map(({ source }) => source)).toEqual(['198.51.100.7'])
  })
})
