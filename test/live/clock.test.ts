/** The daemon in this process, with clocks that the test sets: an hour back, a year ahead. And mail that is down for a day. */
import { once } from 'node:events'
import { appendFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { expect, it, onTestFinished } from 'vitest'
import { Daemon } from '../../src/app/live/daemon.ts'
import type { Change } from '../../src/app/live/judge.ts'
import { Memory } from '../../src/app/live/memory.ts'
import { type LiveWorld, prepareLive } from '../../src/app/live/setup.ts'
import { ServiceManager } from '../../src/app/live/systemd.ts'
import { loadConfigInForce } from '../../src/app/setup.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { followStdin } from '../../src/sources/follow-stdin.ts'
import { workspace } from '../support/cli.ts'
import { until } from '../support/until.ts'
import { findingsIn, guesses, look } from './program.ts'

const A = '203.0.113.7'
const B = '203.0.113.8'
const C = '203.0.113.9'

/** A daemon that follows one log, and the hand on its clock. */
async function startDaemon(toml: string) {
  const place = workspace()
  const log = place.write('auth.log', '')
  const folder = join(place.path, 'state')
  const config = place.write('vpsguard.toml', toml)
  const said: string[] = []
  const say = (first: unknown, second?: unknown): void => void said.push(String(second ?? first))
  const hand = { set: 0 }
  const now = (): number => Date.now() + hand.set
  const daemonLog: LiveWorld['log'] = { debug: say, info: say, warn: say, error: say }
  const memory = new Memory({ folder, now, cap: 64 << 20, log: daemonLog })
  const environment = { PATH: process.env.PATH }
  const world: LiveWorld = {
    folder,
    memory,
    log: daemonLog,
    manager: new ServiceManager({}),
    metrics: undefined,
    environment,
    now,
    steady: () => performance.now(),
    uid: process.getuid?.(),
    started: now(),
    stdin: () => followStdin(),
  }
  const flags = {
    paths: [log],
    journal: false,
    units: [],
    from: undefined,
    inputFormat: undefined,
    timeZone: 'UTC',
    year: undefined,
    rulesOnly: true,
    budget: undefined,
    model: undefined,
    seed: undefined,
    geoip: [],
  }
  const prepare = () => prepareLive(loadConfigInForce(config, { cwd: place.path, environment }).config, flags, world)
  const changes: Change[] = []
  const daemon = await Daemon.open(await prepare(), { onChanges: more => void changes.push(...more), reload: prepare })
  const end = new AbortController()
  const running = daemon.run(end.signal)
  onTestFinished(async () => {
    end.abort()
    await running
    await daemon.close()
  })
  await until(() => (said.some(text => text.includes('learnt from')) ? true : undefined))
  const told = (source: string): Promise<true> =>
    until(() => (changes.some(({ finding }) => finding.sources.includes(source)) ? true : undefined))
  return { log, folder, said, hand, now, told }
}

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
