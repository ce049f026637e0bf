/**
 * `npm run demo`: a week of a small server's logs with six attacks hidden in them, analysed; the report in the terminal
 * and as one HTML file; and what fail2ban's rule would have seen of it.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { generate, type Truth } from '../src/generate/index.ts'
import { REPORTS } from '../src/sinks/reports/index.ts'
import { parseReport } from '../src/sinks/reports/schema.ts'
import { failBanWouldHave } from './demo-rivals.ts'

const root = join(import.meta.dirname, '..')
const { values } = parseArgs({
  options: {
    output: { type: 'string', default: join(root, 'demo-output') },
    seed: { type: 'string', default: '7' },
    quiet: { type: 'boolean', default: false },
  },
})
const folder = values.output
const seed = Number(values.seed)
/** A fixed week, so that the demo tells everybody the same story. */
const START = Date.UTC(2026, 9, 5)
const DAYS = 7

const LOGS = [
  {
    file: 'auth.log',
    format: 'auth',
    entries: 9000,
    profiles: [
      { id: 'botnet', share: 0.03 },
      { id: 'brute', share: 0.12 },
      { id: 'stuffing', share: 0.04 },
      { id: 'low-slow', share: 0.01 },
      { id: 'breach', share: 0.01 },
    ],
  },
  { file: 'access.log', format: 'nginx', entries: 15_000, profiles: [{ id: 'spray-scan', share: 0.02 }] },
] as const

mkdirSync(folder, { recursive: true })
const truths: Truth[] = []
for (const { file, format, entries, profiles } of LOGS) {
  const { lines, truth } = generate({ entries, profiles: [...profiles], format, start: START, days: DAYS, seed })
  writeFileSync(join(folder, file), `${[...lines].join('\n')}\n`)
  truths.push(truth)
}
writeFileSync(join(folder, 'truth.json'), `${JSON.stringify(truths, null, 2)}\n`)

const logs = LOGS.map(({ file }) => join(folder, file))
const json = join(folder, 'report.json')
const program = join(root, 'bin', 'vpsguard.js')
const run = spawnSync(
  process.execPath,
  [program, 'analyze', ...logs, '--quiet', '--year', '2026', '--timezone', 'UTC', '--format', 'json', '--output', json],
  { stdio: ['ignore', 'inherit', 'inherit'] },
)
if (run.status !== 0) process.exit(run.status ?? 1)

const report = parseReport(readFileSync(json, 'utf8'), json)
const context = {
  verbosity: 1,
  color: process.stdout.isTTY === true,
  width: Math.min(process.stdout.columns ?? 80, 100),
  localTime: (time: string) => time.replace('T', ' ').replace('Z', ''),
} as const
const html = join(folder, 'report.html')
for (const declaration of REPORTS) {
  if (declaration.id === 'html')
    writeFileSync(html, [...declaration.render(report, { ...context, color: false })].join(''))
  if (declaration.id === 'terminal' && !values.quiet)
    for (const piece of declaration.render(report, context)) process.stdout.write(piece)
}

process.stdout.write(`\n${failBanWouldHave(readFileSync(logs[0], 'utf8').split('\n'), truths, report).join('\n')}\n`)
process.stdout.write(
  `\nThe report as a page: ${relative(process.cwd(), html)}\nThe logs, and what was hidden in them: ${relative(process.cwd(), folder)}/\n`,
)
