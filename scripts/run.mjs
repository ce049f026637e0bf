// Runs a task of the project on a machine that may have nothing but git, npm and some Node: installs what is missing,
// then hands over to the pinned Node. Plain JavaScript for an old Node; everything else is TypeScript.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isFresh } from '../bin/fresh.js'
import { installTools } from './tools.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
const stampFile = join(root, 'node_modules', '.vpsguard-setup')

const tool = name => join('node_modules', '.bin', name)
const tasks = {
  demo: [['scripts/demo.ts']],
  test: [['node_modules/vitest/vitest.mjs', 'run']],
  check: [
    ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'],
    [tool('tsc'), '-p', 'tsconfig.json'],
    [tool('knip')],
  ],
  build: [['scripts/build.ts']],
  docs: [['scripts/docs.ts']],
  'bench:speed': [['bench/speed.ts']],
  'bench:detection': [['bench/detection/run.ts']],
  'bench:payloads': [['bench/payloads.ts']],
  'bench:forest': [['bench/isolation-forest.ts']],
  'bench:rates': [['bench/rates.ts']],
  'bench:live': [['bench/live.ts']],
}

function install() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  const stamp = createHash('sha256').update(lock).digest('hex')
  if (existsSync(node) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  process.stderr.write('Setting up: installing the pinned tools (once) ...\n')
  const started = Date.now()
  // Not `npm ci`: it refuses a lock file that lacks the optional parts of other platforms, which not every registry has.
  const result = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (result.status !== 0) {
    process.stderr.write(
      'npm could not install the dependencies; its words stand above. Is a package registry reachable?\n',
    )
    process.exit(1)
  }
  if (!existsSync(node)) {
    process.stderr.write(
      `The pinned Node is missing at ${node}: its install script may be switched off (npm config get ignore-scripts).\n`,
    )
    process.exit(1)
  }
  writeFileSync(stampFile, stamp)
  process.stderr.write(`Set up in ${((Date.now() - started) / 1000).toFixed(1)} s.\n`)
}

function buildProgram() {
  spawnSync(node, ['scripts/build.ts', '--program'], { cwd: root, stdio: ['ignore', 2, 2] })
}

const [task, ...rest] = process.argv.slice(2)
// npm calls this at the end of an installation; without the developers' tools (--omit=dev) there is nothing to build with.
if (task === 'prepare') {
  if (existsSync(node) && existsSync(join(root, 'node_modules', 'rolldown'))) buildProgram()
  process.exit(0)
}
const steps = tasks[task]
if (steps === undefined) {
  process.stderr.write(`usage: node scripts/run.mjs <${Object.keys(tasks).join(' | ')}> [arguments]\n`)
  process.exit(2)
}
install()
if (task === 'test') installTools()
// The program as people start it: measured, tested and shown as built.
if (task !== 'build' && !isFresh(root))
  spawnSync(node, ['scripts/build.ts', '--program'], { cwd: root, stdio: ['ignore', 2, 2] })
const environment = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ''}` }
for (const [index, step] of steps.entries()) {
  const words = [...step, ...(index === steps.length - 1 ? rest : [])]
  const result = spawnSync(node, words, { cwd: root, stdio: 'inherit', env: environment })
  if (result.status !== 0) process.exit(result.status ?? 1)
}
