/**
 * How fast logs are read, from start to report, beside what else reads them on the same machine and file in the same
 * run. `npm run bench:speed -- [--runs 3] [--share 0.1] [--only vpsguard] [--install]`. Nothing else should be running.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { delimiter, dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { type BenchLog, makeLogs } from './speed/logs.ts'
import { type Measured, measure, median } from './speed/measure.ts'

const ROOT = dirname(import.meta.dirname)
const PROGRAM = join(ROOT, 'bin', 'vpsguard')
const RESULT = join(ROOT, 'bench', 'results', 'speed.json')

interface Runner {
  name: string
  /** Debian package that has it; absent: it is always there. */
  package?: string
  program: string
  args: (log: BenchLog) => string[]
  /** Which logs it reads; absent: all. */
  reads?: string
  /** Slow ones run once. */
  once?: boolean
}

const own = (name: string, args: (path: string) => string[]): Runner => ({
  name: `vpsguard ${name}`,
  program: PROGRAM,
  args: log => args(log.path),
})

const RUNNERS: readonly Runner[] = [
  own('analyze --rules-only', path => ['analyze', path, '--rules-only', '--json']),
  own('analyze', path => ['analyze', path, '--json']),
  own('parse --stats', path => ['parse', path, '--stats']),
  { name: 'wc -l', program: 'wc', args: log => ['-l', log.path] },
  {
    name: 'grep -c',
    program: 'grep',
    args: log => ['-c', log.name === 'sshd' ? 'Failed password' : ' 404 ', log.path],
  },
  {
    name: 'fail2ban-regex',
    package: 'fail2ban',
    program: 'fail2ban-regex',
    args: log => [log.path, '/etc/fail2ban/filter.d/sshd.conf'],
    reads: 'sshd',
    once: true,
  },
  {
    name: 'goaccess',
    package: 'goaccess',
    program: 'goaccess',
    args: log => [log.path, '--log-format=COMBINED', '--no-progress', '-o', '/dev/stdout', '--json-pretty-print'],
    reads: 'combined',
    once: true,
  },
  {
    name: 'lnav (count)',
    package: 'lnav',
    program: 'lnav',
    args: log => ['-n', '-N', '-c', `:open ${log.path}`, '-c', ';SELECT count(*) FROM all_logs'],
    once: true,
  },
]

/** What the project has set itself: lines a second, and memory for the larger log. */
const TARGETS: Readonly<Record<string, number>> = { sshd: 1_000_000, combined: 500_000 }
const TARGET_MEMORY = 200_000

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    share: { type: 'string', default: '1' },
    only: { type: 'string' },
    install: { type: 'boolean', default: false },
  },
})
const runs = Number(flags.runs)
const share = Number(flags.share)
if (!Number.isInteger(runs) || runs < 1 || !(share > 0 && share <= 1)) {
  process.stderr.write('usage: npm run bench:speed -- [--runs 5] [--share 0.1] [--only NAME] [--install]\n')
  process.exit(2)
}

const isInstalled = (program: string): boolean =>
  existsSync(program) ||
  (process.env.PATH ?? '').split(delimiter).some(folder => folder !== '' && existsSync(join(folder, program)))

function install(packages: readonly string[]): void {
  if (packages.length === 0) return
  if (process.getuid?.() !== 0) {
    process.stderr.write(`--install needs root; run: apt-get install ${packages.join(' ')}\n`)
    return
  }
  const words = ['install', '--yes', '--no-install-recommends', ...packages]
  const { status } = spawnSync('apt-get', words, {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (status !== 0) process.stderr.write(`apt-get could not install ${packages.join(' ')}\n`)
}

interface Row extends Measured {
  log: string
  program: string
  linesPerSecond: number
}

const chosen = RUNNERS.filter(runner => flags.only === undefined || runner.name.includes(flags.only))
const absent = (): Runner[] => chosen.filter(runner => !isInstalled(runner.program))
if (flags.install) install(absent().flatMap(runner => runner.package ?? []))
const missing = absent()

process.stderr.write('Making the logs ...\n')
const logs = makeLogs(share)
const rows: Row[] = []
for (const log of logs) {
  for (const runner of chosen) {
    if (missing.includes(runner) || (runner.reads ?? log.name) !== log.name) continue
    process.stderr.write(`${runner.name} on ${log.name} ...\n`)
    try {
      const once = (): Promise<Measured> => measure(runner.program, runner.args(log))
      // The first run fills the system's cache for everybody, so that the disk is not what is measured.
      if (runner.program === PROGRAM) await once()
      const measured = await median(runner.once === true ? 1 : runs, once)
      rows.push({ log: log.name, program: runner.name, ...measured, linesPerSecond: log.lines / measured.seconds })
    } catch (cause) {
      process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`)
    }
  }
}

const count = (value: number): string => Math.round(value).toLocaleString('en')
for (const log of logs) {
  const own = rows.find(row => row.log === log.name && row.program === RUNNERS[0].name)
  console.log(`\n${log.name}: ${count(log.lines)} lines, ${count(log.bytes / 1e6)} MB`)
  console.log(
    `  ${'program'.padEnd(30)} ${'seconds'.padStart(8)} ${'lines/s'.padStart(12)} ${'MB peak'.padStart(8)} ${'against ours'.padStart(13)}`,
  )
  for (const row of rows.filter(row => row.log === log.name)) {
    const ratio = own === undefined ? '' : `${(row.linesPerSecond / own.linesPerSecond).toFixed(2)} x`
    console.log(
      `  ${row.program.padEnd(30)} ${row.seconds.toFixed(2).padStart(8)} ${count(row.linesPerSecond).padStart(12)} ${(row.peak === undefined ? '-' : count(row.peak / 1000)).padStart(8)} ${ratio.padStart(13)}`,
    )
  }
  if (own !== undefined) {
    const target = TARGETS[log.name]
    const slow = own.linesPerSecond < target ? 'missed' : 'met'
    const large = (own.peak ?? 0) > TARGET_MEMORY ? 'missed' : 'met'
    console.log(`  target ${count(target)} lines/s: ${slow}; ${TARGET_MEMORY / 1000} MB: ${large}`)
  }
}
for (const { name, package: debian } of missing) {
  console.log(
    `Not installed, so not measured: ${name}${debian === undefined ? '' : ` (Debian package ${debian}; --install)`}`,
  )
}

if (flags.only === undefined && share === 1) {
  mkdirSync(dirname(RESULT), { recursive: true })
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 1e9),
    node: process.version,
    system: process.platform,
  }
  const sizes = logs.map(({ name, lines, bytes }) => ({ name, lines, bytes }))
  const result = { machine, runs, logs: sizes, rows, not_installed: missing.map(runner => runner.name) }
  writeFileSync(RESULT, `${JSON.stringify(result, null, 2)}\n`)
  console.log(`\nWritten to ${relative(process.cwd(), RESULT)}`)
}
