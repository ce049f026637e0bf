/** The journal's follower: with real journals where they can be made, and with a journalctl that dies. */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type FollowJournalOptions, followJournal } from '../../src/sources/follow-journal.ts'
import type { Follower } from '../../src/sources/follower.ts'
import { makeFolder } from './folder.ts'
import { LineReader } from './follow-lines.ts'

const REMOTE = ['/lib/systemd/systemd-journal-remote', '/usr/lib/systemd/systemd-journal-remote'].find(existsSync)

const never = new AbortController()
const open: Follower[] = []
afterEach(async () => {
  for (const follower of open.splice(0)) await follower.close()
})

async function follow(options: Partial<FollowJournalOptions>): Promise<Follower> {
  const follower = await followJournal({ from: 'end', units: [], ...options })
  open.push(follower)
  return follower
}

/** Reads until that many lines are there in all. */
async function readUntil(follower: Follower, reader: LineReader, count: number): Promise<void> {
  while (reader.lines.length < count) {
    const chunk = await follower.read()
    if (chunk !== undefined) reader.take(chunk)
    else await follower.wait(10_000, never.signal)
    // A follower that was closed under it (by a test that ran out of time) waits for nothing.
    await new Promise(done => setImmediate(done))
    if (!open.includes(follower)) throw new Error('closed before it gave its lines')
  }
}

const messages = (reader: LineReader): string[] =>
  reader.lines.map(line => {
    const record: unknown = JSON.parse(line)
    return typeof record === 'object' && record !== null && 'MESSAGE' in record ? String(record.MESSAGE) : ''
  })

class Journal {
  readonly folder = makeFolder()
  #count = 0

  add(texts: readonly string[], unit = 'ssh.service'): void {
    const records = texts.map(message => {
      const n = ++this.#count
      return [
        `__REALTIME_TIMESTAMP=${1_700_000_000_000_000 + n}`,
        `__MONOTONIC_TIMESTAMP=${n}`,
        '_BOOT_ID=4d4b0ca2b9e14e0c9c9a1fbb4e1a1f01',
        '_MACHINE_ID=4d4b0ca2b9e14e0c9c9a1fbb4e1a1f02',
        `_SYSTEMD_UNIT=${unit}`,
        `MESSAGE=${message}`,
        '',
        '',
      ].join('\n')
    })
    const path = join(this.folder, 'records')
    writeFileSync(path, records.join(''))
    execFileSync(REMOTE ?? '', ['-o', join(this.folder, 'test.journal'), path], { stdio: 'ignore' })
  }
}

describe.skipIf(REMOTE === undefined)('a real journal (needs systemd-journal-remote)', () => {
  it('is followed from its end, and on from a cursor after a restart, record by record', async () => {
    const journal = new Journal()
    journal.add(['a', 'b'])
    const reader = new LineReader()
    const first = await follow({ directory: journal.folder, units: ['ssh.service'] })
    journal.add(['other'], 'cron.service')
    journal.add(['c', 'd', '"__CURSOR":"s=forged"'])
    await readUntil(first, reader, 3)
    const position = reader.stop(first)
    await first.close()
    journal.add(['e'])
    const second = await follow({ directory: journal.folder, units: ['ssh.service'], from: position })
    await readUntil(second, reader, 4)
    journal.add(['x'.repeat(3 << 20), 'f'])
    await readUntil(second, reader, 6)
    expect(messages(reader)).toEqual(['c', 'd', '"__CURSOR":"s=forged"', 'e', 'x'.repeat(3 << 20), 'f'])
    expect(second.health()).toMatchObject({ state: 'following' })
    expect(second.health().message).toBeUndefined()
  })
  it('is read from its start', async () => {
    const journal = new Journal()
    journal.add(Array.from({ length: 25 }, (_, index) => `m${index}`))
    const reader = new LineReader()
    await readUntil(await follow({ directory: journal.folder, from: 'start' }), reader, 25)
    expect(messages(reader)[0]).toBe('m0')
  })
  it('is gone on with as well as can be where the cursor is unknown or no cursor', async () => {
    const journal = new Journal()
    journal.add(['a', 'b', 'c'])
    const reader = new LineReader()
    const directory = journal.folder
    const first = await follow({ directory, from: 'start' })
    await readUntil(first, reader, 3)
    const { cursor } = first.position(0)
    const other = String(cursor).replace(/^s=[0-9a-f]{32}/, `s=${'0'.repeat(32)}`)
    const gone = await follow({ directory, from: { kind: 'journal', cursor: other, delivered: true } })
    const again = new LineReader()
    journal.add(['d'])
    while (again.lines.length === 0 || messages(again).at(-1) !== 'd')
      await readUntil(gone, again, again.lines.length + 1)
    expect(gone.health().message).toMatch(/no longer has the record/)
    const broken = await follow({ directory, from: { kind: 'journal', cursor: 'nonsense', delivered: true } })
    const all = new LineReader()
    await readUntil(broken, all, 4)
    expect(messages(all)).toEqual(['a', 'b', 'c', 'd'])
    expect(broken.health().message).toMatch(/no longer knows the record/)
  })
})

