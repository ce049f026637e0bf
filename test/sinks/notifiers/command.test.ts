import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import command from '../../../src/sinks/notifiers/command.ts'
import { HOSTILE, makeMessage, NOON } from '../notify/make.ts'

const folder = mkdtempSync(join(tmpdir(), 'vpsguard-command-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const send = (argv: string[], signal = AbortSignal.timeout(20_000)) =>
  command.open({ enabled: true, command: argv }).send(makeMessage({ lines: HOSTILE }), {
    id: 'command/f-1/first',
    group: 'f-1',
    host: 'web1',
    language: 'en',
    signal,
    now: () => NOON,
  })

/** A busy machine may take a while. */
const WAIT = { timeout: 60_000 }

describe('command', () => {
  it('gets the JSON on its standard input, and nothing of it or of us elsewhere', async () => {
    process.env.VPSGUARD_SECRET_OF_OURS = 'x'
    const out = join(folder, 'out')
    expect(
      await send([
        '/bin/sh',
        '-c',
        `cat > ${out}.json; env > ${out}.env; tr '\\0' '\\n' < /proc/$$/cmdline > ${out}.args`,
      ]),
    ).toEqual({
      ok: true,
    })
    expect(JSON.parse(readFileSync(`${out}.json`, 'utf8'))).toMatchObject({
      id: 'command/f-1/first',
      lines: HOSTILE,
    })
    const names = readFileSync(`${out}.env`, 'utf8')
      .split('\n')
      .map(line => line.split('=')[0])
    expect(
      names.filter(name => !['', 'PATH', 'LANG', 'VPSGUARD', 'PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)),
    ).toEqual([])
    expect(readFileSync(`${out}.args`, 'utf8')).not.toContain('alert(1)')
  })

  it('tries again after most exit codes, and says what the command said', async () => {
    expect(await send(['/bin/sh', '-c', 'echo no route >&2; exit 75'])).toEqual({
      ok: false,
      retry: true,
      error: 'the command ended with 75: no route',
    })
    expect(await send(['/bin/sh', '-c', 'exit 65'])).toEqual({
      ok: false,
      retry: false,
      error: 'the command ended with 65',
    })
  })

  it('a command that does not read its input has still run', async () => {
    expect(await send(['/bin/true'])).toEqual({ ok: true })
  })

  it('a command that is not there is a failure, not a crash', async () => {
    expect(await send(['/nonexistent/tell'])).toMatchObject({ ok: false, retry: true })
  })

  it('is ended in time, with what it has started', async () => {
    const end = new AbortController()
    const mark = join(folder, 'child')
    // The grandchild tells its process id through a pipe of its own and would live for an hour.
    const delivery = send(
      ['/bin/sh', '-c', `sleep 3600 & echo $! > ${mark}.tmp; mv ${mark}.tmp ${mark}; wait`],
      end.signal,
    )
    await expect.poll(() => existsSync(mark), WAIT).toBe(true)
    end.abort()
    expect(await delivery).toEqual({ ok: false, retry: true, error: 'the command did not end in time' })
    const pid = readFileSync(mark, 'utf8').trim()
    const state = (): string =>
      existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].slice(0, 1) : 'gone'
    // A container without an init keeps the dead as zombies.
    await expect.poll(state, WAIT).toMatch(/gone|Z/)
  })

  it('needs an absolute path', () => {
    expect(() => command.open({ enabled: true, command: ['tell'] })).toThrow(/absolute path/)
  })
})
