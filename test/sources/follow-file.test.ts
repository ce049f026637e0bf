import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  closeSync,
  copyFileSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { MOST_READ } from '../../src/sources/follow/readers.ts'
import { asNobody } from '../support/unprivileged.ts'
import { makeFolder } from './folder.ts'
import { follow, LineReader, readAll } from './follow-lines.ts'

const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `${String(from + index).padStart(8, '0')} a line of the log`)

const textOf = (from: number, to: number): string => `${lines(from, to).join('\n')}\n`

function makeLog(): { path: string; folder: string; add: (from: number, to: number) => void } {
  const folder = makeFolder()
  const path = join(folder, 'auth.log')
  return { path, folder, add: (from, to) => appendFileSync(path, textOf(from, to)) }
}

const PACKERS: Readonly<Record<string, (text: Uint8Array) => Uint8Array>> = {
  gz: text => gzipSync(text),
  zst: text => zstdCompressSync(text),
  xz: input => execFileSync('xz', ['-c'], { input }),
  bz2: input => execFileSync('bzip2', ['-c'], { input }),
}

describe('a followed file', () => {
  it('begins behind its last whole line, or at its start', async () => {
    const { path, add } = makeLog()
    add(0, 100)
    appendFileSync(path, '00000100 a li')
    const end = await follow(path, 'end')
    expect(await readAll(end)).toEqual([])
    appendFileSync(path, 'ne of the log\n')
    add(101, 110)
    expect(await readAll(await follow(path, 'start'))).toEqual(lines(0, 110))
    const reader = new LineReader()
    expect(await readAll(await follow(path, end.position(13)), reader)).toEqual(lines(100, 110))
  })
  it('goes on where it was left, also with a line that was not finished', async () => {
    const { path, add } = makeLog()
    const first = await follow(path)
    const reader = new LineReader()
    add(0, 10)
    appendFileSync(path, '00000010 a li')
    expect(await readAll(first, reader)).toEqual(lines(0, 10))
    const position = reader.stop(first)
    await first.close()
    appendFileSync(path, 'ne of the log\n')
    const second = await follow(path, position)
    expect(second.position(0)).toEqual(position)
    expect(await second.read()).toMatchObject({ offset: textOf(0, 10).length, fresh: false, path })
  })
  it('may appear later, go away, and come again', async () => {
    const { path, add } = makeLog()
    const follower = await follow(path, 'end')
    expect(follower.health()).toMatchObject({ state: 'waiting', message: expect.stringContaining('does not exist') })
    expect(await readAll(follower)).toEqual([])
    add(0, 10)
    expect(await readAll(follower)).toEqual(lines(0, 10))
    expect(follower.health().state).toBe('following')
    unlinkSync(path)
    expect(await readAll(follower)).toEqual([])
    expect(follower.health().state).toBe('waiting')
    add(10, 20)
    expect(await readAll(follower)).toEqual(lines(10, 20))
  })
  it('is woken by what is written, by a signal, and by the time', async () => {
    const { path, add } = makeLog()
    add(0, 1)
    const follower = await follow(path)
    await readAll(follower)
    const never = new AbortController()
    const waiting = follower.wait(60_000, never.signal)
    add(1, 2)
    await waiting
    expect(await readAll(follower)).toEqual(lines(1, 2))
    const stop = new AbortController()
    const stopped = follower.wait(60_000, stop.signal)
    stop.abort()
    await stopped
    await follower.wait(1, never.signal)
    // Neither is one that is closed waited for.
    const closed = follower.wait(60_000, never.signal)
    await follower.close()
    await closed
    expect(await follower.read()).toBeUndefined()
  })
  it('is found by looking where the folder cannot be watched yet', async () => {
    const folder = join(makeFolder(), 'later')
    const path = join(folder, 'a.log')
    const follower = await follow(path, 'end')
    expect(await follower.read()).toBeUndefined()
    const waiting = follower.wait(60_000, new AbortController().signal)
    mkdirSync(folder)
    writeFileSync(path, textOf(0, 3))
    await waiting
    expect(await readAll(follower)).toEqual(lines(0, 3))
  })
})

