/** What a reload must not cost: the daemon goes on under another config with all that it knows. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { DAY } from '../../src/core/time.ts'
import { startDaemon } from './in-process.ts'
import { blocksIn, findingsIn, guesses, look } from './program.ts'

const A = '203.0.113.7'
const B = '203.0.113.8'
const WAIT = { timeout: 10_000 }

it('in the midst of a log that is read for the first time, no finding is lost', async () => {
  const noise = (pid: number): string =>
    `Mar  4 10:00:00 web-1 sshd[${pid}]: Server listening on 0.0.0.0 port 22.\n`.repeat(8000)
  // The attack stands in the middle, where no checkpoint is made; every round ends with a reload.
  const text = noise(1) + guesses(A, 40, { end: Date.now() - DAY }) + noise(2)
  const { folder, said } = await startDaemon('[response]\nbackend = "dry"\n', {
    text,
    onAlive: daemon => daemon.requestReload(),
  })
  expect(said.filter(words => words.includes('read again')).length).toBeGreaterThan(1)
  expect(findingsIn(folder).flatMap(({ sources }) => sources)).toContain(A)
})

it('what could not be written yet is written afterwards', async () => {
  const { daemon, folder, log, told, heard } = await startDaemon(
    '[response]\nmode = "enforce"\nbackend = "dry"\n[notify]\ngroup_wait_seconds = 0\n[notify.email]\nenabled = true\nfrom = "vpsguard@example.org"\nto = ["owner@example.org"]\nsmtp_host = "127.0.0.1"\nsmtp_port = 9\ntls = "none"\n',
  )
  appendFileSync(log, guesses(A, 60))
  await told(A)
  const holder = new DatabaseSync(join(folder, 'vpsguard.db'), { timeout: 5000 })
  holder.exec('BEGIN IMMEDIATE')
  appendFileSync(log, guesses(B, 60, { pid: 5000 }))
  await told(B)
  daemon.requestReload()
  await heard('the config was read again')
  holder.exec('ROLLBACK')
  holder.close()
  await heard('the database can be used again')
  await expect
    .poll(() => look(folder, store => JSON.stringify(store.outbox.notices({ channel: 'email' }))), WAIT)
    .toContain(B)
  await expect
    .poll(
      () =>
        blocksIn(folder)
          .filter(({ state }) => state === 'active')
          .map(({ prefix }) => prefix)
          .sort(),
      WAIT,
    )
    .toEqual([A, B])
})
