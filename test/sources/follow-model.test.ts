/** Random histories of a log, compared with the truth: every line once, in the order it was written. */
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FileFollower } from '../../src/sources/follow/file.ts'
import { makeFolder } from './folder.ts'
import { follow, LineReader } from './follow-lines.ts'

type Naming = 'numbers' | 'dates' | 'olddir'

type Step =
  | { kind: 'append'; lines: number; cut: number }
  | {
      kind: 'rotate'
      style: 'rename' | 'copy' /** What happens between its parts. */
      between: readonly ('read' | 'read all' | 'append' | 'restart' | '')[]
    }
  | { kind: 'compress'; nth: number; packing: 'gz' | 'zst' }
  | { kind: 'read'; chunks: number }
  | { kind: 'restart' }

/** A log, its writer, and whoever rotates it. */
class World {
  readonly truth: string[] = []
  readonly path: string
  readonly #folder: string
  readonly #naming: Naming
  readonly #header: boolean
  #writer: number
  #unfinished = ''
  #rotations = 0
  #count = 0

  constructor(naming: Naming, header: boolean) {
    const folder = makeFolder()
    this.path = join(folder, 'auth.log')
    this.#naming = naming
    this.#header = header
    this.#folder = naming === 'olddir' ? join(folder, 'old') : folder
    if (naming === 'olddir') mkdirSync(this.#folder)
    this.#writer = openSync(this.path, 'a')
    this.#begin()
  }

  #begin(): void {
    if (this.#header) this.append(1, 0, '# this log has a first line that is always the same')
  }

  append(lines: number, cut: number, ...more: string[]): void {
    let text = ''
    const line = (): string => {
      const next = `${String(this.#count).padStart(8, '0')} ${(Math.imul(this.#count++, 2654435761) >>> 0).toString(36)} written`
      this.truth.push(next)
      return `${next}\n`
    }
    for (const other of more) {
      this.truth.push(other)
      text += `${other}\n`
    }
    for (let index = 0; index < lines; index++) text += line()
    const all = this.#unfinished + text + (cut > 0 ? line() : '')
    const end = cut > 0 ? all.length - cut : all.length
    writeSync(this.#writer, all.slice(0, end))
    this.#unfinished = all.slice(end)
  }

  #members(): string[] {
    return readdirSync(this.#folder).filter(name => /^auth\.log[.-]/.test(name))
  }

  /** Rotates step by step. */
  *rotate(style: 'rename' | 'copy'): Generator<'before' | 'inside' | 'after'> {
    this.append(0, 0)
    let target = join(this.#folder, `auth.log-20261121-${String(++this.#rotations).padStart(6, '0')}`)
    if (this.#naming !== 'dates') {
      target = join(this.#folder, 'auth.log.1')
      const numbered = this.#members().map(name => ({ name, number: Number(/\.(\d+)/.exec(name)?.[1]) }))
      for (const { name, number } of numbered.sort((a, b) => b.number - a.number)) {
        renameSync(join(this.#folder, name), join(this.#folder, name.replace(/\.\d+/, `.${number + 1}`)))
        yield 'before'
      }
    }
    if (style === 'copy') {
      const size = statSync(this.path).size
      writeFileSync(target, readFileSync(this.path).subarray(0, size / 2))
      yield 'before'
      copyFileSync(this.path, target)
      yield 'inside'
      truncateSync(this.path)
    } else {
      renameSync(this.path, target)
      yield 'before'
      closeSync(openSync(this.path, 'a'))
      yield 'before'
      this.append(0, 0)
      closeSync(this.#writer)
      this.#writer = openSync(this.path, 'a')
    }
    yield 'after'
    this.#begin()
  }

  compress(nth: number, packing: 'gz' | 'zst'): void {
    const plain = this.#members()
      .filter(name => !/\.(gz|zst)$/.test(name))
      .sort()
    if (plain.length === 0) return
    const path = join(this.#folder, plain[nth % plain.length])
    const { atimeMs, mtimeMs } = statSync(path)
    const packed = (packing === 'gz' ? gzipSync : zstdCompressSync)(readFileSync(path))
    writeFileSync(`${path}.${packing}`, packed)
    utimesSync(`${path}.${packing}`, atimeMs / 1000, mtimeMs / 1000)
    unlinkSync(path)
  }

  close(): void {
    closeSync(this.#writer)
  }
}

class Reading {
  readonly reader = new LineReader()
  readonly #path: string
  #follower: FileFollower | undefined

  constructor(path: string) {
    this.#path = path
  }

  async #get(): Promise<FileFollower> {
    this.#follower ??= await follow(this.#path, 'start')
    return this.#follower
  }

  async read(chunks: number): Promise<void> {
    const follower = await this.#get()
    for (let count = 0; count < chunks; count++) {
      const chunk = await follower.read()
      if (chunk === undefined) return
      this.reader.take(chunk)
    }
  }

  async restart(): Promise<void> {
    const follower = await this.#get()
    const position = this.reader.stop(follower)
    await follower.close()
    this.#follower = await follow(this.#path, position)
  }

  async end(): Promise<{ lines: readonly string[]; lostBytes: number; message: string | undefined }> {
    await this.read(Number.POSITIVE_INFINITY)
    const { lostBytes, message } = (await this.#get()).health()
    await this.#follower?.close()
    return { lines: this.reader.lines, lostBytes, message }
  }
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      lines: fc.integer({ min: 0, max: 60 }),
      cut: fc.constantFrom(0, 0, 0, 1, 10),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('rotate' as const),
      style: fc.constantFrom('rename' as const, 'copy' as const),
      between: fc.array(
        fc.constantFrom('read' as const, 'read all' as const, 'append' as const, 'restart' as const, '' as const),
        {
          maxLength: 8,
        },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('compress' as const),
      nth: fc.nat(5),
      packing: fc.constantFrom('gz' as const, 'zst' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), chunks: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
)

async function play(naming: Naming, header: boolean, before: number, steps: readonly Step[]): Promise<void> {
  const world = new World(naming, header)
  // What was rotated before the follower's first start is old.
  for (let rotation = 0; rotation < before; rotation++) {
    world.append(40, 0)
    for (const _ of world.rotate('rename'));
  }
  const old = header ? world.truth.length - 2 : world.truth.length
  const reading = new Reading(world.path)
  await reading.read(1)
  for (const step of steps) {
    if (step.kind === 'append') world.append(step.lines, step.cut)
    else if (step.kind === 'compress') world.compress(step.nth, step.packing)
    else if (step.kind === 'read') await reading.read(step.chunks)
    else if (step.kind === 'restart') await reading.restart()
    else {
      let part = 0
      for (const where of world.rotate(step.style)) {
        const what = step.between[part++ % Math.max(1, step.between.length)]
        if (what === 'read') await reading.read(1)
        else if (what === 'read all') await reading.read(Number.POSITIVE_INFINITY)
        else if (what === 'restart') await reading.restart()
        // What is written between the copy and the truncation is lost by whoever rotates, not by us.
        else if (what === 'append' && where !== 'inside') world.append(3, 0)
      }
    }
  }
  world.append(1, 0)
  world.close()
  const { lines, lostBytes, message } = await reading.end()
  expect(lines).toEqual(world.truth.slice(old))
  expect({ lostBytes, message }).toEqual({ lostBytes: 0, message: undefined })
}

describe.each<Naming>(['numbers', 'dates', 'olddir'])('any history of a log, rotated to %s', naming => {
  it.each([false, true])('gives every line once and in order (files that begin alike: %s)', async header => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.array(step, { minLength: 1, maxLength: 30 }), (before, steps) =>
        play(naming, header, before, steps),
      ),
      { numRuns: Number(process.env.RUNS ?? 40) },
    )
  })
})
