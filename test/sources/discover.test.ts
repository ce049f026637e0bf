import { execFileSync } from 'node:child_process'
import { chmodSync, linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { EXIT } from '../../src/core/errors.ts'
import { discover } from '../../src/sources/discover.ts'
import { asNobody } from '../support/unprivileged.ts'
import { makeFolder, readText } from './folder.ts'

async function problemOf(path: string): Promise<{ message: string; exitCode: number }> {
  const { sources, problems } = await discover([path])
  expect(sources).toEqual([])
  expect(problems).toHaveLength(1)
  return { message: problems[0].message, exitCode: problems[0].exitCode }
}

describe('what a person names', () => {
  it('is read in the order named, each file once', async () => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'b.log'), 'b\n')
    writeFileSync(join(folder, 'a.log'), 'a\n')
    linkSync(join(folder, 'a.log'), join(folder, 'hard.log'))
    symlinkSync(join(folder, 'a.log'), join(folder, 'soft.log'))
    const { sources, problems } = await discover([
      join(folder, 'b.log'),
      join(folder, 'soft.log'),
      join(folder, '*.log'),
    ])
    expect(problems).toEqual([])
    expect(sources.map(source => source.path)).toEqual([join(folder, 'b.log'), join(folder, 'soft.log')])
    expect(await Promise.all(sources.map(readText))).toEqual(['b\n', 'a\n'])
    expect(sources[0]).toMatchObject({ name: 'b.log', kind: 'file', size: 2, seekable: true })
  })

  it('may be absent', async () => {
    expect(await problemOf('/nowhere/auth.log')).toEqual({
      message: '/nowhere/auth.log does not exist',
      exitCode: EXIT.input,
    })
    expect((await problemOf(join(makeFolder(), 'x', '*.log'))).message).toMatch(/^nothing matches /)
  })

  it('may be empty', async () => {
    const path = join(makeFolder(), 'auth.log')
    writeFileSync(path, '')
    expect(await problemOf(path)).toEqual({ message: `${path} is empty`, exitCode: EXIT.input })
  })

  it('may be unreadable', async () => {
    const folder = makeFolder()
    const path = join(folder, 'auth.log')
    writeFileSync(path, 'x\n')
    chmodSync(path, 0)
    chmodSync(folder, 0o755)
    expect(await asNobody(() => problemOf(path))).toEqual({
      message: `${path} may not be read`,
      exitCode: EXIT.permission,
    })
  })

  it('may be a device, a FIFO or a link that leads nowhere', async () => {
    const folder = makeFolder()
    execFileSync('mkfifo', [join(folder, 'fifo')])
    symlinkSync(join(folder, 'loop'), join(folder, 'loop'))
    symlinkSync(join(folder, 'gone'), join(folder, 'dangling'))
    expect((await problemOf('/dev/null')).message).toBe('/dev/null is a device, not a log file')
    expect((await problemOf(join(folder, 'fifo'))).message).toMatch(/is a FIFO, not a log file$/)
    expect((await problemOf(join(folder, 'loop'))).message).toMatch(/is a symbolic link that leads back to itself$/)
    expect((await problemOf(join(folder, 'dangling'))).message).toMatch(/does not exist$/)
    expect((await problemOf(join('/dev/null', 'x'))).exitCode).toBe(EXIT.input)
  })

  it('does not keep the others from being read', async () => {
    const path = join(makeFolder(), 'auth.log')
    writeFileSync(path, 'x\n')
    const { sources, problems } = await discover(['/nowhere', path, '/dev/zero'])
    expect(sources.map(source => source.path)).toEqual([path])
    expect(problems.map(problem => problem.where)).toEqual(['/nowhere', '/dev/zero'])
  })

  it('may be a folder: its logs, without what is no text, and without loops', async () => {
    const folder = makeFolder()
    mkdirSync(join(folder, 'nginx'))
    mkdirSync(join(folder, 'journal'))
    for (const name of ['auth.log', 'wtmp', '.hidden', 'nginx/access.log', 'journal/system.journal', 'empty.log']) {
      writeFileSync(join(folder, name), name === 'empty.log' ? '' : 'x\n')
    }
    symlinkSync(folder, join(folder, 'nginx', 'again'))
    const { sources, problems } = await discover([folder])
    expect(problems).toEqual([])
    expect(sources.map(source => source.path)).toEqual([join(folder, 'auth.log'), join(folder, 'nginx/access.log')])
    const bare = makeFolder()
    expect((await problemOf(bare)).message).toBe(`${bare} is a folder without log files`)
  })

  it('may be stdin, once', async () => {
    async function* input(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('first\n')
      yield new TextEncoder().encode('second\n')
    }
    const { sources } = await discover(['-', '-'], { stdin: input() })
    expect(sources).toHaveLength(1)
    expect(sources[0]).toMatchObject({ path: '-', seekable: false })
    expect(new TextDecoder().decode(sources[0].head)).toBe('first\n')
    expect(await readText(sources[0])).toBe('first\nsecond\n')
  })

  it('brings its rotated set, oldest first', async () => {
    const folder = makeFolder()
    const names = [
      'auth.log',
      'auth.log.1',
      'auth.log.2.gz',
      'auth.log.10.gz',
      'auth.log.2',
      'auth.log-20260101.gz',
      'auth.log-20251231',
      'auth.log.bak',
      'auth.logger',
      'xauth.log',
    ]
    for (const name of names)
      writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(`${name}\n`) : `${name}\n`)
    linkSync(join(folder, 'auth.log.1'), join(folder, 'auth.log.3'))
    symlinkSync('auth.log', join(folder, 'auth.log.4'))
    utimesSync(join(folder, 'auth.log.1'), 1, 1)
    const { sources, problems } = await discover([join(folder, 'auth.log')], { rotated: true })
    expect(problems).toEqual([])
    expect(await Promise.all(sources.map(readText))).toEqual(
      ['auth.log-20251231', 'auth.log-20260101.gz', 'auth.log.10.gz', 'auth.log', 'auth.log.1', 'auth.log.2'].map(
        name => `${name}\n`,
      ),
    )
  })
})
