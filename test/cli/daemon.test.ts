/** status, reload, doctor and notify test, beside a daemon and without one. */
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatTime } from '../../src/core/time.ts'
import { openStore } from '../../src/store/index.ts'
import { type Child, ended, IS_ROOT, NOBODY, run, start, workspace } from '../support/cli.ts'
import { fill } from './remembered.ts'

const { path: cwd } = workspace()

/** A folder with a log and a config. */
function place(name: string, config = ''): string {
  const folder = join(cwd, name)
  mkdirSync(folder, { mode: 0o755 })
  writeFileSync(join(folder, 'auth.log'), '')
  writeFileSync(
    join(folder, 'vpsguard.toml'),
    `[watch]\npaths = ["${folder}/auth.log"]\n[response]\nbackend = "dry"\n${config}`,
  )
  return folder
}

/** Waits until what a child says on a stream passes. */
function says(child: Child, stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string> {
  return new Promise(resolve => {
    let said = ''
    child[stream].on('data', chunk => {
      said += chunk
      if (pattern.test(said)) resolve(said)
    })
  })
}

/** Failed logins up to now, of a log whose stamps have years. */
const guesses = (address: string, count: number): string =>
  Array.from(
    { length: count },
    (_, i) =>
      `${formatTime(Math.floor(Date.now() / 1000) * 1000 - (count - i) * 1000)} web-1 sshd[${4000 + i}]: Failed password for root from ${address} port ${40000 + i} ssh2\n`,
  ).join('')

describe.concurrent('beside a daemon', () => {
  it('status tells how it does, reload makes it read its config, a suppression keeps it silent', async () => {
    const folder = place('alive')
    const child = start(['watch', '--rules-only'], { cwd: folder })
    const done = ended(child)
    try {
      await says(child, 'stderr', /have been read to their end/)
      const status = await run(['status', '--check'], { cwd: folder })
      expect(status.code).toBe(0)
      expect(status.stdout).toMatch(new RegExp(`^vpsguard is running since .* \\(process ${child.pid}\\)`))
      expect(JSON.parse((await run(['status', '--json'], { cwd: folder })).stdout)).toMatchObject({
        running: true,
        pid: child.pid,
        logs: [join(folder, 'auth.log')],
        mode: 'observe',
        learning: false,
        trouble: [],
      })
      const told = says(child, 'stdout', /brute-force: .*203\.0\.113\.7/)
      appendFileSync(join(folder, 'auth.log'), guesses('203.0.113.7', 12))
      await told
      fill(join(folder, '.state'), (store, now) => {
        const common = {
          rule: 'brute-force',
          field: 'source' as const,
          created: now,
          expires: now + 3_600_000,
          reason: '',
        }
        store.labels.suppress({ ...common, id: 's1', value: '203.0.113.8' })
      })
      const other = says(child, 'stdout', /brute-force: .*203\.0\.113\.9/)
      appendFileSync(join(folder, 'auth.log'), guesses('203.0.113.8', 12))
      appendFileSync(join(folder, 'auth.log'), guesses('203.0.113.9', 12))
      expect(await other).not.toContain('203.0.113.8')
      // Recorded all the same, and not even written down as what would be blocked.
      const listed = JSON.parse(
        (await run(['findings', 'list', '--source', '203.0.113.8', '--json'], { cwd: folder })).stdout,
      )
      expect(listed.findings).toMatchObject([{ rule: 'brute-force' }])
      const { blocks } = JSON.parse((await run(['blocks', 'list', '--json'], { cwd: folder })).stdout)
      expect(blocks.map(({ prefix }: { prefix: string }) => prefix).sort()).toEqual(['203.0.113.7', '203.0.113.9'])
      expect((await run(['storage', 'clear', 'checkpoints', '--yes'], { cwd: folder })).stderr).toMatch(
        /daemon is running/,
      )

      const read = says(child, 'stderr', /the config was read again/)
      const reload = await run(['reload'], { cwd: folder })
      expect(reload.stdout).toMatch(new RegExp(`valid .* process ${child.pid} was told`))
      await read
      writeFileSync(join(folder, 'vpsguard.toml'), '[watch]\npath = ["x"]\n')
      const wrong = await run(['reload'], { cwd: folder })
      expect(wrong.code).toBe(3)
      expect(wrong.stderr).toContain('paths')
      if (IS_ROOT) {
        const { store } = openStore(join(folder, '.state'), { readOnly: true, now: Date.now })
        expect(store.status.last()?.pid).toBe(child.pid)
        store.close()
      }
    } finally {
      child.kill('SIGTERM')
      await done
    }
    const after = await run(['status', '--check'], { cwd: folder })
    expect(after.stdout).toMatch(/^vpsguard is not running: last sign of life/)
    expect(after.code).toBe(1)
  })
})

describe.concurrent('without a daemon', () => {
  it('status says so, with no memory at all too', async () => {
    const folder = place('none')
    const { stdout, code } = await run(['status'], { cwd: folder })
    expect(stdout).toMatch(/^vpsguard is not running\n/)
    expect(code).toBe(0)
    expect((await run(['status', '--check'], { cwd: folder })).code).toBe(1)
    expect(JSON.parse((await run(['status', '--json'], { cwd: folder })).stdout)).toMatchObject({
      running: false,
      pid: null,
    })
    const reload = await run(['reload'], { cwd: folder })
    expect(reload.stderr).toMatch(/no daemon is running/)
    expect(reload.code).toBe(4)
  })

  it('a memory that is no database is trouble that status and doctor tell', async () => {
    const folder = place('damaged')
    mkdirSync(join(folder, '.state'), { mode: 0o700 })
    writeFileSync(join(folder, '.state', 'vpsguard.db'), 'x'.repeat(4096))
    expect((await run(['status'], { cwd: folder })).stdout).toMatch(/trouble +the memory cannot be read/)
    const doctor = await run(['doctor'], { cwd: folder })
    expect(doctor.stdout).toMatch(/BROKEN .*vpsguard\.db/)
    expect(doctor.code).toBe(1)
  })
})

interface Check {
  id: string
  state: string
  text: string
  hint?: string
}
const doctor = async (folder: string, options: { uid?: number } = {}): Promise<Check[]> =>
  JSON.parse((await run(['doctor', '--json'], { cwd: folder, ...options })).stdout).checks
const of = (checks: Check[], id: string): Check[] => checks.filter(check => check.id === id)

describe.concurrent('doctor', () => {
  it('names what is there, what is missing, and how to get it', async () => {
    const folder = place('doctor')
    fill(join(folder, '.state'), () => undefined)
    const checks = await doctor(folder)
    expect(of(checks, 'config')).toMatchObject([{ state: 'ok', text: expect.stringContaining('vpsguard.toml: valid') }])
    expect(of(checks, 'log')).toEqual([{ id: 'log', state: 'ok', text: `${folder}/auth.log: can be read` }])
    expect(of(checks, 'state')).toMatchObject([{ state: 'ok' }])
    expect(of(checks, 'memory')).toMatchObject([
      { state: 'ok', text: '0 findings are remembered, and their chain holds' },
    ])
    expect(of(checks, 'daemon')).toMatchObject([{ state: 'missing', hint: expect.stringContaining('systemctl') }])
    expect(of(checks, 'notify')).toMatchObject([{ state: 'missing', hint: expect.stringContaining('[notify.email]') }])
    for (const { state, hint } of checks) if (state === 'broken') expect(hint).toBeDefined()
  })

  it('tells a config that does not hold, and looks at the rest all the same', async () => {
    const folder = place('wrong', 'mod = "enforce"\n')
    const checks = await doctor(folder)
    expect(of(checks, 'config')).toMatchObject([{ state: 'broken', text: expect.stringContaining('mode') }])
    expect(of(checks, 'node')).toMatchObject([{ state: 'ok' }])
    expect(of(checks, 'disk')).toHaveLength(1)
  })

  it('tells a log that is not there', async () => {
    const folder = place('logless')
    writeFileSync(join(folder, 'vpsguard.toml'), '[watch]\npaths = ["/nowhere/auth.log", "/nowhere/*.log"]\n')
    expect(of(await doctor(folder), 'log').map(({ state }) => state)).toEqual(['missing', 'ok'])
  })

  it.runIf(IS_ROOT)('tells what may not be read, and which groups may', async () => {
    const folder = place('denied')
    chmodSync(cwd, 0o755)
    writeFileSync(join(folder, 'secret.log'), 'x', { mode: 0o600 })
    writeFileSync(join(folder, 'vpsguard.toml'), `[watch]\npaths = ["${folder}/secret.log"]\n`, { mode: 0o644 })
    const checks = JSON.parse(
      (
        await run(['doctor', '--json', '-c', join(folder, 'vpsguard.toml')], {
          cwd: '/',
          env: { VPSGUARD_STATE: folder },
          uid: NOBODY,
        })
      ).stdout,
    ).checks
    expect(of(checks, 'log')).toMatchObject([{ state: 'broken', hint: expect.stringMatching(/adm, systemd-journal/) }])
    expect(of(checks, 'state')).toMatchObject([{ state: 'broken', hint: expect.stringContaining('VPSGUARD_STATE') }])
  })
})

describe.concurrent('doctor --online', () => {
  it('asks the services of the channels, and sends nothing', async () => {
    const heard: string[] = []
    const server = createServer((request, response) => {
      heard.push(`${request.method} ${request.url}`)
      response.end(JSON.stringify({ health: 'green' }))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    try {
      const folder = place(
        'online',
        `[notify.gotify]\nenabled = true\nserver = "${url}"\ntoken = "abcd"\n` +
          `[notify.ntfy]\nenabled = true\nserver = "${url}"\ntopic = "alerts"\n`,
      )
      const { stdout, code } = await run(['doctor', '--online', '--json'], { cwd: folder })
      expect(of(JSON.parse(stdout).checks, 'notify').slice(-2)).toMatchObject([
        { state: 'broken', text: expect.stringMatching(/^ntfy: /), hint: 'see [notify.ntfy]' },
        { state: 'ok', text: expect.stringMatching(/^gotify: the server is well/) },
      ])
      expect(code).toBe(1)
      expect(heard.sort()).toEqual(['GET /health', 'GET /v1/health'])
    } finally {
      server.close()
    }
  })
})

describe.concurrent('notify test', () => {
  it('sends on each channel, and says which did not take it', async () => {
    const heard: string[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', chunk => (body += chunk))
      request.on('end', () => {
        heard.push(body)
        response.statusCode = request.url === '/yes' ? 200 : 400
        response.end()
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const channel = (path: string): string =>
      `[notify.webhook]\nenabled = true\nurl = "http://127.0.0.1:${port}${path}"\nallow_http = true\n`
    try {
      const folder = place('notify', channel('/yes'))
      const sent = await run(['notify', 'test'], { cwd: folder })
      expect(sent).toEqual({ code: 0, stdout: 'webhook: sent\n', stderr: '' })
      expect(JSON.parse(heard[0])).toMatchObject({ kind: 'test' })
      writeFileSync(join(folder, 'vpsguard.toml'), channel('/no'))
      const refused = await run(['notify', 'test', '--json'], { cwd: folder })
      expect(refused.code).toBe(1)
      expect(JSON.parse(refused.stdout).channels).toMatchObject([{ channel: 'webhook', ok: false }])
      expect((await run(['notify', 'test', '--channel', 'emial'], { cwd: folder })).stderr).toMatch(/--channel email/)
    } finally {
      server.close()
    }
    const none = await run(['notify', 'test'], { cwd: place('mute') })
    expect(none.stderr).toMatch(/no channel is switched on/)
    expect(none.code).toBe(3)
  })
})
