import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { EXIT, Problem } from '../../src/core/errors.ts'
import { Database } from '../../src/store/database.ts'
import { isStoreTrouble, openStore, type Store } from '../../src/store/index.ts'
import { APPLICATION_ID, isShapeOf, migrate, SCHEMA_VERSION } from '../../src/store/schema.ts'
import { MAY_MOUNT, makeFolder, mountFolder, open, remount } from './helpers.ts'
import { makeBlock, makeFinding, makeNotice, NOW } from './records.ts'

const IS_ROOT = process.getuid?.() === 0
const CHILD = join(import.meta.dirname, 'child.ts')
const NOBODY = 65_534
const now = (): number => NOW

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

/** What another user's process meets when it opens the store. */
function openAsNobody(folder: string): unknown {
  const { stdout, stderr } = spawnSync(process.execPath, [CHILD, 'open', folder], { uid: NOBODY, gid: NOBODY })
  if (stdout.length === 0) throw new Error(`${stderr}`)
  return JSON.parse(`${stdout}`)
}

describe('opening', () => {
  it('makes the folder and the files for their owner only', () => {
    const folder = join(makeFolder(), 'a', 'b')
    const { store, notes } = open(folder)
    store.findings.upsert(makeFinding('f'), NOW)
    expect(notes).toEqual([])
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const name of ['vpsguard.db', 'vpsguard.db-wal', 'vpsguard.db-shm', 'open.lock']) {
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
    }
    store.close()
    expect(existsSync(join(folder, 'vpsguard.db-wal'))).toBe(false)
    chmodSync(join(folder, 'vpsguard.db'), 0o644)
    open(folder)
    expect(statSync(join(folder, 'vpsguard.db')).mode & 0o777).toBe(0o600)
  })

  it('works in a folder whose name SQLite could take for an option', () => {
    const folder = join(makeFolder(), 'a?mode=memory&x=%41#ü')
    open(folder).store.findings.upsert(makeFinding('f'), NOW)
    expect(existsSync(join(folder, 'vpsguard.db'))).toBe(true)
    expect(open(folder, { readOnly: true }).store.findings.count()).toBe(1)
  })

  it('says what is wrong where no folder can be made', () => {
    const file = join(makeFolder(), 'file')
    writeFileSync(file, '')
    for (const folder of [file, join(file, 'below')]) {
      expect(thrownBy(() => openStore(folder, { now }))).toMatchObject({ exitCode: EXIT.input, where: folder })
    }
  })

  it.runIf(IS_ROOT)('says so where it may not be written (only root can try as another user)', () => {
    const folder = makeFolder()
    open(folder).store.close()
    for (const mode of [0o700, 0o755]) {
      chmodSync(folder, mode)
      for (const place of [folder, join(folder, 'below')]) {
        expect(openAsNobody(place)).toMatchObject({ exitCode: EXIT.permission, trouble: 'read-only' })
      }
    }
    chmodSync(folder, 0o777)
    expect(openAsNobody(folder)).toMatchObject({ exitCode: EXIT.permission, trouble: 'read-only' })
    // Others may read the file and not take that away: no reason to fail otherwise than for what they may not do.
    for (const name of ['vpsguard.db', 'open.lock']) chmodSync(join(folder, name), name === 'open.lock' ? 0o666 : 0o644)
    expect(openAsNobody(folder)).toMatchObject({ exitCode: EXIT.permission, trouble: 'read-only' })
    expect(open(makeFolder()).notes).toEqual([])
  })

  it.runIf(IS_ROOT)('as root takes its memory from no other user (only root can try)', () => {
    const folder = makeFolder()
    chownSync(folder, 65_534, 65_534)
    expect(thrownBy(() => openStore(folder, { now }))).toMatchObject({ exitCode: EXIT.permission, where: folder })
    chownSync(folder, 0, 0)
    chmodSync(folder, 0o777)
    expect(thrownBy(() => openStore(folder, { now }))).toMatchObject({ exitCode: EXIT.permission })
  })
})

