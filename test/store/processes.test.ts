import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { Problem } from '../../src/core/errors.ts'
import { createRandom } from '../../src/core/random.ts'
import { hasOtherDaemon, lockDaemon } from '../../src/store/index.ts'
import { makeFolder, open } from './helpers.ts'
import { makeFinding, NOW } from './records.ts'

const CHILD = join(import.meta.dirname, 'child.ts')
type Child = ChildProcessByStdio<Writable, Readable, null>

const running: Child[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

function start(role: string, folder: string, number = 0): Child {
  const child = spawn(process.execPath, [CHILD, role, folder, `${number}`], { stdio: ['pipe', 'pipe', 'inherit'] })
  running.push(child)
  return child
}

/** Reads what a child says until it has said enough; answers the last line. */
async function until(child: Child, enough: (line: string) => boolean): Promise<string> {
  let last = ''
  for await (const line of createInterface({ input: child.stdout })) {
    last = line
    if (enough(line)) break
  }
  return last
}

async function kill(child: Child): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

describe('kill -9 while it writes', () => {
  it('leaves whole changes, all that were said to be done, and an intact chain', async () => {
    const folder = makeFolder()
    const random = createRandom(7)
    let next = 0
    for (let round = 0; round < 12; round++) {
      const child = start('w', folder, next)
      const stop = next + random.below(60)
      const said = await until(child, line => line === `done ${stop}`)
      await kill(child)
      expect(said).toBe(`done ${stop}`)
      const { store, notes } = open(folder)
      expect(notes).toEqual([])
      const count = store.findings.count()
      expect(count).toBeGreaterThan(stop)
      expect(store.outbox.notices({ limit: 1e6 })).toHaveLength(count)
      expect(Buffer.from(store.checkpoints.load('w')?.body ?? []).toString()).toMatch(new RegExp(`^${count - 1} `))
      expect(store.verify()).toMatchObject({ intact: true, findings: count })
      store.close()
      next = count
    }
  })
})

describe('several processes at once', () => {
  it('lose nothing and see one chain', async () => {
    const folder = makeFolder()
    const children = [start('count', folder, 1000), start('count', folder, 2000)]
    for (const child of children) child.stdout.resume()
    const { store } = open(folder)
    for (let n = 0; n < 200; n++) store.findings.upsert(makeFinding(`own${n}`), NOW)
    const codes = await Promise.all(children.map(async child => (await once(child, 'exit'))[0]))
    expect(codes).toEqual([0, 0])
    expect(store.findings.count()).toBe(600)
    expect(store.outbox.notices({ limit: 1e6 })).toHaveLength(400)
    expect(store.verify()).toMatchObject({ intact: true, entries: 600 })
  })
})

describe('one daemon', () => {
  it('keeps the second out, names the first, and lets the next in when it is killed', async () => {
    const folder = makeFolder()
    const first = start('lock', folder)
    await until(first, line => line === `locked ${first.pid}`)
    expect(hasOtherDaemon(folder)).toBe(true)
    expect(() => lockDaemon(folder)).toThrow(new RegExp(`process ${first.pid}`))
    expect(() => lockDaemon(folder)).toThrow(Problem)
    await kill(first)
    expect(hasOtherDaemon(folder)).toBe(false)
    const lock = lockDaemon(folder)
    expect(readFileSync(join(folder, 'daemon.pid'), 'utf8')).toBe(`${process.pid}\n`)
    expect(hasOtherDaemon(folder)).toBe(false)
    expect(() => lockDaemon(folder)).toThrow(new RegExp(`process ${process.pid}`))
    lock.release()
    lock.release()
    expect(existsSync(join(folder, 'daemon.pid'))).toBe(false)
    const next = start('lock', folder)
    await until(next, line => line === `locked ${next.pid}`)
    next.stdin.end()
    expect(await once(next, 'exit')).toEqual([0, null])
    lockDaemon(folder).release()
  })
})
