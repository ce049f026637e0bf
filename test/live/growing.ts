/** Two logs of one host, generated, that grow piece by piece in the order of their time. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, type Workspace } from '../support/cli.ts'

export interface Growing {
  paths: readonly [string, string]
  /** Texts to append to the two logs, one piece after the other. */
  pieces: readonly (readonly [string, string])[]
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
/** Lines closer than this, milliseconds, are told in one piece: several lines may tell one attempt. */
const APART = 20_000

function timeOf(line: string): number {
  const web = /\[(\d\d)\/(\w{3})\/(\d{4}):(\d\d):(\d\d):(\d\d) \+0000\]/.exec(line)
  if (web === null) return Date.parse(line.slice(0, line.indexOf(' ')))
  const [, day, month, year, ...clock] = web
  return Date.UTC(Number(year), MONTHS.indexOf(month), Number(day), ...(clock.map(Number) as [number, number, number]))
}

/** Generates the logs and cuts them into about as many pieces. */
export async function growing(place: Workspace, lines: number, pieces: number): Promise<Growing> {
  const make = async (format: string, file: string, ...attacks: string[]): Promise<string[]> => {
    const args = ['--entries', String(lines), '--days', '3', '--seed', '5', '--start', '2026-03-02T00:00:00Z']
    const flags = attacks.flatMap(attack => ['--attack-profile', attack])
    const path = join(place.path, file)
    const { code, stderr } = await run(['generate', '--format', format, ...args, ...flags, '-o', path], {
      cwd: place.path,
    })
    if (code !== 0) throw new Error(stderr)
    return readFileSync(path, 'utf8').split('\n').slice(0, -1)
  }
  const auth = await make('syslog-rfc3339', 'whole-auth.log', 'brute:0.1', 'botnet:0.1', 'low-slow:0.05', 'breach:0.02')
  const web = await make('nginx', 'whole-web.log', 'scan:0.1', 'web-stuffing:0.1', 'spray-scan:0.1')
  const all = [...auth.map(line => ({ line, log: 0 })), ...web.map(line => ({ line, log: 1 }))]
    .map(one => ({ ...one, time: timeOf(one.line) }))
    .sort((a, b) => a.time - b.time || a.log - b.log)
  const cut: [string, string][] = [['', '']]
  let held = 0
  let before = Number.NEGATIVE_INFINITY
  for (const { line, log, time } of all) {
    if (held >= all.length / pieces && time - before > APART) {
      cut.push(['', ''])
      held = 0
    }
    cut[cut.length - 1][log] += `${line}\n`
    held++
    before = Math.max(before, time)
  }
  const paths = [join(place.path, 'auth.log'), join(place.path, 'access.log')] as const
  for (const path of paths) writeFileSync(path, '')
  return { paths, pieces: cut }
}

export function grow({ paths, pieces }: Growing, from: number, to = from + 1): void {
  for (const piece of pieces.slice(from, to)) {
    for (const [log, text] of piece.entries()) if (text !== '') appendFileSync(paths[log], text)
  }
}