describe('versions', () => {
  it('an older database is brought to this one with all that is in it', () => {
    const folder = makeFolder()
    const old = new Database(join(folder, 'vpsguard.db'))
    old.exec('PRAGMA auto_vacuum=INCREMENTAL')
    old.transaction(() => migrate(old, 0, 1))
    old.run("INSERT INTO settings VALUES ('mode', '\"enforce\"', 5)")
    const { message, created, due } = makeNotice('n')
    old.run(
      "INSERT INTO notices VALUES ('n', 'mail', 'f1', ?, ?, ?, 'waiting', 0, NULL, NULL)",
      JSON.stringify(message),
      created,
      due,
    )
    expect(isShapeOf(old, 1)).toBe(true)
    old.close()
    const { store, notes } = open(folder)
    expect(notes).toEqual([expect.stringContaining(`from version 1 to ${SCHEMA_VERSION}`)])
    expect(store.settings.get('mode')).toBe('enforce')
    expect(store.outbox.notices({})).toEqual([makeNotice('n')])
    store.labels.set({ finding: 'f', verdict: 'fp', note: '', at: NOW })
    store.close()
    expect(open(folder).notes).toEqual([])
  })

  it('reading alone brings it there too', () => {
    const folder = makeFolder()
    const old = new Database(join(folder, 'vpsguard.db'))
    old.exec('PRAGMA auto_vacuum=INCREMENTAL')
    old.transaction(() => migrate(old, 0, 1))
    old.close()
    const { store, notes } = open(folder, { readOnly: true })
    expect(store.labels.list()).toEqual([])
    expect(notes).toHaveLength(1)
  })

  it('a newer one is left alone', () => {
    const folder = makeFolder()
    open(folder).store.close()
    const raw = new DatabaseSync(join(folder, 'vpsguard.db'))
    raw.exec("PRAGMA user_version=99; UPDATE meta SET value = '99' WHERE key = 'version'; CREATE TABLE more (a)")
    raw.close()
    for (const readOnly of [false, true]) {
      const error = thrownBy(() => openStore(folder, { now, readOnly }))
      expect(error).toBeInstanceOf(Problem)
      expect(error).toMatchObject({ hint: expect.stringContaining('update') })
    }
  })

  it('marks the file as ours', () => {
    const folder = makeFolder()
    open(folder).store.close()
    expect(readFileSync(join(folder, 'vpsguard.db')).readUInt32BE(68)).toBe(APPLICATION_ID)
  })
})

describe('reading only', () => {
  it('needs a database', () => {
    const folder = makeFolder()
    expect(thrownBy(() => openStore(folder, { now, readOnly: true }))).toMatchObject({ exitCode: EXIT.input })
    expect(existsSync(join(folder, 'vpsguard.db'))).toBe(false)
  })

  it('sees what another writes and writes nothing', () => {
    const folder = makeFolder()
    const { store } = open(folder)
    const reader = open(folder, { readOnly: true }).store
    store.findings.upsert(makeFinding('f'), NOW)
    expect(reader.transaction(() => reader.findings.count())).toBe(1)
    expect(reader.verify().intact).toBe(true)
    expect(reader.stats().tables.length).toBeGreaterThan(10)
    expect(reader.runs.compareWeeks(NOW + 1).fresh).toHaveLength(1)
    const error = thrownBy(() => reader.blocks.addBlock(makeBlock('b')))
    expect(error).toMatchObject({ exitCode: EXIT.permission, trouble: 'read-only' })
    expect(() => reader.prune()).toThrow(TypeError)
  })

  it.runIf(MAY_MOUNT)('works on a file system that cannot be written (where one can be mounted)', () => {
    const folder = mountFolder('4m')
    const { store } = open(folder)
    store.findings.upsert(makeFinding('f'), NOW)
    store.close()
    remount(folder, 'ro')
    const reader = open(folder, { readOnly: true }).store
    expect(reader.findings.count()).toBe(1)
    const error = thrownBy(() => openStore(folder, { now }))
    expect(error).toMatchObject({ exitCode: EXIT.permission, trouble: 'read-only' })
  })
})

describe('trouble that a daemon goes on from', () => {
  it('another process that holds the database', { timeout: 30_000 }, () => {
    const folder = makeFolder()
    const { store } = open(folder)
    const other = new DatabaseSync(join(folder, 'vpsguard.db'))
    other.exec('BEGIN IMMEDIATE')
    const error = thrownBy(() => store.findings.upsert(makeFinding('f'), NOW))
    other.exec('COMMIT')
    other.close()
    expect(isStoreTrouble(error)).toBe(true)
    expect(error).toMatchObject({ trouble: 'locked' })
    expect(store.findings.upsert(makeFinding('f'), NOW)).toBe('new')
  })

  it.runIf(MAY_MOUNT)(
    'a full disk: nothing is written by half, and it goes on when there is room (where one can be mounted)',
    () => {
      const folder = mountFolder('3m')
      const filler = join(folder, 'filler')
      writeFileSync(filler, new Uint8Array(1 << 20))
      const { store } = open(folder)
      const write = (one: Store, n: number): void =>
        one.transaction(() => {
          one.findings.upsert(makeFinding(`f${n}`, { title: 'x'.repeat(20_000) }), NOW)
          one.outbox.enqueue([makeNotice(`n${n}`)])
        })
      let written = 0
      const error = thrownBy(() => {
        for (; written < 1000; written++) write(store, written)
      })
      expect(error).toMatchObject({ trouble: 'full', exitCode: EXIT.input })
      expect(written).toBeGreaterThan(5)
      expect(store.findings.count()).toBe(written)
      expect(store.outbox.notices({})).toHaveLength(written)
      rmSync(filler)
      write(store, written)
      expect(store.verify()).toMatchObject({ intact: true, findings: written + 1 })
      store.close()
      expect(open(folder).notes).toEqual([])
    },
  )

  it.runIf(MAY_MOUNT)('a disk that is full from the beginning (where one can be mounted)', () => {
    const folder = mountFolder('64k')
    const state = join(folder, 'state')
    mkdirSync(state, { mode: 0o700 })
    expect(thrownBy(() => openStore(state, { now }))).toMatchObject({ trouble: 'full' })
    remount(folder, 'size=4m')
    expect(open(state).store.findings.count()).toBe(0)
  })
})