/** A journalctl that writes what it is told, and how it was called to follow; asked for its last record, it runs `last`. */
function stub(script: string, last = 'exit 0'): { command: string; calls: () => string[] } {
  const folder = makeFolder()
  const command = join(folder, 'journalctl')
  const calls = join(folder, 'calls')
  writeFileSync(calls, '')
  writeFileSync(
    command,
    `#!/bin/sh\ncase "$*" in *--lines=1*) ${last} ;; esac\necho "$*" >> ${calls}\nN=$(wc -l < ${calls})\n${script}\n`,
  )
  chmodSync(command, 0o755)
  return { command, calls: () => readFileSync(calls, 'utf8').trim().split('\n') }
}

describe('a journalctl that ends', () => {
  it('is started again behind the last whole record', async () => {
    const { command, calls } = stub(`
case $N in
1) printf '{"__CURSOR":"c1","MESSAGE":"1"}\\n{"__CURSOR":"c2","MESS'; exit 1 ;;
2) printf '{"__CURSOR":"c1","MESSAGE":"1"}\\n{"MESSAGE":"2","__CURSOR":"c2"}\\n'; exit 0 ;;
*) printf '{"MESSAGE":"2","__CURSOR":"c2"}\\n{"__CURSOR":"c3","MESSAGE":"3"}\\n'; exec tail -f /dev/null ;;
esac`)
    const reader = new LineReader()
    const follower = await follow({ command, from: 'start', units: ['ssh.service'] })
    await readUntil(follower, reader, 3)
    expect(messages(reader)).toEqual(['1', '2', '3'])
    expect(calls().map(call => / --cursor=(\S+)/.exec(call)?.[1])).toEqual([undefined, 'c1', 'c2'])
    expect(calls()[0]).toContain('--follow --no-tail')
    expect(follower.position(0)).toEqual({ kind: 'journal', cursor: 'c3', delivered: true })
  })
  it('in the middle of a very long record gives it again, whole, as from a new file', async () => {
    const { command } = stub(`
if [ $N = 1 ]; then
  printf '{"__CURSOR":"c1"}\\n{"__CURSOR":"c2","MESSAGE":"'; head -c 2000000 /dev/zero | tr '\\0' x; exit 1
fi
printf '{"__CURSOR":"c1"}\\n{"__CURSOR":"c2","MESSAGE":"short"}\\n'; exec tail -f /dev/null`)
    const reader = new LineReader()
    const follower = await follow({ command, from: 'start' })
    await readUntil(follower, reader, 3)
    expect(reader.lines[1].length).toBeGreaterThanOrEqual(1 << 20)
    expect(reader.lines[2]).toBe('{"__CURSOR":"c2","MESSAGE":"short"}')
  })
  it('that does not tell its last record is followed all the same', async () => {
    const { command } = stub(`printf '{"__CURSOR":"c1"}\\n'; exec tail -f /dev/null`, 'exec tail -f /dev/null')
    const follower = await follow({ command, from: 'start', patience: 50 })
    await readUntil(follower, new LineReader(), 1)
    expect(follower.behind).toBe(false)
    const atEnd = await follow({ command, from: 'end', patience: 50 })
    expect(atEnd.health()).toMatchObject({ state: 'failed', message: expect.stringContaining('did not tell') })
  })
  it('gives the cursor before what is unfinished', async () => {
    const { command } = stub(`
printf '{"__CURSOR":"c1"}\\n{"__CURSOR":"c2"}\\n{"__CURSOR":"c3"}\\n'; exec tail -f /dev/null`)
    const follower = await follow({ command, from: 'start' })
    await readUntil(follower, new LineReader(), 3)
    expect([0, 1, 18, 19, 36].map(unfinished => follower.position(unfinished).cursor)).toEqual([
      'c3',
      'c2',
      'c2',
      'c1',
      'c1',
    ])
  })
  it('is said, and how it can be helped', async () => {
    const missing = await follow({ command: '/nowhere/journalctl' })
    expect(await missing.read()).toBeUndefined()
    expect(missing.health()).toMatchObject({ state: 'failed', message: expect.stringContaining('not on this machine') })
    // Node throws this as it throws a want of memory, without an event.
    const unstarted = await follow({ command: 'journal\0ctl', from: 'start' })
    expect(await unstarted.read()).toBeUndefined()
    expect(unstarted.health()).toMatchObject({ state: 'failed', message: expect.stringContaining('null bytes') })
    const { command, calls } = stub('echo "No journal files were opened due to insufficient permissions." >&2; exit 1')
    const closed = await follow({ command, from: 'start' })
    while (calls().length < 3) {
      await closed.read()
      await closed.wait(10_000, never.signal)
    }
    expect(closed.health()).toMatchObject({ state: 'failed', message: expect.stringMatching(/may not be read.*group/) })
  })
  it('is not left behind', async () => {
    const { command } = stub(`echo $$ > "$0.pid"; printf '{"__CURSOR":"c1"}\\n'; exec tail -f /dev/null`)
    const follower = await follow({ command, from: 'start' })
    await readUntil(follower, new LineReader(), 1)
    const pid = Number(readFileSync(`${command}.pid`, 'utf8'))
    await follower.close()
    expect(() => process.kill(pid, 0)).toThrow()
    expect(await follower.read()).toBeUndefined()
  })
})
