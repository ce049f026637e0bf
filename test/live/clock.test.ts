/** The daemon in this process, with clocks that the test sets: an hour back, a year ahead. And mail that is down for a day. */
import { once } from 'node:events'
import { appendFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { expect, it, onTestFinished } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { until } from '../support/until.ts'
import { startDaemon } from './in-process.ts'
import { findingsIn, guesses, look } from './program.ts'

const A = '203.0.113.7'
const B = '203.0.113.8'
const C = '203.0.113.9'

it('the clock goes an hour back and a year ahead', async () => {
  const { log, folder, said, hand, now, told } = await startDaemon('[response]\nbackend = "dry"\n')
  appendFileSync(log, guesses(A, 20))
  await told(A)
  hand.set = -HOUR
  await until(() => (said.some(text => text.includes('set back by 60 minutes')) ? true : undefined))
  appendFileSync(log, guesses(B, 20, { end: now(), pid: 5000 }))
  await told(B)
  hand.set = 365 * DAY
  await until(() => (said.some(text => text.includes('set forward by')) ? true : undefined))
  appendFileSync(log, guesses(C, 20, { end: now(), pid: 6000 }))
  await told(C)
  // What is a year old by that clock is kept.
  expect(
    findingsIn(folder)
      .flatMap(({ sources }) => sources)
      .sort(),
  ).toEqual([A, B, C])
})

it('a log turns to a format that nobody knows', async () => {
  const { log, said, told } = await startDaemon('[response]\nbackend = "dry"\n')
  appendFileSync(log, guesses(A, 400))
  await told(A)
  writeFileSync(log, '<event kind="login" who="root"/>\n'.repeat(500), { flag: 'a' })
  await until(() => said.find(text => /% of the latest lines of .*auth\.log are not understood/.test(text)))
})

it('mail is down for a day: the message comes once', async () => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  const { log, folder, hand, told } = await startDaemon(
    `[response]\nbackend = "dry"\n[notify]\ngroup_wait_seconds = 0\n[notify.retry]\nfirst_seconds = 1\n[notify.email]\nenabled = true\nfrom = "vpsguard@example.org"\nto = ["owner@example.org"]\nsmtp_host = "127.0.0.1"\nsmtp_port = ${port}\ntls = "none"\n`,
  )
  appendFileSync(log, guesses(A, 60))
  await told(A)
  const notice = () => look(folder, store => store.outbox.notices({ channel: 'email' })[0])
  const first = await until(() => ((notice()?.attempts ?? 0) > 0 ? notice() : undefined))
  for (let hours = 1; hours <= 24; hours += 6) {
    const before = notice()?.attempts ?? 0
    hand.set = hours * HOUR + MINUTE
    await until(() => ((notice()?.attempts ?? 0) > before ? true : undefined))
  }
  expect(notice()).toMatchObject({ id: first.id, state: 'waiting' })
  const mails: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      let text = ''
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      stream.on('end', () => {
        mails.push(text)
        done()
      })
    },
  })
  server.listen(port, '127.0.0.1')
  onTestFinished(() => new Promise<void>(done => server.close(() => done())))
  hand.set = 26 * HOUR
  await until(() => (notice()?.state === 'sent' ? true : undefined))
  expect(mails.filter(text => text.includes(A))).toHaveLength(1)
})
