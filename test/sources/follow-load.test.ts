/** A log that is rotated a thousand times while it is written and read. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { makeFolder } from './folder.ts'
import { follow, LineReader } from './follow-lines.ts'

const WRITER = join(import.meta.dirname, 'rotating-writer.ts')
/** Chunks between two restarts of the follower. */
const RESTART = 97
/** Milliseconds; the machine may have other things to do. */
const SLOWEST = 600_000

describe('a thousand rotations under load', () => {
  it.each(['numbers', 'dates'])(
    'give every line once and in order (%s)',
    async naming => {
      const path = join(makeFolder(), 'auth.log')
      let follower = await follow(path, 'start')
      const writer = spawn(process.execPath, [WRITER, path, '500', naming, '7'], { stdio: ['pipe', 'pipe', 'inherit'] })
      const ended = once(writer, 'close')
      const total = text(writer.stdout)
      const stop = new AbortController()
      total.finally(() => stop.abort())
      writer.stdin.on('error', () => undefined)
      const reader = new LineReader()
      for (let chunks = 1, quiet = 0; quiet < 3; chunks++) {
        const chunk = await follower.read()
        if (chunk === undefined) {
          if (stop.signal.aborted) quiet++
          await follower.wait(1000, stop.signal)
        } else {
          reader.take(chunk)
          if (!writer.stdin.writableEnded) writer.stdin.write(`${reader.lines.length}\n`)
        }
        if (chunks % RESTART === 0) {
          const position = reader.stop(follower)
          await follower.close()
          follower = await follow(path, position)
        }
      }
      expect(await ended).toEqual([0, null])
      const wrong = reader.lines.findIndex(
        (line, index) => !line.startsWith(`${index} `) || !line.endsWith(` ${index + 1}`),
      )
      expect(wrong < 0 ? '' : reader.lines.slice(Math.max(0, wrong - 2), wrong + 3)).toBe('')
      expect(reader.lines.length).toBe(Number(await total))
      expect(follower.health()).toMatchObject({ state: 'following', lostBytes: 0 })
    },
    SLOWEST,
  )
})
