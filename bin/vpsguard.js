#!/bin/sh
':' //; n="$(dirname -- "$(readlink -f -- "$0")")/../node_modules/node/bin/node"; [ -x "$n" ] || n=node; command -v "$n" >/dev/null || { echo 'vpsguard: needs Node 24 or newer, and no node is in PATH' >&2; exit 70; }; : "${MALLOC_ARENA_MAX:=2}"; export MALLOC_ARENA_MAX; if [ "$1" = watch ]; then v='--max-semi-space-size=1 --min-semi-space-size=1 --heap-growing-percent=25 --single-threaded-gc --no-turbofan --no-concurrent-recompilation --optimize-for-size --no-memory-reducer --expose-gc --disable-warning=ExperimentalWarning'; MALLOC_ARENA_MAX=1; : "${MALLOC_MMAP_THRESHOLD_:=16384}"; export MALLOC_MMAP_THRESHOLD_; : "${MALLOC_TRIM_THRESHOLD_:=131072}"; export MALLOC_TRIM_THRESHOLD_; else v='--max-semi-space-size=4 --heap-growing-percent=80 --initial-old-space-size=48'; fi; exec "$n" $v "$0" "$@"
// Starts the program: as built (dist/program) where that is as new as the sources, else the sources as they stand.
// Plain JavaScript that an old Node can read, so that it can say what is missing. The second line is a shell's: it starts
// Node with a small young generation, an old one that has room for the beginning and is collected early from then on, and
// few places to allocate from: a long run is a tenth smaller for it, and no slower. What watches for months is to be small
// before all: it does with the middle one of the compilers, collects and compiles on its own thread, gives back what it has
// freed, and does not collect again and again while it rests. It says nothing of what Node calls experimental: it can do
// without all of that.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isFresh } from './fresh.js'

const NEEDED = 24
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const source = join(root, 'src', 'cli.ts')
const built = join(root, 'dist', 'program', 'cli.js')
const checkout = existsSync(source)

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  if (checkout && !existsSync(join(root, 'node_modules', 'commander'))) {
    process.stderr.write('vpsguard: its dependencies are not installed here. Run: npm install\n')
    process.exit(70)
  }
  // Compiled code that is kept is read as a whole, and what watches for months is to be small.
  const cache = process.argv[2] === 'watch' ? undefined : cacheFolder()
  if (cache !== undefined) {
    nodeModule.enableCompileCache(cache)
    // Threads look here.
    process.env.NODE_COMPILE_CACHE = cache
  }
  await import(pathToFileURL(checkout && !isFresh(root) ? source : built).href)
} else {
  const pinned = join(root, 'node_modules', 'node', 'bin', 'node')
  if (!existsSync(pinned)) {
    process.stderr.write(
      `vpsguard: needs Node ${NEEDED} or newer, and this is ${process.version} (${process.execPath}).\n` +
        (checkout ? 'Run npm install here once: it brings a Node of its own.\n' : 'Install a newer Node, then try again.\n'),
    )
    process.exit(70)
  }
  const result = spawnSync(pinned, [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  if (result.signal !== null) process.kill(process.pid, result.signal)
  process.exit(result.status ?? 70)
}

// Compiled code is run unseen, so it is kept only below a folder that is this user's and that nobody else may write
// (Node's own choice, the shared folder for temporary files, is anybody's to fill beforehand).
function cacheFolder() {
  const { XDG_CACHE_HOME, HOME } = process.env
  const home = XDG_CACHE_HOME || HOME
  if (!home || process.getuid === undefined) return undefined
  const found = statSync(home, { throwIfNoEntry: false })
  if (found === undefined || found.uid !== process.getuid() || (found.mode & 0o022) !== 0) return undefined
  return XDG_CACHE_HOME ? join(home, 'vpsguard') : join(home, '.cache', 'vpsguard')
}
