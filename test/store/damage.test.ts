import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Problem } from '../../src/core/errors.ts'
import { isStoreTrouble, lockDaemon, openStore, type Store } from '../../src/store/index.ts'
import { makeFolder, open } from './helpers.ts'
import { makeBlock, makeFinding, makeNotice, NOW } from './records.ts'

const FILE = 'vpsguard.db'
const BLOCKS = 300

function fill(store: Store): void {
  store.transaction(() => {
    for (let i = 0; i < 200; i++) store.findings.upsert(makeFinding(`f${i}`), NOW + i)
    for (let i = 0; i < BLOCKS; i++)
      store.blocks.addBlock(makeBlock(`b${i}`, { prefix: `198.51.${i >> 8}.${i & 255}` }))
    store.outbox.enqueue([makeNotice('waiting')])
    store.settings.set('mode', 'enforce', NOW)
    store.settings.set('salt', 'f'.repeat(64), NOW)
    store.checkpoints.save('engine', [Buffer.from('state '.repeat(5000))], NOW)
    store.models.add({ name: 'all', version: 1, created: NOW, body: Buffer.from('model '.repeat(5000)) })
    store.labels.set({ finding: 'f1', verdict: 'fp', note: '', at: NOW })
  })
}

/** A whole database as bytes, with all changes in the one file. */
function whole(): Buffer {
  const folder = makeFolder()
  const { store } = open(folder)
  fill(store)
  store.close()
  return readFileSync(join(folder, FILE))
}

const asideOf = (folder: string): string[] =>
  readdirSync(folder).filter(name => /^vpsguard\.db\.damaged-\d{8}T\d{6}Z(-\d+)?$/.test(name))

const counts = (store: Store): number[] => [
  store.findings.list({ limit: 1e6 }).length,
  store.blocks.blocks({ limit: 1e6 }).length,
  store.outbox.notices({}).length,
  store.settings.all().length,
  store.labels.list().length,
]