describe('a rotated file', () => {
  it('is read to its end though its writer is told late', async () => {
    const { path, add } = makeLog()
    add(0, 10)
    const follower = await follow(path)
    const reader = new LineReader()
    await readAll(follower, reader)
    const old = openSync(path, 'a')
    renameSync(path, `${path}.1`)
    writeSync(old, textOf(10, 15))
    add(20, 30)
    await readAll(follower, reader)
    expect(reader.lines).toEqual([...lines(0, 15), ...lines(20, 30)])
    // Even when the new one was read already: but not in the middle of a line.
    appendFileSync(path, 'half')
    await readAll(follower, reader)
    writeSync(old, `${textOf(15, 18)}cut`)
    expect(await readAll(follower, reader)).toEqual([])
    appendFileSync(path, ' done\n')
    expect(await readAll(follower, reader)).toEqual(['half done', ...lines(15, 18)])
    const position = reader.stop(follower)
    await follower.close()
    writeSync(old, ' up\n')
    closeSync(old)
    expect(await readAll(await follow(path, position), reader)).toEqual(['cut up'])
  })
  it('is let go when it has been silent for long', async () => {
    const { path, add } = makeLog()
    add(0, 10)
    const follower = await follow(path)
    await readAll(follower)
    appendFileSync(path, 'cut')
    renameSync(path, `${path}.1`)
    add(10, 20)
    await readAll(follower)
    expect(follower.reads(`${statSync(`${path}.1`).dev}:${statSync(`${path}.1`).ino}`)).toBe(true)
    utimesSync(`${path}.1`, 0, 0)
    await readAll(follower)
    await readAll(follower)
    expect(follower.reads(`${statSync(`${path}.1`).dev}:${statSync(`${path}.1`).ino}`)).toBe(false)
  })
  it.each(Object.keys(PACKERS))('is read from where it was left when it was packed to .%s meanwhile', async packing => {
    const { path, add, folder } = makeLog()
    add(0, 1000)
    const follower = await follow(path)
    const reader = new LineReader()
    await readAll(follower, reader)
    const position = reader.stop(follower)
    await follower.close()
    add(1000, 2000)
    for (const [name, text] of [
      ['auth.log-20261120', readFileSync(path)],
      ['auth.log-20261121', Buffer.from(textOf(2000, 2100))],
    ] as const)
      writeFileSync(join(folder, `${name}.${packing}`), PACKERS[packing](text))
    rmSync(path)
    add(2100, 2110)
    const second = await follow(path, position)
    const chunk = await second.read()
    expect(chunk).toMatchObject({ path: join(folder, `auth.log-20261120.${packing}`), fresh: false })
    if (chunk !== undefined) reader.take(chunk)
    await readAll(second, reader)
    expect(reader.lines).toEqual(lines(0, 2110))
    expect(second.health()).toMatchObject({ rotations: 2, lostBytes: 0 })
  })
  it('is not read again when it is packed while it is held', async () => {
    const { path, add } = makeLog()
    add(0, 10)
    const follower = await follow(path)
    await readAll(follower)
    writeFileSync(`${path}.1.gz`, gzipSync(readFileSync(path)))
    unlinkSync(path)
    add(10, 20)
    expect(await readAll(follower)).toEqual(lines(10, 20))
  })
  it('is found under any name by its inode', async () => {
    const { path, folder, add } = makeLog()
    add(0, 10)
    const follower = await follow(path)
    const reader = new LineReader()
    await readAll(follower, reader)
    add(10, 20)
    const position = reader.stop(follower)
    await follower.close()
    renameSync(path, join(folder, 'kept-for-the-auditor'))
    add(20, 30)
    expect(await readAll(await follow(path, position))).toEqual(lines(10, 30))
  })
  it('may be one of a link, whose next target is read from its start', async () => {
    const { folder } = makeLog()
    const link = join(folder, 'app.log')
    const target = (day: number): string => join(folder, `app-2026112${day}.log`)
    writeFileSync(target(1), textOf(0, 10))
    symlinkSync(target(1), link)
    const follower = await follow(link)
    expect(await readAll(follower)).toEqual(lines(0, 10))
    appendFileSync(target(1), textOf(10, 15))
    for (const day of [2, 3]) {
      writeFileSync(target(day), textOf(day * 10, day * 10 + 5))
      unlinkSync(link)
      symlinkSync(target(day), link)
    }
    expect(await readAll(follower)).toEqual([...lines(10, 15), ...lines(20, 25), ...lines(30, 35)])
    // Back to one that was read: only what is new in it.
    appendFileSync(target(2), textOf(25, 30))
    unlinkSync(link)
    symlinkSync(target(2), link)
    expect(await readAll(follower)).toEqual(lines(25, 30))
  })
  it('is not believed where others could have put it', async () => {
    const { path, folder, add } = makeLog()
    add(0, 10)
    const follower = await follow(path)
    await readAll(follower)
    mkdirSync(join(folder, 'app'))
    chmodSync(join(folder, 'app'), 0o777)
    writeFileSync(join(folder, 'app', 'auth.log.1'), 'Accepted password for root\n')
    renameSync(path, `${path}.2`)
    add(10, 20)
    expect(await readAll(follower)).toEqual(lines(10, 20))
  })
})

