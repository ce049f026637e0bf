/** A database that fails at a certain moment: what the daemon keeps of findings, blocks and messages meanwhile. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SafeLedger } from '../../src/app/live/ledger.ts'
import { Memory } from '../../src/app/live/memory.ts'
import { SafeOutbox } from '../../src/app/live/outbox.ts'
import type { Block } from '../../src/core/decision.ts'
import { HOUR, SECOND } from '../../src/core/time.ts'
import { isStoreTrouble } from '../../src/store/index.ts'
import { StoreProblem } from '../../src/store/trouble.ts'
import { workspace } from '../support/cli.ts'
import { findingsIn, look } from './program.ts'

const NOW = Date.UTC(2026, 2, 4, 12)

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
    reference: null,
    edited: false,
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
    outbox.settle('a', 'sent', NOW, undefined, { reference: '77', edited: false })
    expect(outbox.due(NOW, 10)).toEqual([])
    release()
    expect(outbox.due(NOW, 10).map(({ id }) => id)).toEqual(['b'])
    expect(
      look(folder, store => store.outbox.notices({ state: 'sent' }).map(({ id, reference }) => [id, reference])),
    ).toEqual([['a', '77']])
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
      store.checkpoints.save('live', [Buffer.from('state')], NOW)
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
      store.checkpoints.save('live', [randomBytes(4 << 20)], NOW)
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
    expect(memory.checkpoint(store => store.checkpoints.save('live', [Buffer.from('small')], NOW))).toBe(true)
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
