/** What goes wrong around the daemon: what is said, what goes on, what is made up for afterwards. */
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { analyze, IS_ROOT, NOBODY, run, type Workspace, workspace } from '../support/cli.ts'
import { until } from '../support/until.ts'
import { append, blocksIn, essence, findingOf, findingsIn, guesses, LiveProgram, look } from './program.ts'

const BASE = '[watch]\ncheckpoint_seconds = 1\n[response]\nbackend = "dry"\n'
const A = '203.0.113.7'
const B = '203.0.113.8'
const C = '203.0.113.9'

/** Whether file systems can be mounted here, and the daemon be put into a namespace of its own. */
const MAY_MOUNT = IS_ROOT && spawnSync('unshare', ['-m', '-n', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0
const NFT = spawnSync('sh', ['-c', 'command -v nft'], { encoding: 'utf8' }).stdout.trim()

function setUp(config = BASE): { place: Workspace; log: string; config: string; state: string } {
  const place = workspace()
  return {
    place,
    log: place.write('auth.log', ''),
    config: place.write('vpsguard.toml', config),
    state: join(place.path, '.state'),
  }
}

async function watching(place: Workspace, config: string, logs: readonly string[], options = {}): Promise<LiveProgram> {
  const program = new LiveProgram(place, ['--config', config, '--rules-only', ...logs], options)
  await program.live()
  return program
}

describe('logs', () => {
  it('one is removed and comes back; another goes on meanwhile', async () => {
    const { place, log, config, state } = setUp()
    const other = place.write('other.log', '')
    const program = await watching(place, config, [log, other])
    rmSync(log)
    await program.said(/auth\.log does not exist now/)
    append(other, guesses(A, 20))
    await findingOf(state, 'brute-force', A)
    expect(program.status?.trouble.join()).toContain('auth.log')
    append(log, guesses(B, 20))
    await findingOf(state, 'brute-force', B)
    await program.said(/^over: .*auth\.log/)
    expect(await program.stop()).toBe(0)
  })

  it.skipIf(!IS_ROOT)(
    'the permission to read one is taken and given back (only root can try as another user)',
    async () => {
      const { place, log, config, state } = setUp()
      chmodSync(place.path, 0o777)
      chmodSync(config, 0o644)
      chownSync(log, NOBODY, NOBODY)
      mkdirSync(state, { mode: 0o700 })
      chownSync(state, NOBODY, NOBODY)
      append(log, guesses(B, 3))
      chmodSync(log, 0)
      const program = await watching(place, config, [log], { uid: NOBODY })
      await program.said(/auth\.log/)
      expect(program.status?.trouble.join()).toMatch(/auth\.log.*(permission|read)/i)
      append(log, guesses(A, 20, { pid: 5000 }))
      chmodSync(log, 0o600)
      await findingOf(state, 'brute-force', A)
      expect(await program.stop()).toBe(0)
    },
  )
})

describe('the database', () => {
  it('is held by another process', async () => {
    const { place, log, config, state } = setUp()
    const program = await watching(place, config, [log])
    const holder = new DatabaseSync(join(state, 'vpsguard.db'), { timeout: 5000 })
    holder.exec('BEGIN EXCLUSIVE')
    append(log, guesses(A, 20))
    await program.said(/another process holds the database.*watching goes on/)
    // People hear of it all the same.
    await until(() => (program.stdout.includes(A) ? true : undefined))
    expect(findingsIn(state)).toEqual([])
    holder.exec('ROLLBACK')
    holder.close()
    await program.said(/the database can be used again/)
    const found = await findingOf(state, 'brute-force', A)
    await until(() => (blocksIn(state).some(({ prefix }) => prefix === A) ? true : undefined))
    expect(await program.stop()).toBe(0)
    expect(findingsIn(state).map(essence)).toEqual((await analyze([log], { cwd: place.path })).findings.map(essence))
    expect(found.count).toBe(20)
  })

  it.skipIf(!MAY_MOUNT)('has no room on the disk, and later may not be written (needs mounts)', async () => {
    const { place, log, config } = setUp()
    const state = join(place.path, 'small')
    mkdirSync(state, { mode: 0o700 })
    const mount = (...options: string[]): void => {
      const { status, stderr } = spawnSync('mount', options, { encoding: 'utf8' })
      if (status !== 0) throw new Error(stderr)
    }
    mount('-t', 'tmpfs', '-o', 'size=4m,mode=700', 'tmpfs', state)
    onTestFinished(() => void spawnSync('umount', ['-l', state]))
    const program = await watching(place, config, [log], { env: { VPSGUARD_STATE: state } })
    const stuffing = join(state, 'stuffing')
    const fill = (): void => {
      const { bavail, bsize } = statfsSync(state)
      if (bavail > 0) append(stuffing, 'x'.repeat(bavail * bsize))
    }
    fill()
    append(log, guesses(A, 20))
    await until(() => {
      // What its own log gives back is taken as well.
      fill()
      return program.log.some(({ msg }) => /the disk is full.*watching goes on/.test(msg)) ? true : undefined
    })
    await until(() => (program.stdout.includes(A) ? true : undefined))
    rmSync(stuffing)
    await program.said(/the database can be used again/)
    await findingOf(state, 'brute-force', A)

    expect(await program.stop()).toBe(0)
    expect(findingsIn(state).map(essence)).toEqual((await analyze([log], { cwd: place.path })).findings.map(essence))

    mount('-o', 'remount,ro', state)
    const refused = await run(['watch', '--once', '--config', config, log], {
      cwd: place.path,
      env: { VPSGUARD_STATE: state },
    })
    expect(refused.code).toBe(5)
    expect(refused.stderr).toMatch(/may not be written/)
  })

  it('has one daemon', async () => {
    const { place, log, config } = setUp()
    const program = await watching(place, config, [log])
    const second = await run(['watch', '--once', '--config', config, log], { cwd: place.path })
    expect(second.code).toBe(2)
    expect(second.stderr).toContain(`process ${program.pid}`)
    append(log, guesses(A, 20))
    await findingOf(program.folder, 'brute-force', A)
    expect(await program.stop()).toBe(0)
  })
})

describe('the daemon itself', () => {
  it('keeps its config where a new one does not hold', async () => {
    const { place, log, config, state } = setUp()
    const program = await watching(place, config, [log])
    writeFileSync(config, '[rules.brute_force]\nenabled = "perhaps"\n')
    program.signal('SIGHUP')
    await program.said(/not reloaded, and the one before stays in force.*brute_force/)
    append(log, guesses(A, 20))
    await findingOf(state, 'brute-force', A)
    writeFileSync(config, `${BASE}[rules.brute_force]\nenabled = false\n`)
    program.signal('SIGHUP')
    await program.said(/the config was read again/)
    append(log, guesses(B, 20, { pid: 5000 }) + guesses(C, 20, { user: 'admin', pid: 6000 }))
    await program.read(60)
    expect(
      findingsIn(state)
        .filter(({ rule }) => rule === 'brute-force')
        .map(({ sources }) => sources),
    ).toEqual([[A]])
    expect(await program.stop()).toBe(0)
  })

  it('is ended in the middle of a batch, again and again', async () => {
    const { place, log, config, state } = setUp()
    const lines = Array.from({ length: 40 }, (_, i) => guesses(`203.0.113.${i + 1}`, 200, { pid: 1000 + 200 * i }))
    let program = await watching(place, config, [log])
    for (const text of lines.slice(0, 4)) {
      append(log, text)
      expect(await program.stop()).toBe(0)
      append(log, lines[lines.indexOf(text) + 10])
      program = new LiveProgram(place, ['--config', config, '--rules-only', log])
      await program.said(/^watching$/)
    }
    await program.read(8 * 200)
    expect(await program.stop()).toBe(0)
    const report = await analyze([log], { cwd: place.path })
    expect(findingsIn(state).map(essence)).toEqual(report.findings.map(essence).sort((a, b) => (a.id < b.id ? -1 : 1)))
  })
})

describe('the firewall', () => {
  it('is not asked while only observing: what would be blocked is said and kept', async () => {
    const { place, log, config, state } = setUp()
    const program = await watching(place, config, [log])
    append(log, guesses(A, 40))
    await program.said(new RegExp(`would block ${A}`))
    expect(blocksIn(state)).toMatchObject([{ prefix: A, state: 'observed' }])
    expect(await program.stop()).toBe(0)
  })

  it('is a dry one: everything but the last step', async () => {
    const { place, log, config, state } = setUp(`${BASE}mode = "enforce"\n`)
    const program = await watching(place, config, [log])
    append(log, guesses(A, 40))
    await program.said(new RegExp(`^blocked ${A}`))
    expect(blocksIn(state)).toMatchObject([{ prefix: A, state: 'active' }])
    expect(await program.stop()).toBe(0)
  })

  it.skipIf(!MAY_MOUNT || NFT === '')(
    'fails, comes, fails half-way, and comes back (needs nft and namespaces)',
    async () => {
      const { place, log, config, state } = setUp(`${BASE.replace('dry', 'nftables')}mode = "enforce"\n`)
      const real = join(place.path, 'nft-real')
      copyFileSync(NFT, real)
      const broken = place.write('broken', '')
      // While the file is there, every change is refused; reading is not, once it has been made anew.
      const script = `#!/bin/sh\nif [ -s ${broken} ] && [ "$1" = -j ]; then exec ${real} "$@"; fi\n[ -e ${broken} ] && { echo 'Error: Could not process rule: No space left on device' >&2; exit 1; }\nexec ${real} "$@"\n`
      const stand = place.write('nft-stand-in', script, 0o755)
      const within = ['unshare', '-m', '-n', 'sh', '-c', `mount --bind ${stand} ${NFT} && exec "$@"`, 'sh']
      const program = await watching(place, config, [log], { within })
      await program.said(/nothing is blocked/)
      append(log, guesses(A, 40))
      await findingOf(state, 'brute-force', A)
      const without = await until(() => program.status)
      expect(without.backend).toBe('dry')
      expect(without.trouble.join()).toContain('nothing is blocked')
      // Nobody is told that something is blocked.
      await program.said(new RegExp(`^${A} is to be blocked, and there is no firewall`))
      expect(program.log.filter(({ msg }) => msg.startsWith('blocked'))).toEqual([])
      // However often it is tried.
      expect(program.log.filter(({ msg }) => /nothing is blocked/.test(msg))).toHaveLength(1)
      rmSync(broken)
      // Another process's change of the database is what a person's command looks like: the daemon looks at once.
      const person = new DatabaseSync(join(state, 'vpsguard.db'), { timeout: 5000 })
      person.exec("INSERT OR REPLACE INTO settings (key, value, changed) VALUES ('seen', '1', 0)")
      person.close()
      const usable = await until(() => (program.status?.backend === 'nftables' ? program.status : undefined))
      expect(usable.trouble).toEqual([])
      writeFileSync(broken, 'x')
      append(log, guesses(B, 40, { pid: 5000 }))
      await program.said(/could not block|blocking has trouble/)
      rmSync(broken)
      append(log, guesses(C, 40, { pid: 6000 }))
      await program.said(new RegExp(`^blocked ${C}`))
      expect(await program.stop()).toBe(0)
      expect(blocksIn(state).find(({ prefix }) => prefix === C)).toMatchObject({ state: 'active' })
    },
  )
})

describe('mail', () => {
  it('cannot be sent, since no name can be resolved: it waits, and watching goes on', async () => {
    const mail =
      'enabled = true\nfrom = "vpsguard@example.org"\nto = ["owner@example.org"]\nsmtp_host = "mail.invalid"\n'
    const { place, log, config, state } = setUp(`${BASE}[notify]\ngroup_wait_seconds = 0\n[notify.email]\n${mail}`)
    const program = await watching(place, config, [log])
    append(log, guesses(A, 60))
    const waiting = await until(() => look(state, store => store.outbox.notices({}).find(one => one.attempts > 0)))
    expect(waiting).toMatchObject({ state: 'waiting', channel: 'email' })
    expect(waiting.error).toMatch(/mail\.invalid/)
    await until(() => program.status?.trouble.find(text => text.includes('mail.invalid')))
    append(log, guesses(B, 20, { pid: 5000 }))
    await findingOf(state, 'brute-force', B)
    expect(await program.stop()).toBe(0)
  })
})
