/**
 * What watching costs, and how soon an attack is found and blocked:
 * `npm run bench:live -- [--share 0.5] [--seconds 60] [--samples 100] [--firewall dry]`. CPU is what the system has
 * accounted to the daemon, so that others on the machine spoil it little; latency is not.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Firewall, MeasuredDaemon } from './live/daemon.ts'
import { attack, attackerOf, feed, linesOf, stampOf } from './live/lines.ts'
import { makeLogs } from './speed/logs.ts'

const RESULT = join(import.meta.dirname, 'results', 'live.md')
/** What the project has set itself. */
const TARGET = { memory: 90, share: 1, linesPerSecond: 100_000, found: 1000, blocked: 2000 }
const PER_SECOND = 100
/** Seconds before anything is measured: compilers and caches settle. */
const WARM_UP = 20
const BLOCK = 1 << 20
/** Year of the generated log's stamps, which have none. */
const YEAR = '2026'

const { values: flags } = parseArgs({
  options: {
    share: { type: 'string', default: '0.5' },
    seconds: { type: 'string', default: '60' },
    samples: { type: 'string', default: '100' },
    firewall: { type: 'string' },
  },
})
const has = (program: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some(folder => existsSync(join(folder, program)))
const firewall = flags.firewall ?? (process.getuid?.() === 0 && has('nft') && has('unshare') ? 'nftables' : 'dry')
const share = Number(flags.share)
const seconds = Number(flags.seconds)
const samples = Number(flags.samples)
if (!isFirewall(firewall) || !(share > 0 && share <= 1) || !(seconds >= 1) || !(samples >= 1)) {
  process.stderr.write(
    'usage: npm run bench:live -- [--share 0.5] [--seconds 60] [--samples 100] [--firewall dry|nftables]\n',
  )
  process.exit(2)
}
function isFirewall(name: string): name is Firewall {
  return name === 'dry' || name === 'nftables'
}

interface Row {
  what: string
  measured: string
  target: string
  met: boolean | undefined
}
const rows: Row[] = []
const say = (text: string): void => void process.stderr.write(`${text}\n`)
function note(what: string, measured: string, target = '', met?: boolean): void {
  rows.push({ what, measured, target, met })
  say(`  ${what}: ${measured}${met === undefined ? '' : ` (${target}: ${met ? 'met' : 'missed'})`}`)
}
const count = (value: number): string => Math.round(value).toLocaleString('en')

/** Runs a daemon on empty logs in a folder of its own. */
async function withDaemon<T>(
  logs: number,
  walls: Firewall,
  work: (daemon: MeasuredDaemon, paths: string[]) => Promise<T>,
  more: readonly string[] = [],
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'vpsguard-live-'))
  const paths = Array.from({ length: logs }, (_, i) => join(folder, `auth-${i}.log`))
  for (const path of paths) writeFileSync(path, '')
  const daemon = new MeasuredDaemon(folder, paths, walls, more)
  try {
    await daemon.ready()
    return await work(daemon, paths)
  } finally {
    await daemon.stop()
    rmSync(folder, { recursive: true })
  }
}

say('Making the log ...')
const [log] = makeLogs(share)
const lines = linesOf(log.path)

say(`Following ${count(log.lines)} lines that come at once ...`)
await withDaemon(
  1,
  'dry',
  async (daemon, [path]) => {
    const before = daemon.figures().cpu
    const started = performance.now()
    const last = await copy(log.path, path)
    const attacker = attackerOf(0)
    appendFileSync(path, attack(0, last))
    await daemon.until(() => daemon.found.has(attacker))
    const cpu = daemon.figures().cpu - before
    const wall = (performance.now() - started) / 1000
    const speed = log.lines / cpu
    note(
      'lines a second of one core',
      `${count(speed)} (${count(log.lines / wall)} by the clock, ${daemon.found.size} addresses in findings)`,
      `${count(TARGET.linesPerSecond)} or more`,
      speed >= TARGET.linesPerSecond,
    )
    await delay(10_000)
    const { resident, own, peak } = daemon.figures()
    note(
      `memory after ${count(log.lines)} lines`,
      `${count(resident)} MB (${count(own)} its own, the rest pages of the program's file; ${count(peak)} at the peak)`,
      `${TARGET.memory} MB or less`,
      resident <= TARGET.memory,
    )
  },
  ['--year', YEAR, '--timezone', 'UTC'],
)

