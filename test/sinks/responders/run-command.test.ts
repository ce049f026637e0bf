/** Commands: an end in sight, whatever they do. */
import { describe, expect, it } from 'vitest'
import { complaint, runCommand } from '../../../src/sinks/responders/run-command.ts'
import { until } from '../../support/until.ts'

const node = async (script: string, options = {}) => await runCommand(process.execPath, ['-e', script], options)

describe('a command', () => {
  it('gets its words as they are: no shell reads them', async () => {
    const word = '$(touch /tmp/x); `id` "\n\'*'
    const result = await runCommand(process.execPath, ['-e', 'process.stdout.write(process.argv[1])', word])
    expect(result).toMatchObject({ code: 0, stdout: word, truncated: false })
  })

  it('that the system does not start at all is said, not thrown', async () => {
    // Node throws this as it throws a want of memory, without an event.
    const result = await runCommand(process.execPath, ['\0'])
    expect(result).toMatchObject({ code: null, failure: 'unstarted' })
    expect(complaint('nft', result)).toMatch(/^nft could not be started: /)
  })

  it('gets its input, and may leave it unread', async () => {
    expect((await node('process.stdin.pipe(process.stdout)', { input: 'hello' })).stdout).toBe('hello')
    expect((await node('process.exit(3)', { input: 'x'.repeat(1 << 20) })).code).toBe(3)
  })

  it('does not choose its own PATH', async () => {
    const result = await node('process.stdout.write(process.env.PATH + Object.keys(process.env).length)')
    expect(result.stdout).toMatch(/^\/usr\/sbin:[^ ]+2$/)
  })

  it('may write as much as it likes; the rest is dropped and told', async () => {
    const result = await node("process.stdout.write('x'.repeat(5e6))", { limit: 1000 })
    expect(result).toMatchObject({ code: 0, truncated: true })
    expect(result.stdout.length).toBe(1000)
  })

  it('is killed with all that it started when it takes too long', async () => {
    const script = `
      const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
      process.stdout.write(String(child.pid))
      setInterval(() => {}, 1000)`
    const result = await node(script, { timeout: 1500 })
    expect(result).toMatchObject({ code: null, failure: 'timeout' })
    expect(complaint('it', result)).toBe('it did not end in time')
    const grandchild = Number(result.stdout)
    expect(grandchild).toBeGreaterThan(0)
    await until(() => (isGone(grandchild) ? true : undefined))
  })

  it('is not waited for where only a grandchild holds its output', async () => {
    const script = `
      const { spawn } = require('node:child_process')
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit', detached: true })
      process.stdout.write(String(child.pid), () => process.exit(0))`
    const result = await node(script)
    expect(result.code).toBe(0)
    const grandchild = Number(result.stdout)
    expect(isGone(grandchild)).toBe(false)
    process.kill(grandchild)
  })

  it('that is missing is told as missing', async () => {
    const result = await runCommand('vpsguard-no-such-program', [])
    expect(result).toMatchObject({ code: null, failure: 'missing' })
    expect(complaint('nft', result)).toBe('nft is not installed')
  })
})

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}
