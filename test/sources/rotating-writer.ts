/**
 * A program that writes a log and rotates it, as fast as it can, in a process of its own:
 * `rotating-writer PATH ROTATIONS numbers|dates SEED`. Line n begins with n, so the truth is 0, 1, 2 ... Rotated files are
 * kept until their lines were read (told on stdin), since what is deleted unread is lost for any reader.
 */
import {
  closeSync,
  copyFileSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { createRandom } from '../../src/core/random.ts'

const [path, rotations, naming, seed] = process.argv.slice(2)
const folder = dirname(path)
const random = createRandom(Number(seed))
const KEPT = 12

let read = 0
process.stdin.setEncoding('utf8').on('data', (text: string) => {
  read = Number(text.trim().split('\n').at(-1))
})

let writer = openSync(path, 'a')
let count = 0
/** Last line of each rotated file that is there, oldest first. */
const ends: number[] = []

const pick = (most: number): number => random.below(most)

/** Writes some lines, the last of them in two pieces. */
function write(): void {
  let text = ''
  for (let lines = pick(60); lines >= 0; lines--) text += `${count++} ${'x'.repeat(pick(200))} ${count}\n`
  const cut = pick(20)
  writeSync(writer, text.slice(0, text.length - cut))
  if (cut > 0) writeSync(writer, text.slice(text.length - cut))
}

const members = (): string[] => readdirSync(folder).filter(name => /^auth\.log[.-]/.test(name))

/** Rotated files by age, the newest first. */
function byAge(): string[] {
  const key = (name: string): number => Number(/[.-](?:\d{8}-)?(\d+)/.exec(name)?.[1])
  return members().sort((a, b) => (naming === 'numbers' ? key(a) - key(b) : key(b) - key(a)))
}

function rotate(number: number): void {
  let target = join(folder, `${basename(path)}-20261121-${String(number).padStart(6, '0')}`)
  if (naming === 'numbers') {
    for (const name of byAge().reverse()) {
      const next = name.replace(/\.(\d+)/, (_, age: string) => `.${Number(age) + 1}`)
      renameSync(join(folder, name), join(folder, next))
    }
    target = `${path}.1`
  }
  const style = pick(3)
  if (style === 0) {
    copyFileSync(path, target)
    truncateSync(path)
  } else {
    renameSync(path, target)
    // The writer is told late: it goes on in the file that has another name now.
    if (style === 1) write()
    closeSync(openSync(path, 'a'))
    if (style === 1) write()
    closeSync(writer)
    writer = openSync(path, 'a')
  }
  ends.push(count)
}

function compress(): void {
  const plain = byAge().filter(name => !/\.(gz|zst)$/.test(name))
  const name = plain[pick(Math.min(3, plain.length))]
  if (name === undefined) return
  const from = join(folder, name)
  const [extension, pack] = pick(2) === 0 ? ['gz', gzipSync] : ['zst', zstdCompressSync]
  writeFileSync(`${from}.${extension}`, pack(readFileSync(from)))
  unlinkSync(from)
}

for (let number = 1; number <= Number(rotations); number++) {
  for (let writes = pick(4); writes >= 0; writes--) write()
  rotate(number)
  if (pick(2) === 0) compress()
  while (ends.length > KEPT) {
    while (read < ends[0]) await setImmediate()
    const oldest = byAge().at(-1)
    if (oldest !== undefined) unlinkSync(join(folder, oldest))
    ends.shift()
  }
  await setImmediate()
}
write()
closeSync(writer)
process.stdout.write(`${count}\n`)
process.stdin.destroy()
