import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXIT, Problem } from '../../src/core/errors.ts'
import { journalArguments, journalSource } from '../../src/sources/journald.ts'
import { makeFolder, readText } from './folder.ts'

function fakeJournalctl(script: string): string {
  const path = join(makeFolder(), 'journalctl')
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

async function problemOf(program: string): Promise<Problem> {
  const problem = await readText(journalSource({}, program)).then(
    () => undefined,
    (cause: unknown) => cause,
  )
  if (!(problem instanceof Problem)) throw new Error(`no Problem but ${String(problem)}`)
  return problem
}

describe('the journal', () => {
  it('is asked for complete records, with what the person limits', () => {
    expect(
      journalArguments({ since: '-2h', until: 'now', units: ['ssh.service', '--x'], directory: '/mnt/log' }),
    ).toEqual([
      '--output=json',
      '--all',
      '--quiet',
      '--no-pager',
      '--since=-2h',
      '--until=now',
      '--directory=/mnt/log',
      '--unit=ssh.service',
      '--unit=--x',
    ])
  })
  it('is what journalctl writes', async () => {
    const source = journalSource({ since: 'a b' }, fakeJournalctl('for a in "$@"; do echo "$a"; done'))
    expect(source).toMatchObject({ path: 'journalctl', kind: 'stream', seekable: false })
    expect((await readText(source)).split('\n')).toContain('--since=a b')
  })
  it('may be missing, closed to us, or asked for a time it does not know', async () => {
    expect(await problemOf('/nowhere/journalctl')).toMatchObject({
      message: 'journalctl is not on this machine',
      exitCode: EXIT.input,
    })
    expect(
      await problemOf(
        fakeJournalctl('echo "No journal files were opened due to insufficient permissions." >&2; exit 1'),
      ),
    ).toMatchObject({ message: 'the journal may not be read', exitCode: EXIT.permission })
    expect(await problemOf(fakeJournalctl('echo "Failed to parse timestamp: x" >&2; exit 1'))).toMatchObject({
      exitCode: EXIT.usage,
    })
    expect(await problemOf(fakeJournalctl('exit 3'))).toMatchObject({ exitCode: EXIT.input })
  })
  it('stops when the reader does', async () => {
    const source = journalSource({}, fakeJournalctl('while :; do echo x; done'))
    for await (const chunk of source.read()) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    const stop = new AbortController()
    const reading = (async () => {
      for await (const _ of source.read(stop.signal)) stop.abort()
    })()
    await expect(reading).rejects.toThrow()
  })
})