describe('a truncated file', () => {
  it('goes on in its copy, then from its start, even when it has grown past the place', async () => {
    const { path, add } = makeLog()
    add(0, 10)
    const follower = await follow(path)
    const reader = new LineReader()
    await readAll(follower, reader)
    add(10, 20)
    copyFileSync(path, `${path}.1`)
    truncateSync(path)
    add(20, 200)
    await readAll(follower, reader)
    expect(reader.lines).toEqual(lines(0, 200))
    expect(follower.health()).toMatchObject({ truncations: 1, lostBytes: 0 })
  })
  it('says what is lost where there is no copy, and where it cannot know', async () => {
    const { path, add } = makeLog()
    add(0, 10)
    const follower = await follow(path)
    await readAll(follower)
    const position = follower.position(0)
    truncateSync(path)
    add(50, 60)
    expect(await readAll(follower)).toEqual(lines(50, 60))
    expect(follower.health()).toMatchObject({ state: 'following', truncations: 1, lostBytes: 0 })
    const restarted = await follow(path, position)
    expect(await readAll(restarted)).toEqual(lines(50, 60))
    expect(restarted.health().message).toMatch(/is gone, neither rotated nor copied/)
    // It is said until the next rotation, not for ever.
    renameSync(path, `${path}.1`)
    add(60, 70)
    expect(await readAll(restarted)).toEqual(lines(60, 70))
    expect(restarted.health().message).toBeUndefined()
    renameSync(`${path}.1`, path)
    writeFileSync(path, textOf(50, 60))
    expect(await readAll(await follow(path, { kind: 'journal', cursor: 'x' }))).toEqual(lines(50, 60))
  })
  it('counts the bytes that it has seen and could not read', async () => {
    const { path } = makeLog()
    const long = `${'x'.repeat(3 << 20)}\n`
    writeFileSync(path, long)
    const follower = await follow(path)
    expect((await follower.read())?.bytes.length).toBe(MOST_READ)
    truncateSync(path)
    expect(await readAll(follower)).toEqual([])
    expect(follower.health().lostBytes).toBe(long.length - MOST_READ)
  })
  it('may have a hole where its writer does not append', async () => {
    const { path } = makeLog()
    const writer = openSync(path, 'w')
    writeSync(writer, textOf(0, 100))
    const follower = await follow(path)
    await readAll(follower)
    copyFileSync(path, `${path}.1`)
    truncateSync(path)
    writeSync(writer, textOf(100, 110))
    closeSync(writer)
    const [first, ...others] = await readAll(follower)
    expect(first).toBe(`${'\0'.repeat(textOf(0, 100).length)}${lines(100, 101)[0]}`)
    expect(others).toEqual(lines(101, 110))
  })
  it('is another file with the number of a deleted one', async () => {
    const { path, add } = makeLog()
    add(0, 10)
    const first = await follow(path)
    const reader = new LineReader()
    await readAll(first, reader)
    const position = reader.stop(first)
    await first.close()
    renameSync(path, `${path}.1`)
    add(10, 30)
    // As if the new file had got the old one's number.
    const { at } = position
    const { dev, ino } = statSync(path)
    const reused = { ...position, at: String(at).replace(/^\d+:\d+/, `${dev}:${ino}`) }
    expect(await readAll(await follow(path, reused))).toEqual(lines(10, 30))
  })
})

