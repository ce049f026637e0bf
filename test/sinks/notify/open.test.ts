import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { EXIT, Problem } from '../../../src/core/errors.ts'
import { NOTIFIERS } from '../../../src/sinks/notifiers/index.ts'
import { openChannels } from '../../../src/sinks/notify/open.ts'

const folder = mkdtempSync(join(tmpdir(), 'vpsguard-secret-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, text: string, mode = 0o600): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

function problemOf(tables: Record<string, unknown>): Problem {
  try {
    openChannels(tables)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new TypeError('expected a Problem')
}

const gotify = (extra: object): Record<string, unknown> => ({
  gotify: { enabled: true, server: 'https://push.example.com', ...extra },
})

describe('opening channels', () => {
  it('opens those that are enabled, with their least severity', () => {
    const channels = openChannels({
      language: 'en',
      quiet_hours: {},
      gotify: { enabled: true, server: 'https://push.example.com', token: 'abc', min_severity: 'high' },
      slack: { enabled: false },
      bark: {},
    })
    expect(channels.map(({ id, minSeverity }) => [id, minSeverity])).toEqual([['gotify', 'high']])
  })

  it('reads a secret from a file that only its owner can read', () => {
    expect(openChannels(gotify({ token_file: file('token', 'abc\n') }))).toHaveLength(1)
    expect(openChannels(gotify({ token_file: file('group', 'abc\n', 0o640) }))).toHaveLength(1)
    const path = file('open', 'abc\n', 0o644)
    expect(problemOf(gotify({ token_file: path }))).toMatchObject({
      exitCode: EXIT.config,
      where: path,
      hint: `chmod 600 ${path}`,
    })
  })

  it('a certificate may be readable by all', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
    expect(openChannels(gotify({ token: 'abc', ca_file: file('ca.pem', pem, 0o644) }))).toHaveLength(1)
  })

  it('reads neither pipes nor devices, folders or what is not there', () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    for (const path of [pipe, '/dev/zero', folder, join(folder, 'nothing')]) {
      expect(problemOf(gotify({ token_file: path }))).toMatchObject({ exitCode: EXIT.config, where: path })
    }
  })

  it.each([
    [gotify({}), '[notify.gotify] token', /token/],
    [gotify({ token: 'abc', server: 'http://push.example.com' }), '[notify.gotify] server', /https/],
    [gotify({ token: 'abc', server: 'https://user:pass@push.example.com' }), '[notify.gotify] server', /without user/],
    [gotify({ token: 'a\nX: b' }), '[notify.gotify] token', /printable/],
    [gotify({ token: 'abc', token_file: '/x' }), '[notify.gotify]', /both token and token_file/],
    [{ webhook: { enabled: true, url: 'file:///etc/shadow' } }, '[notify.webhook] url', /https/],
    [{ slack: { enabled: true, webhook_url: 'https://x.example/s3cr3t', typo: 1 } }, '[notify.slack]', /typo/],
  ])('names table and key: %j', (tables, where, message) => {
    const problem = problemOf(tables)
    expect(problem.exitCode).toBe(EXIT.config)
    expect(problem.where).toBe(where)
    expect(problem.message).toMatch(message)
    expect(JSON.stringify([problem.message, problem.where, problem.hint, problem.expected])).not.toMatch(
      /s3cr3t|user:pass/,
    )
  })

  it.each(['http://127.0.0.1:8080', 'http://localhost', 'http://10.0.0.5', 'http://[::1]:80', 'http://[fd00::1]'])(
    'plain HTTP is allowed nearby: %s',
    server => {
      expect(openChannels(gotify({ token: 'abc', server }))).toHaveLength(1)
    },
  )

  it.each([
    'http://127.0.0.1.example.com',
    'http://[2001:db8::1]',
    'http://localhost.example.com',
    'http://198.51.100.7',
  ])('but not outside: %s', server => {
    expect(problemOf(gotify({ token: 'abc', server })).message).toMatch(/https/)
    expect(openChannels(gotify({ token: 'abc', server, allow_http: true }))).toHaveLength(1)
  })
})

describe('declarations', () => {
  it.each(NOTIFIERS)('$id: an empty table is valid and means off', ({ schema, open }) => {
    expect(schema.parse({})).toMatchObject({ enabled: false, min_severity: 'medium' })
    expect(open({}).enabled).toBe(false)
  })

  it.each(NOTIFIERS)('$id: enabled without what it needs says which key', ({ schema }) => {
    const result = schema.safeParse({ enabled: true })
    expect(result.success).toBe(false)
    for (const { message, path } of result.error?.issues ?? [])
      expect([path.length, message]).toEqual([1, expect.stringMatching(/^needed/)])
  })

  it.each(NOTIFIERS)('$id: every key has a description, every secret a file key', ({ schema, secrets, files }) => {
    for (const [key, option] of Object.entries(schema.shape))
      expect([key, z.globalRegistry.get(option)?.description]).toEqual([key, expect.any(String)])
    for (const key of [...secrets, ...files]) expect(Object.keys(schema.shape)).toContain(`${key}_file`)
  })

  it('ids differ and are what a table can be called', () => {
    const ids = NOTIFIERS.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[a-z]+$/)
  })
})
