import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { FileFollower } from '../../src/sources/follow/file.ts'
import { FollowGlobs } from '../../src/sources/follow-globs.ts'
import { makeFolder } from './folder.ts'
import { readAll } from './follow-lines.ts'

const open: FileFollower[] = []
afterEach(async () => {
  for (const follower of open.splice(0)) await follower.close()
})

const namesOf = (followers: readonly FileFollower[]): string[] => followers.map(({ path }) => basename(path)).sort()

async function look(globs: FollowGlobs): Promise<{ added: FileFollower[]; dropped: FileFollower[] }> {
  const changes = await globs.look()
  open.push(...changes.added)
  return changes
}

describe('patterns', () => {
  it('find what is there, then what appears, from its start', async () => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'a.log'), 'old\n')
    writeFileSync(join(folder, 'a.txt'), 'no\n')
    const globs = new FollowGlobs([join(folder, '*.log'), join(folder, 'sub', '*.log')], { first: 'end' })
    const { added } = await look(globs)
    expect(namesOf(added)).toEqual(['a.log'])
    expect(await readAll(added[0])).toEqual([])
    expect((await look(globs)).added).toEqual([])
    mkdirSync(join(folder, 'sub'))
    writeFileSync(join(folder, 'sub', 'b.log'), 'new\n')
    const later = await look(globs)
    expect(namesOf(later.added)).toEqual(['b.log'])
    expect(await readAll(later.added[0])).toEqual(['new'])
  })
  it('take no rotated file for a new log, whatever its name', async () => {
    const folder = makeFolder()
    const path = join(folder, 'a.log')
    for (const name of ['a.log', 'a.log.1', 'a.log-20260101', 'a.log.2.gz', 'app-2026-11-21.log', 'b.pid'])
      writeFileSync(join(folder, name), `${name} has a line that is long enough\n`)
    const globs = new FollowGlobs([join(folder, '*')], { first: 'start' })
    const { added } = await look(globs)
    expect(namesOf(added)).toEqual(['a.log', 'app-2026-11-21.log'])
    for (const follower of added) await readAll(follower)
    renameSync(path, join(folder, 'a.log.old'))
    writeFileSync(path, 'the next file has another line that is long\n')
    expect((await look(globs)).added).toEqual([])
    for (const follower of added) await readAll(follower)
    copyFileSync(path, join(folder, 'a.log.copied'))
    truncateSync(path)
    expect((await look(globs)).added).toEqual([])
    writeFileSync(join(folder, 'app-2026-11-22.log'), 'today\n')
    expect(namesOf((await look(globs)).added)).toEqual(['app-2026-11-22.log'])
  })
  it('drop what is gone, and go on with it where it comes back', async () => {
    const folder = makeFolder()
    const path = join(folder, 'a.log')
    writeFileSync(path, 'a line that was there before it went\n')
    const globs = new FollowGlobs([join(folder, '*.log')], { first: 'start' })
    const [follower] = (await look(globs)).added
    await readAll(follower)
    renameSync(path, join(folder, 'away'))
    const dropped: FileFollower[] = []
    while (dropped.length === 0) dropped.push(...(await look(globs)).dropped)
    expect(dropped).toEqual([follower])
    renameSync(join(folder, 'away'), path)
    appendFileSync(path, 'more\n')
    const [again] = (await look(globs)).added
    expect(await readAll(again)).toEqual(['more'])
  })
  it('follow only so many: who was silent for hours makes room, others do not', async () => {
    const folder = makeFolder()
    for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, `${name}.log`), `${name}\n`)
    utimesSync(join(folder, 'a.log'), 0, 0)
    const globs = new FollowGlobs([join(folder, '*.log')], { first: 'start', most: 2 })
    expect(namesOf((await look(globs)).added)).toEqual(['b.log', 'c.log'])
    expect(globs.left).toBe(1)
    utimesSync(join(folder, 'b.log'), 1, 1)
    writeFileSync(join(folder, 'd.log'), 'd\n')
    unlinkSync(join(folder, 'a.log'))
    const changes = await look(globs)
    expect([namesOf(changes.added), namesOf(changes.dropped), globs.left]).toEqual([['d.log'], ['b.log'], 0])
  })
  it('give places of an earlier run back', async () => {
    const folder = makeFolder()
    const path = join(folder, 'a.log')
    writeFileSync(path, 'a line that was read in the first run\n')
    const [first] = (await look(new FollowGlobs([path], { first: 'end' }))).added
    const positions = new Map([[path, first.position(0)]])
    appendFileSync(path, 'while down\n')
    writeFileSync(join(folder, 'b.log'), 'new while down\n')
    const { added } = await look(new FollowGlobs([join(folder, '*.log')], { first: 'start', positions }))
    const read = new Map<string, string[]>()
    for (const follower of added) read.set(basename(follower.path), await readAll(follower))
    expect(read).toEqual(
      new Map([
        ['a.log', ['while down']],
        ['b.log', ['new while down']],
      ]),
    )
  })
})
