import { spawn } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { followStdin } from '../../src/sources/follow-stdin.ts'
import { LineReader, readAll } from './follow-lines.ts'

const never = new AbortController()

describe('a followed stream', () => {
  it('gives what has come, and never waits for more', async () => {
    const stream = new PassThrough()
    const follower = followStdin(stream)
    expect(await follower.read()).toBeUndefined()
    const waiting = follower.wait(60_000, never.signal)
    stream.write('one\ntw')
    await waiting
    expect(await follower.read()).toMatchObject({ fresh: true, offset: 0, path: '-' })
    stream.end('o\n')
    const reader = new LineReader()
    await follower.wait(60_000, never.signal)
    expect(await readAll(follower, reader)).toEqual(['o'])
    expect(follower.health()).toMatchObject({ state: 'waiting', message: 'the input has ended' })
    expect(follower.position(0)).toEqual({ kind: 'stdin' })
  })
  it('comes in bounded chunks, and is read no further than it is taken', async () => {
    const child = spawn('sh', ['-c', 'head -c 20000000 /dev/zero; echo; echo end'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const follower = followStdin(child.stdout)
    let length = 0
    while (follower.health().state === 'following') {
      const chunk = await follower.read()
      if (chunk === undefined) await follower.wait(60_000, never.signal)
      else {
        expect(chunk.bytes.length).toBeLessThanOrEqual(1 << 20)
        length += chunk.bytes.length
      }
    }
    expect(length).toBe(20_000_005)
  })
  it('cuts what comes at once, says when it breaks, and can be left', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(3 << 20)
      throw new Error('read EIO')
    }
    const follower = followStdin(broken())
    for (let part = 0; part < 3; part++) {
      await follower.wait(60_000, never.signal)
      expect((await follower.read())?.bytes.length).toBe(1 << 20)
    }
    while (follower.health().state === 'following') {
      await follower.read()
      await follower.wait(60_000, never.signal)
    }
    expect(follower.health()).toMatchObject({ state: 'failed', message: expect.stringContaining('read EIO') })
    const silent = followStdin(new PassThrough())
    await silent.close()
    expect(await silent.read()).toBeUndefined()
  })
})