describe('a damaged database', () => {
  const damages: [string, (bytes: Buffer) => Buffer][] = [
    ['a header of garbage', bytes => Buffer.concat([Buffer.from('garbage!'.repeat(20)), bytes.subarray(160)])],
    ['a file of garbage', () => Buffer.alloc(50_000, 'not a database ')],
    ['half a file', bytes => bytes.subarray(0, bytes.length / 2)],
    ['one byte', bytes => bytes.subarray(0, 1)],
    ['half a page', bytes => bytes.subarray(0, 2048)],
    ['a page of zeros', bytes => Buffer.from(bytes).fill(0, 4096 * 20, 4096 * 21)],
    ['pages of noise', bytes => Buffer.from(bytes).fill('\xa5\x5a', 4096 * 10, 4096 * 14, 'latin1')],
    ['a header that says "read only"', bytes => Buffer.from(bytes).fill(9, 18, 19)],
    ['a header of another version', bytes => Buffer.from(bytes).fill(77, 63, 64)],
    ['a header without our mark', bytes => Buffer.from(bytes).fill(0, 68, 72)],
    [
      'another column in the schema',
      bytes =>
        Buffer.from(
          bytes.toString('latin1').replaceAll('evidence_until INTEGER', 'evidence_unt\xefl INTEGER'),
          'latin1',
        ),
    ],
  ]

  it.each(damages)('%s is set aside and named, and the memory goes on', (_, damage) => {
    const folder = makeFolder()
    const damaged = damage(whole())
    writeFileSync(join(folder, FILE), damaged)
    const { store, notes } = open(folder)
    const [aside, ...others] = asideOf(folder)
    expect(others).toEqual([])
    expect(notes).toHaveLength(1)
    expect(notes[0]).toContain(join(folder, aside))
    expect(readFileSync(join(folder, aside)).length).toBe(damaged.length)
    expect(store.findings.upsert(makeFinding('next'), NOW)).toBe('new')
    expect(store.verify()).toMatchObject({ intact: true, findings: 1 })
    store.close()
    expect(open(folder).notes).toEqual([])
  })

  it('leaves what can be read to the fresh one', () => {
    const bytes = whole()
    for (const [name, damage] of damages.slice(-4)) {
      const folder = makeFolder()
      writeFileSync(join(folder, FILE), damage(bytes))
      const { store, notes } = open(folder)
      expect(store.settings.get('mode'), name).toBe('enforce')
      expect(store.blocks.counts().active, name).toBe(name.includes('column') ? 0 : BLOCKS)
      expect(store.outbox.due(NOW, 10), name).toHaveLength(1)
      expect(Buffer.from(store.checkpoints.load('engine')?.body ?? []).toString(), name).toBe('state '.repeat(5000))
      expect(store.models.current('all')?.body?.length, name).toBe(30_000)
      expect(notes[0], name).toContain('2 settings')
      expect(store.findings.count()).toBe(0)
    }
  })

  it('reads a table from both ends of the damage', () => {
    const folder = makeFolder()
    const bytes = whole()
    // A leaf of the blocks' table, somewhere in its middle.
    const page = Math.floor(bytes.indexOf('b150198.51.0.150', 0, 'latin1') / 4096)
    bytes.fill(0xa5, page * 4096, (page + 1) * 4096)
    writeFileSync(join(folder, FILE), bytes)
    const { store } = open(folder)
    expect(store.blocks.counts().active).toBeGreaterThan(BLOCKS / 2)
    expect(store.blocks.counts().active).toBeLessThan(BLOCKS)
    expect(store.blocks.block('b0')).toBeDefined()
    expect(store.blocks.block(`b${BLOCKS - 1}`)).toBeDefined()
  })

  it('that was emptied is told, and its log kept', () => {
    const folder = makeFolder()
    const { store } = open(folder)
    fill(store)
    const log = readFileSync(join(folder, `${FILE}-wal`))
    store.close()
    writeFileSync(join(folder, FILE), '')
    const first = open(folder)
    expect(first.notes).toEqual([expect.stringContaining('was empty')])
    first.store.close()
    writeFileSync(join(folder, FILE), '')
    writeFileSync(join(folder, `${FILE}-wal`), log)
    expect(open(folder).notes).toEqual([expect.stringContaining('emptied')])
    const [aside] = asideOf(folder)
    expect(readFileSync(join(folder, `${aside}-wal`)).equals(log)).toBe(true)
  })

  it('is kept three times and no more', () => {
    const folder = makeFolder()
    for (let i = 0; i < 5; i++) {
      writeFileSync(join(folder, FILE), 'garbage '.repeat(1000))
      const { store, notes } = open(folder, { now: () => NOW + i * 1000 })
      expect(notes).toHaveLength(i < 3 ? 1 : 2)
      store.close()
    }
    expect(asideOf(folder)).toHaveLength(3)
  })

  it('is not taken from under a daemon', () => {
    const folder = makeFolder()
    const { store } = open(folder)
    fill(store)
    store.close()
    const bytes = readFileSync(join(folder, FILE))
    writeFileSync(join(folder, FILE), bytes.fill(0xa5, 4096 * 3, 4096 * 5))
    // This process is the daemon: it may. That another may not is told by processes.test.ts.
    const lock = lockDaemon(folder)
    expect(open(folder).notes).toHaveLength(1)
    lock.release()
  })

  it('met while it runs is a trouble the daemon goes on from by opening it again', () => {
    const folder = makeFolder()
    const { store } = open(folder)
    fill(store)
    // Another's change empties what this one holds in memory.
    open(folder).store.settings.set('other', 1, NOW)
    store.prune()
    // Behind the store's back, as a failing disk would.
    const bytes = readFileSync(join(folder, FILE))
    writeFileSync(join(folder, FILE), bytes.fill(0xa5, 4096 * 4))
    const again = openStoreAfterTrouble(store, folder)
    expect(again.notes[0]).toContain('damaged')
    again.store.close()
  })

  function openStoreAfterTrouble(store: Store, folder: string) {
    let trouble: unknown
    try {
      store.findings.list()
      store.blocks.blocks({ limit: 1e6 })
      for (let i = 0; i < 500; i++) store.findings.get(`f${i}`)
    } catch (error) {
      trouble = error
    }
    expect(isStoreTrouble(trouble)).toBe(true)
    expect(trouble).toMatchObject({ trouble: 'damaged' })
    store.close()
    return openStore(folder, { now: () => NOW, suspect: true })
  }
})