describe('what a local user can put in the way', () => {
  it.each([
    ['a FIFO', (path: string) => execFileSync('mkfifo', [path])],
    ['a device', (path: string) => symlinkSync('/dev/zero', path)],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a link to itself', (path: string) => symlinkSync(path, path)],
  ])('%s is not read, and the log is as soon as it is back', async (_, put) => {
    const { path, add } = makeLog()
    add(0, 10)
    const follower = await follow(path)
    await readAll(follower)
    renameSync(path, `${path}.1`)
    put(path)
    expect(await readAll(follower)).toEqual([])
    expect(follower.health()).toMatchObject({ state: 'failed', message: expect.stringContaining(path) })
    appendFileSync(`${path}.1`, textOf(10, 12))
    expect(await readAll(follower)).toEqual(lines(10, 12))
    const waiting = follower.wait(60_000, new AbortController().signal)
    rmSync(path, { recursive: true })
    add(12, 20)
    await waiting
    expect(await readAll(follower)).toEqual(lines(12, 20))
    expect(follower.health().state).toBe('following')
  })
  it('a right taken away stops nothing that is open, and what comes later waits for it', async () => {
    const { path, folder, add } = makeLog()
    chmodSync(folder, 0o755)
    add(0, 10)
    const follower = await asNobody(() => follow(path))
    const read = (): Promise<string[]> => asNobody(() => readAll(follower))
    expect(await read()).toEqual(lines(0, 10))
    chmodSync(path, 0)
    add(10, 20)
    expect(await read()).toEqual(lines(10, 20))
    renameSync(path, `${path}.1`)
    add(20, 30)
    chmodSync(path, 0)
    expect(await read()).toEqual([])
    expect(follower.health()).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(/may not be read.*group/),
    })
    chmodSync(path, 0o644)
    expect(await read()).toEqual(lines(20, 30))
    expect(follower.health().state).toBe('following')
  })
  it('among the rotated files a FIFO is passed over', async () => {
    const { path, add } = makeLog()
    add(0, 10)
    const follower = await follow(path)
    await readAll(follower)
    renameSync(path, `${path}.2`)
    execFileSync('mkfifo', [`${path}.1`])
    add(10, 20)
    expect(await readAll(follower)).toEqual(lines(10, 20))
  })
  it('a damaged rotated file is read as far as it goes, and said', async () => {
    const { path, add } = makeLog()
    add(0, 10)
    const follower = await follow(path)
    await readAll(follower)
    renameSync(path, `${path}.2`)
    const packed = gzipSync(
      Buffer.from(Array.from({ length: 20_000 }, (_, i) => `${i} ${Math.imul(i, 2654435761)}\n`).join('')),
    )
    writeFileSync(`${path}.1.gz`, packed.subarray(0, packed.length / 2))
    add(10, 20)
    const read = await readAll(follower)
    expect(read.length).toBeGreaterThan(1000)
    expect(read.slice(-10)).toEqual(lines(10, 20))
    expect(follower.health().message).toMatch(/is damaged or cut/)
  })
  it('a line of a gigabyte comes in pieces, and the place is right', async () => {
    const { path, add } = makeLog()
    add(0, 10)
    const follower = await follow(path)
    await readAll(follower)
    const file = openSync(path, 'a')
    const start = statSync(path).size
    ftruncateSync(file, start + 1_000_000_000)
    let length = 0
    let most = 0
    for (let chunk = await follower.read(); chunk !== undefined; chunk = await follower.read()) {
      expect(chunk.offset).toBe(start + length)
      length += chunk.bytes.length
      most = Math.max(most, chunk.bytes.length)
    }
    expect({ length, most }).toEqual({ length: 1_000_000_000, most: MOST_READ })
    const position = follower.position(length)
    await follower.close()
    closeSync(file)
    const again = await follow(path, position)
    expect(await again.read()).toMatchObject({ offset: start, fresh: false })
  })
  it('a file of a terabyte is no more per read than any other', async () => {
    const { path } = makeLog()
    closeSync(openSync(path, 'w'))
    truncateSync(path, 1e12)
    const follower = await follow(path)
    for (const offset of [0, MOST_READ, 2 * MOST_READ])
      expect(await follower.read()).toMatchObject({ offset, bytes: { length: MOST_READ } })
    expect(await readAll(await follow(path, 'end'))).toEqual([])
  })
  it('a name that is not text of ours stays a name', async () => {
    const folder = makeFolder()
    const path = join(folder, 'a[b](c)+$^.log')
    writeFileSync(path, textOf(0, 3))
    const follower = await follow(path)
    expect(await readAll(follower)).toEqual(lines(0, 3))
    renameSync(path, `${path}.1`)
    writeFileSync(path, textOf(3, 5))
    expect(await readAll(follower)).toEqual(lines(3, 5))
  })
})

describe('a chunk', () => {
  it('says whether it is the last for now: not where more is written, and not where the path leads to another file', async () => {
    const { path, add } = makeLog()
    add(0, 3)
    const follower = await follow(path, 'start')
    await follower.read()
    add(3, 4)
    expect(await follower.read()).toMatchObject({ last: true })
    writeFileSync(path, 'x'.repeat(MOST_READ), { flag: 'a' })
    add(4, 5)
    expect((await follower.read())?.last).toBeUndefined()
    expect(await follower.read()).toMatchObject({ last: true })
    add(5, 6)
    renameSync(path, `${path}.1`)
    add(6, 7)
    const old = await follower.read()
    expect([Buffer.from(old?.bytes ?? []).toString(), old?.last]).toEqual([textOf(5, 6), undefined])
    const fresh = await follower.read()
    // What is still written to the old one must not wait for ever.
    expect([Buffer.from(fresh?.bytes ?? []).toString(), fresh?.last]).toEqual([textOf(6, 7), undefined])
    await follower.close()
  })
})
