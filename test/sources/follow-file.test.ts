import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { type FileFollower, type FollowFileOptions, followFile } from '../../src/sources/follow/file.ts'
import { makeFolder } from './folder.ts'

const open: FileFollower[] = []
afterEach(async () => {
  for (const follower of open.splice(0)) await follower.close()
})

async function follow(path: string, from: FollowFileOptions['from'] = 'end'): Promise<FileFollower> {
  const follower = await followFile(path, { from })
  open.push(follower)
  return follower
}

/** Everything that is there now. */
async function readAll(follower: FileFollower): Promise<string> {
  let text = ''
  for (let quiet = 0; quiet < 2; ) {
    const chunk = await follower.read()
    if (chunk === undefined) quiet++
    else text += Buffer.from(chunk.bytes).toString()
  }
  return text
}

function log(): { path: string; folder: string; add: (from: number, to: number) => string } {
  const folder = makeFolder()
  const path = join(folder, 'auth.log')
  return {
    path,
    folder,
    add: (from, to) => {
      const text = lines(from, to)
      appendFileSync(path, text)
      return text
    },
  }
}

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `${String(from + index).padStart(8, '0')} a line of the log\n`).join(
    '',
  )

describe('a followed file', () => {
  it('begins at its end, and goes on where it was left', async () => {
    const { path, add } = log()
    add(0, 100)
    const follower = await follow(path)
    expect(await readAll(follower)).toBe('')
    add(100, 200)
    expect(await readAll(follower)).toBe(lines(100, 200))
    const position = follower.position(0)
    await follower.close()
    add(200, 300)
    expect(await readAll(await follow(path, position))).toBe(lines(200, 300))
  })

  it('is followed when it is renamed and made anew, several times between two reads', async () => {
    const { path, add } = log()
    add(0, 10)
    const follower = await follow(path, 'start')
    expect(await readAll(follower)).toBe(lines(0, 10))
    for (let turn = 1; turn < 5; turn++) {
      add(turn * 10, turn * 10 + 5)
      for (let number = turn - 1; number > 0; number--) renameSync(`${path}.${number}`, `${path}.${number + 1}`)
      renameSync(path, `${path}.1`)
      add(turn * 10 + 5, turn * 10 + 10)
    }
    expect(await readAll(follower)).toBe(lines(10, 50))
    expect(follower.health()).toMatchObject({ state: 'following', lostBytes: 0, rotations: 4 })
  })
  it('copytruncate', async () => {
    const { path, add } = log()
    add(0, 10)
    const follower = await follow(path)
    add(10, 20)
    copyFileSync(path, `${path}.1`)
    truncateSync(path)
    add(20, 200)
    expect(await readAll(follower)).toBe(lines(10, 200))
    expect(follower.health()).toMatchObject({ truncations: 1, lostBytes: 0 })
  })
  it('compressed while down', async () => {
    const { path, add } = log()
    add(0, 10)
    const follower = await follow(path)
    add(10, 20)
    expect(await readAll(follower)).toBe(lines(10, 20))
    const position = follower.position(30)
    await follower.close()
    add(20, 30)
    writeFileSync(`${path}.2.gz`, gzipSync(readFileSync(path)))
    unlinkSync(path)
    writeFileSync(`${path}.1`, lines(30, 40))
    add(40, 50)
    expect(await readAll(await follow(path, position))).toBe(lines(10, 20).slice(-30) + lines(20, 50))
  })
})