for (const logs of [1, 10]) {
  say(`Following ${logs} logs at ${PER_SECOND} lines a second ...`)
  await withDaemon(
    logs,
    'dry',
    async (daemon, paths) => {
      const feeder = feed(paths, lines, PER_SECOND)
      await delay(WARM_UP * 1000)
      const before = daemon.figures()
      await delay(seconds * 1000)
      const after = daemon.figures()
      feeder.stop()
      const percent = ((after.cpu - before.cpu) / seconds) * 100
      note(
        `CPU at ${PER_SECOND} lines a second, ${logs === 1 ? 'one log' : `${logs} logs`}`,
        `${percent.toFixed(2)} % of a core`,
        `under ${TARGET.share} %`,
        percent < TARGET.share,
      )
      note(`memory then`, `${count(after.resident)} MB (${count(after.own)} its own)`)
    },
    ['--timezone', 'UTC'],
  )
}

say(`Attacking ${samples} times (${firewall}) ...`)
await withDaemon(
  2,
  firewall,
  async (daemon, [path, ...others]) => {
    const feeder = feed([path], lines, PER_SECOND)
    await delay(2000)
    const written = new Map<string, number>()
    for (let i = 0; i < samples; i++) {
      const attacker = attackerOf(i)
      appendFileSync(others.length > 0 && i % 2 === 1 ? others[0] : path, attack(i, stampOf(new Date())))
      written.set(attacker, performance.now())
      // No multiple of the daemon's rounds, so that attacks come at all of their phases.
      await delay(437)
    }
    await delay(5000)
    feeder.stop()
    tell('a finding', written, daemon.found, TARGET.found)
    tell(`a block (${firewall})`, written, daemon.blocked, TARGET.blocked)
  },
  ['--timezone', 'UTC'],
)

function tell(
  what: string,
  written: ReadonlyMap<string, number>,
  seen: ReadonlyMap<string, number>,
  most: number,
): void {
  const delays = [...written]
    .flatMap(([address, at]) => {
      const then = seen.get(address)
      return then === undefined ? [] : [then - at]
    })
    .sort((a, b) => a - b)
  const at = (part: number): string => count(delays[Math.min(delays.length - 1, Math.floor(part * delays.length))])
  note(
    `from a line to ${what}`,
    `median ${at(0.5)} ms, 99 of 100 within ${at(0.99)} ms, all within ${at(1)} ms (${delays.length} of ${written.size} attacks)`,
    `${most / 1000} s or less`,
    delays.length === written.size && (delays.at(-1) ?? Number.NaN) <= most,
  )
}

/** Appends one file to another as fast as it goes; answers the stamp of its last line. */
async function copy(from: string, to: string): Promise<string> {
  const file = openSync(from, 'r')
  const buffer = Buffer.alloc(BLOCK)
  let tail = ''
  for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer)) {
    const block = buffer.subarray(0, length)
    appendFileSync(to, block)
    tail = (tail + block.subarray(-4096).toString('latin1')).slice(-4096)
    await new Promise(done => setImmediate(done))
  }
  closeSync(file)
  return tail.slice(tail.lastIndexOf('\n', tail.length - 2) + 1).slice(0, 16)
}

const machine = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores, ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}`
const text = [
  '# What watching costs',
  '',
  `Measured by \`npm run bench:live\` on ${machine}.`,
  '',
  '| What | Measured | Target | |',
  '| --- | --- | --- | --- |',
  ...rows.map(
    ({ what, measured, target, met }) =>
      `| ${what} | ${measured} | ${target} | ${met === undefined ? '' : met ? 'met' : 'missed'} |`,
  ),
  '',
].join('\n')
mkdirSync(join(RESULT, '..'), { recursive: true })
writeFileSync(RESULT, text)
console.log(text)
