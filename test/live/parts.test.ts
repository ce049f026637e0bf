/** The daemon's parts on their own: what takes days, or a database that fails at a certain moment. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Blindness } from '../../src/app/live/blindness.ts'
import { DayCounts } from '../../src/app/live/day-counts.ts'
import { LiveFindings } from '../../src/app/live/findings.ts'
import { Housekeeping } from '../../src/app/live/housekeeping.ts'
import { Lane, type Pumped } from '../../src/app/live/lane.ts'
import { SafeLedger } from '../../src/app/live/ledger.ts'
import { Memory } from '../../src/app/live/memory.ts'
import { SafeOutbox } from '../../src/app/live/outbox.ts'
import type { LiveParts } from '../../src/app/live/parts.ts'
import { WallClock } from '../../src/app/live/wall-clock.ts'
import { AddressTable } from '../../src/core/addresses.ts'
import type { Block } from '../../src/core/decision.ts'
import { KIND } from '../../src/core/event.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/time.ts'
import { Clock } from '../../src/engine/clock.ts'
import { InputStream } from '../../src/engine/stream.ts'
import type { FindingDraft } from '../../src/kit/define-rule.ts'
import type { Follower } from '../../src/sources/follower.ts'
import { isStoreTrouble } from '../../src/store/index.ts'
import { StoreProblem } from '../../src/store/trouble.ts'
import { workspace } from '../support/cli.ts'
import { findingsIn, look } from './program.ts'

const NOW = Date.UTC(2026, 2, 4, 12)

const lines = (count: number, unknown = 0, samples: readonly string[] = []): Pumped => ({
  bytes: count * 100,
  lines: count,
  unknown,
  samples,
})
const keysOf = (blindness: Blindness, now: number): string[] => blindness.check(now).map(({ key }) => key)

describe('blindness', () => {
  it('a log is silent for twice as long as it ever was', () => {
    const blindness = new Blindness()
    let now = 0
    for (; now < 4 * DAY; now += HOUR) blindness.note('auth.log', lines(10), now)
    const last = now - HOUR
    expect(keysOf(blindness, last + 2 * HOUR)).toEqual([])
    expect(keysOf(blindness, last + 2 * HOUR + MINUTE)).toEqual(['silent auth.log'])
    blindness.note('auth.log', lines(1), last + 3 * HOUR)
    expect(keysOf(blindness, last + 4 * HOUR)).toEqual([])
  })

  it('a log that is new may be silent for a day, however often the program starts', () => {
    let blindness = new Blindness()
    for (let start = 0; start < 20; start++) {
      // Every process has a steady clock of its own.
      blindness.note('auth.log', lines(10), start * 777)
      blindness.note('auth.log', lines(10), start * 777 + MINUTE)
      const saved = JSON.parse(JSON.stringify(blindness.snapshot(start * 777 + 2 * MINUTE)))
      blindness = new Blindness()
      blindness.restore(saved, (start + 1) * 777)
    }
    expect(keysOf(blindness, 20 * 777 + 20 * HOUR)).toEqual([])
    expect(keysOf(blindness, 20 * 777 + 25 * HOUR)).toEqual(['silent auth.log'])
  })

  it('lines are no longer understood', () => {
    const blindness = new Blindness()
    for (let i = 0; i < 10; i++) blindness.note('access.log', lines(1000, 20), i * MINUTE)
    expect(keysOf(blindness, 10 * MINUTE)).toEqual([])
    blindness.note('access.log', lines(100, 100), 11 * MINUTE)
    expect(keysOf(blindness, 11 * MINUTE)).toEqual([])
    blindness.note('access.log', lines(300, 300), 12 * MINUTE)
    expect(keysOf(blindness, 12 * MINUTE)).toEqual(['unread access.log'])
    for (let i = 0; i < 5; i++) blindness.note('access.log', lines(300), (13 + i) * MINUTE)
    expect(keysOf(blindness, 18 * MINUTE)).toEqual([])
  })

  it('a log that was never understood is no news', () => {
    const blindness = new Blindness()
    for (let i = 0; i < 100; i++) blindness.note('app.log', lines(100, 100, ['What is this?']), i * MINUTE)
    expect(keysOf(blindness, 100 * MINUTE)).toEqual([])
  })

  it('a new kind of line keeps coming', () => {
    const blindness = new Blindness()
    blindness.note('auth.log', lines(20_000), 0)
    for (let i = 0; i < 19; i++) blindness.note('auth.log', lines(100, 1, [`sshd[${i}]: quantum handshake ${i}`]), i)
    expect(keysOf(blindness, MINUTE)).toEqual([])
    blindness.note('auth.log', lines(100, 1, ['sshd[77]: quantum handshake 77']), MINUTE)
    expect(blindness.check(MINUTE)).toMatchObject([{ text: expect.stringContaining('quantum handshake') }])
  })

  it('a kind of line that has stopped coming is over, and one that was always there is no news after a flood', () => {
    let blindness = new Blindness()
    for (let i = 0; i < 50; i++) blindness.note('auth.log', lines(1, 1, ['an old acquaintance']), i)
    blindness.note('auth.log', lines(20_000), MINUTE)
    for (let i = 0; i < 20; i++) blindness.note('auth.log', lines(100, 1, ['quantum handshake']), 2 * MINUTE)
    for (let i = 0; i < 600; i++)
      blindness.note('auth.log', lines(100, 1, [`flood ${'x'.repeat(i % 150)} ${i > 300 ? 'y' : 'z'}`]), 3 * MINUTE)
    for (let i = 0; i < 50; i++) blindness.note('auth.log', lines(100, 1, ['an old acquaintance']), 4 * MINUTE)
    const saved = JSON.parse(JSON.stringify(blindness.snapshot(4 * MINUTE)))
    blindness = new Blindness()
    blindness.restore(saved, 4 * MINUTE)
    expect(keysOf(blindness, 4 * MINUTE)).toEqual(['shape auth.log\nquantum handshake'])
    blindness.note('auth.log', lines(100), DAY)
    expect(keysOf(blindness, DAY + 3 * MINUTE)).toEqual([])
  })

  it('a log that is no longer followed is not missed', () => {
    const blindness = new Blindness()
    for (const path of ['old.log', 'new.log']) blindness.note(path, lines(10), 0)
    blindness.keepOnly(new Set(['new.log']))
    expect(keysOf(blindness, 2 * DAY)).toEqual(['silent new.log'])
  })

  it('reading falls behind', () => {
    const blindness = new Blindness()
    blindness.noteQueue(false, 0)
    expect(keysOf(blindness, 2 * MINUTE)).toEqual([])
    expect(keysOf(blindness, 2 * MINUTE + 1)).toEqual(['behind'])
    blindness.noteQueue(true, 3 * MINUTE)
    expect(keysOf(blindness, 3 * MINUTE)).toEqual([])
  })
})

it('what waits for a second line when the program stops is decided after its patience, though the log stays silent', async () => {
  const text =
    'Mar  4 10:00:00 web-1 vsftpd: pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=bob rhost=203.0.113.7\n'
  const chunks = [{ bytes: Buffer.from(text), offset: 0, path: 'auth.log', fresh: true }]
  const follower: Follower = {
    path: 'auth.log',
    read: async () => chunks.shift(),
    wait: async () => {},
    position: () => ({ kind: 'test' }),
    health: () => ({ state: 'following', rotations: 0, truncations: 0, lostBytes: 0 }),
    close: async () => {},
  }
  const addresses = new AddressTable()
  const events: number[] = []
  const open = (): Lane => {
    const clock = new Clock({ zone: { name: 'UTC', offset: () => 0 }, year: 2026, reference: Date.UTC(2026, 11, 31) })
    const stream = new InputStream(0, clock, addresses, ({ batch }, row) => void events.push(batch.columns.kind[row]))
    return new Lane(follower, stream, {})
  }
  const before = open()
  await before.pump(0)
  before.settle(NOW, 100, 5000)
  expect(events).toEqual([])
  const after = open()
  after.restore(JSON.parse(JSON.stringify(before.snapshot())).stream)
  after.settle(NOW, 777_000, 5000)
  expect(events).toEqual([])
  after.settle(NOW, 782_000, 5000)
  expect(events).toEqual([KIND['ftp.auth.failed']])
})

it('the daily report counts one day, and not what was history when it was read', () => {
  let counts = new DayCounts(NOW)
  counts.add('failed', 7, NOW - 30 * DAY)
  counts.add('failed', 1, NOW)
  for (let hour = 0; hour < 72; hour++) {
    const now = NOW + hour * HOUR
    counts.tick(now)
    counts.add('failed', 10, now)
    counts.add('web', 1, now - 10 * MINUTE)
    counts.addLines(100)
    if (hour === 60) {
      const saved = JSON.parse(JSON.stringify(counts.snapshot()))
      counts = new DayCounts(now)
      counts.restore(saved)
    }
  }
  const end = NOW + 71 * HOUR
  expect(counts.sum(end - DAY, end)).toEqual({ failed: 240, accepted: 0, web: 23, lines: 2400 })
  expect(counts.snapshot().length).toBeLessThanOrEqual(27)
})

it('a clock that leaps is told, and nothing thrown away for a day', () => {
  const said: string[] = []
  const log = { warn: (text: string) => void said.push(text) }
  const clock = new WallClock()
  clock.look(NOW, 0, log)
  clock.look(NOW + 10 * SECOND, 10 * SECOND, log)
  expect(said).toEqual([])
  expect(clock.isSure(10 * SECOND)).toBe(true)
  clock.look(NOW + 365 * DAY, 11 * SECOND, log)
  expect(said).toEqual([expect.stringContaining('set forward by 5256')])
  expect(clock.isSure(12 * SECOND)).toBe(false)
  clock.look(NOW - HOUR, 13 * SECOND, log)
  expect(said[1]).toContain('set back by')
  expect(clock.isSure(13 * SECOND + DAY)).toBe(true)
})

it('once an hour the signs of drift are counted, and stamps that are a year ahead make no story an old one', () => {
  const forgotten: number[] = []
  const signs: number[] = []
  const engine = {
    analyzers: [
      { id: 'one', analyzer: { drift: () => ['more requests', 'fewer logins'] } },
      {
        id: 'two',
        analyzer: {
          drift() {
            throw new Error('of its own')
          },
        },
      },
    ],
  }
  const parts = (latest: number): LiveParts =>
    ({
      setup: {
        log: { warn: () => {}, error: () => {} },
        memory: { write: () => {} },
        retention: {},
        metrics: { drift: { set: (count: number) => void signs.push(count) } },
      },
      session: { latest, engine },
      judge: { forget: (before: number) => void forgotten.push(before) },
    }) as never
  const housekeeping = new Housekeeping()
  housekeeping.look(parts(NOW + 365 * DAY), NOW, 0)
  housekeeping.look(parts(NOW - HOUR), NOW + HOUR, HOUR + 1)
  housekeeping.look(parts(NOW), NOW + HOUR, HOUR + 2)
  expect(forgotten).toEqual([NOW, NOW - HOUR])
  expect(signs).toEqual([2, 2])
})

describe('conclusions', () => {
  const draft = (identity: string, first: number, last: number, sources: string[]): FindingDraft => ({
    identity,
    rule: 'campaigns',
    kind: 'campaign',
    title: identity,
    severity: 'high',
    confidence: 0.9,
    first,
    last,
    count: 10,
    sources,
    users: [],
    hosts: [],
    reasons: [],
    evidence: [],
    techniques: [],
    recommendations: [],
  })

  it('one goes on under its id while its bounds move, and is gone when it is no longer upheld', () => {
    const live = new LiveFindings()
    const [first] = live.nameConcluded('campaigns', [draft('a', NOW, NOW + HOUR, ['x', 'y'])]).drafts
    const later = live.nameConcluded('campaigns', [draft('b', NOW - HOUR, NOW + 2 * HOUR, ['x', 'y', 'z'])])
    expect(later).toMatchObject({ drafts: [{ id: first.id }], gone: [] })
    expect(live.nameConcluded('campaigns', [])).toEqual({ drafts: [], gone: [first.id] })
  })

  it('two that are alike never get one id', () => {
    const live = new LiveFindings()
    const whole = draft('whole', NOW, NOW + HOUR, ['x', 'y'])
    const part = draft('part', NOW, NOW + HOUR, ['x'])
    const [{ id }] = live.nameConcluded('campaigns', [whole]).drafts
    const { drafts, gone } = live.nameConcluded('campaigns', [part, whole])
    expect(drafts.find(one => one.draft === whole)?.id).toBe(id)
    expect(new Set(drafts.map(one => one.id)).size).toBe(2)
    expect(gone).toEqual([])
    // The first is known only by the words that were recorded of it.
    const other = new LiveFindings()
    const finding = {
      id,
      rule: 'campaigns',
      sources: ['x', 'y'],
      first_seen: '2026-03-04T12:00:00Z',
      last_seen: '2026-03-04T13:00:00Z',
    }
    // The rest of a finding says nothing of who it is.
    other.adopt([finding as Parameters<LiveFindings['adopt']>[0][number]])
    expect(other.nameConcluded('campaigns', [part, whole]).drafts.find(one => one.draft === whole)?.id).toBe(id)
  })
})

const MAY_MOUNT =
  process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0

describe('while the database cannot be written', () => {
  const block = (id: string): Block => ({
    id,
    prefix: `203.0.113.${id}`,
    state: 'active',
    created: NOW,
    expires: NOW + HOUR,
    ended: null,
    reason: 'guessing',
    origin: 'policy',
    level: 0,
    evidenceUntil: NOW,
  })
  const notice = (id: string) => ({
    id,
    channel: 'email',
    group: id,
    message: { title: id } as never,
    created: NOW,
    due: NOW,
    state: 'waiting' as const,
    attempts: 0,
    error: null,
    settled: null,
  })

  function memoryIn(folder: string): { memory: Memory; said: string[] } {
    const said: string[] = []
    const say = (text: unknown): void => void said.push(String(text))
    const log = { debug: say, info: say, warn: say, error: say }
    const memory = new Memory({ folder, now: () => NOW, cap: 16 << 20, log: log as never })
    onTestFinished(() => memory.close())
    return { memory, said }
  }

  /** Somebody who holds the database until told otherwise. */
  function hold(folder: string): () => void {
    const holder = new DatabaseSync(join(folder, 'vpsguard.db'), { timeout: 5000 })
    holder.exec('BEGIN IMMEDIATE')
    return () => {
      holder.exec('ROLLBACK')
      holder.close()
    }
  }

  it('the ledger of blocks remembers, in order, and forgets nothing', () => {
    const folder = join(workspace().path, 'state')
    const { memory, said } = memoryIn(folder)
    const ledger = new SafeLedger(memory.ledger(), isStoreTrouble, error => memory.note(error))
    memory.store.setPatience(1)
    ledger.addBlock(block('1'))
    expect(ledger.activeBlocks()).toHaveLength(1)
    const release = hold(folder)
    ledger.exclusively(() => {
      ledger.addBlock(block('2'))
      ledger.extendBlock('2', null)
    })
    ledger.endBlock('1', 'removed', NOW + SECOND)
    expect(ledger.waiting).toBe(3)
    expect(ledger.activeBlocks().map(({ id, expires }) => [id, expires])).toEqual([['2', null]])
    expect(said).toEqual([expect.stringContaining('another process holds the database')])
    release()
    expect(ledger.activeBlocks().map(({ id, expires }) => [id, expires])).toEqual([['2', null]])
    expect(ledger.waiting).toBe(0)
    expect(
      look(folder, store =>
        store.blocks
          .blocks()
          .map(({ id, state }) => [id, state])
          .sort(),
      ),
    ).toEqual([
      ['1', 'removed'],
      ['2', 'active'],
    ])
  })

  it('what was sent is not sent again, and what is to be sent waits', () => {
    const folder = join(workspace().path, 'state')
    const { memory } = memoryIn(folder)
    const outbox = new SafeOutbox(memory)
    memory.store.setPatience(1)
    outbox.enqueue([notice('a')])
    const release = hold(folder)
    expect(outbox.enqueue([notice('b')])).toBe(1)
    outbox.settle('a', 'sent', NOW)
    expect(outbox.due(NOW, 10)).toEqual([])
    release()
    expect(outbox.due(NOW, 10).map(({ id }) => id)).toEqual(['b'])
    expect(look(folder, store => store.outbox.notices({ state: 'sent' }).map(({ id }) => id))).toEqual(['a'])
  })

  it('a checkpoint in which one finding fails is undone, and nothing of it is lost', () => {
    const folder = join(workspace().path, 'state')
    const { memory } = memoryIn(folder)
    const [first, second] = ['1', '2'].map(digit => ({ ...findingTemplate, id: digit.repeat(16) }))
    const { findings } = memory.store
    const { upsert } = findings
    const written = memory.checkpoint(store => {
      memory.put(first, NOW)
      findings.upsert = () => {
        throw new StoreProblem('damaged', 'a page cannot be read')
      }
      memory.put(second, NOW)
      store.checkpoints.save('live', Buffer.from('state'), NOW)
    })
    findings.upsert = upsert
    expect(written).toBe(false)
    expect(findingsIn(folder)).toEqual([])
    memory.recover()
    expect(
      findingsIn(folder)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([first.id, second.id])
  })

  it('one that is damaged is opened anew once, and tried again where that fails', () => {
    const folder = join(workspace().path, 'state')
    const { memory, said } = memoryIn(folder)
    memory.note(new StoreProblem('damaged', 'a page cannot be read'), 'checkpoint')
    const before = memory.store
    memory.recover()
    const { store } = memory
    expect(store).not.toBe(before)
    expect(memory.trouble).toBeUndefined()
    memory.recover()
    expect(memory.store).toBe(store)

    // Its folder is gone, and something else stands in its place.
    renameSync(folder, `${folder}.away`)
    writeFileSync(folder, '')
    memory.note(new StoreProblem('damaged', 'a page cannot be read'))
    memory.recover()
    expect(memory.attempt(each => each.findings.count())).toBeUndefined()
    memory.put({ ...findingTemplate, id: '1'.repeat(16) }, NOW)
    rmSync(folder)
    renameSync(`${folder}.away`, folder)
    memory.recover()
    expect(findingsIn(folder)).toHaveLength(1)
    expect(memory.trouble).toBeUndefined()
    expect(said.at(-1)).toBe('the database can be used again')
  })

  it.skipIf(!MAY_MOUNT)('a checkpoint that does not fit loses no finding that was in it (needs mounts)', () => {
    const folder = join(workspace().path, 'small')
    mkdirSync(folder, { mode: 0o700 })
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m,mode=700', 'tmpfs', folder]).status).toBe(0)
    onTestFinished(() => void spawnSync('umount', ['-l', folder]))
    const { memory, said } = memoryIn(folder)
    const finding = { ...findingTemplate, id: '1'.repeat(16) }
    const { bavail, bsize } = statfsSync(folder)
    const stuffing = join(folder, 'stuffing')
    spawnSync('dd', ['if=/dev/zero', `of=${stuffing}`, 'bs=1k', `count=${(bavail * bsize) / 1024 - 200}`])
    const written = memory.checkpoint(store => {
      memory.put(finding, NOW)
      store.checkpoints.save('live', randomBytes(4 << 20), NOW)
    })
    expect(written).toBe(false)
    expect(memory.trouble).toBe('full')
    expect(findingsIn(folder)).toEqual([])
    // That it can be read, and that a little fits, does not mean that it is well.
    memory.attempt(store => store.findings.count())
    expect(memory.trouble).toBe('full')
    rmSync(stuffing)
    memory.recover()
    expect(findingsIn(folder)).toEqual([finding])
    expect(said.filter(text => text.includes('disk is full'))).toHaveLength(1)
    expect(memory.checkpoint(store => store.checkpoints.save('live', Buffer.from('small'), NOW))).toBe(true)
    expect(memory.trouble).toBeUndefined()
    expect(said.at(-1)).toBe('the database can be used again')
  })
})

const findingTemplate = {
  rule: 'brute-force',
  kind: 'rule' as const,
  title: 'guessing',
  severity: 'medium' as const,
  confidence: 0.9,
  risk: 50,
  first_seen: '2026-03-04T11:00:00Z',
  last_seen: '2026-03-04T12:00:00Z',
  count: 40,
  sources: ['203.0.113.7'],
  users: [],
  hosts: [],
  reasons: [],
  evidence: [],
  techniques: [],
  recommendations: [],
}