describe('whatever happens to the bytes', () => {
  const original: { bytes: Buffer } = { bytes: Buffer.alloc(0) }

  const damage = fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .array(fc.record({ at: fc.nat(), bit: fc.nat(7) }), { minLength: 1, maxLength: 20 })
        .map(flips => ({ flips })),
    },
    {
      weight: 2,
      arbitrary: fc
        .array(fc.record({ at: fc.nat(200), bit: fc.nat(7) }), { minLength: 1, maxLength: 5 })
        .map(flips => ({ flips })),
    },
    { weight: 2, arbitrary: fc.nat().map(cut => ({ cut })) },
    { weight: 2, arbitrary: fc.record({ at: fc.nat(), noise: fc.uint8Array({ minLength: 1, maxLength: 9000 }) }) },
  )

  function apply(bytes: Buffer, change: typeof damage extends fc.Arbitrary<infer T> ? T : never): Buffer {
    const copy = Buffer.from(bytes)
    if ('cut' in change) return copy.subarray(0, change.cut % (copy.length + 1))
    if ('noise' in change) {
      copy.set(change.noise.subarray(0, copy.length - (change.at % copy.length)), change.at % copy.length)
      return copy
    }
    for (const { at, bit } of change.flips) copy[at % copy.length] ^= 1 << bit
    return copy
  }

  it('it opens, and nothing is lost that is not told', () => {
    original.bytes = whole()
    const healthy = [200, BLOCKS, 1, 2, 1]
    fc.assert(
      fc.property(damage, change => {
        const folder = makeFolder()
        const bytes = apply(original.bytes, change)
        writeFileSync(join(folder, FILE), bytes)
        let store: Store | undefined
        try {
          const result = openStore(folder, { now: () => NOW })
          store = result.store
          if (result.notes.length === 0) expect(told(store, healthy)).toBe(true)
          else if (bytes.length > 0) expect(existsSync(join(folder, asideOf(folder)[0]))).toBe(true)
          expect(store.findings.upsert(makeFinding('next', { count: 1 }), NOW)).toBe('new')
          store.prune()
        } catch (error) {
          if (!(error instanceof Problem)) throw error
        } finally {
          store?.close()
        }
      }),
      { numRuns: 300 },
    )
  })

  /** Everything is there or, where a row cannot be read, `verify` says so. */
  function told(store: Store, healthy: readonly number[]): boolean {
    const now = counts(store)
    const { intact } = store.verify()
    return now.every((count, i) => count === healthy[i]) || !intact
  }

  it('and what it says of a change inside a finding is true', () => {
    const folder = makeFolder()
    const bytes = Buffer.from(original.bytes)
    // Copies in the free part of a page are no rows: all are changed, so that the rows are.
    for (let at = bytes.indexOf('Repeated'); at !== -1; at = bytes.indexOf('Repeated', at + 1)) bytes[at] ^= 1
    writeFileSync(join(folder, FILE), bytes)
    const { store, notes } = open(folder)
    expect(notes).toEqual([])
    expect(store.findings.get('f7')?.finding.title).toMatch(/^Sepeated/)
    const { intact, faults } = store.verify()
    expect(intact).toBe(false)
    expect(new Set(faults.map(({ what }) => what))).toEqual(new Set(['the finding was changed after it was recorded']))
  })

  it('the log of changes too', () => {
    const source = makeFolder()
    const { store } = open(source)
    fill(store)
    const [file, log] = [FILE, `${FILE}-wal`].map(name => readFileSync(join(source, name)))
    store.close()
    fc.assert(
      fc.property(damage, change => {
        const folder = makeFolder()
        writeFileSync(join(folder, FILE), file)
        writeFileSync(join(folder, `${FILE}-wal`), apply(log, change))
        let opened: Store | undefined
        try {
          opened = openStore(folder, { now: () => NOW }).store
          expect(opened.verify().intact).toBe(true)
          const { length } = opened.findings.list({ limit: 1e6 })
          // The log's checksums end it at the first frame that does not hold: a change is there as a whole or not.
          expect([0, 200]).toContain(length)
          expect(opened.blocks.blocks({ limit: 1e6 })).toHaveLength(length === 0 ? 0 : BLOCKS)
        } catch (error) {
          if (!(error instanceof Problem)) throw error
        } finally {
          opened?.close()
        }
      }),
      { numRuns: 60 },
    )
  })

  it('SQLite itself reads the database it wrote', () => {
    const folder = makeFolder()
    writeFileSync(join(folder, FILE), original.bytes)
    const raw = new DatabaseSync(join(folder, FILE), { readOnly: true })
    expect(raw.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
    raw.close()
  })
})
