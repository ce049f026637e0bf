/** Logs that somebody made to hurt, and what must not get out of them. */
import { spawn, spawnSync } from 'node:child_process'
import { openSync, symlinkSync, truncateSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type Workspace, workspace } from '../support/cli.ts'
import { until } from '../support/until.ts'
import { append, findingOf, findingsIn, guesses, LiveProgram, stampOf } from './program.ts'

const A = '203.0.113.7'
const B = '203.0.113.8'

function setUp(): { place: Workspace; log: string; state: string } {
  const place = workspace()
  return { place, log: place.write('auth.log', ''), state: join(place.path, '.state') }
}

/** Bytes of memory that a process has in use now, as the kernel counts. */
const residentOf = (pid: number): number =>
  Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout) * 1024

it('a line of a gigabyte', async () => {
  const { place, log, state } = setUp()
  const other = place.write('other.log', '')
  const program = new LiveProgram(place, ['--rules-only', log, other])
  await program.live()
  append(log, guesses(A, 20))
  await findingOf(state, 'brute-force', A)
  const before = residentOf(program.pid)
  // A hole: zeros without a line's end.
  truncateSync(log, 1 << 30)
  append(other, guesses(B, 20, { pid: 5000 }))
  await findingOf(state, 'brute-force', B)
  append(log, `\n${guesses(A, 20, { pid: 6000 })}`)
  await program.read(60)
  expect(residentOf(program.pid) - before).toBeLessThan(200 << 20)
  expect(await program.stop()).toBe(0)
  expect(findingsIn(state).find(({ sources }) => sources[0] === A)).toMatchObject({ count: 40 })
})

it('a pipe and a device under the names of logs', async () => {
  const { place, log, state } = setUp()
  const pipe = join(place.path, 'pipe.log')
  const zero = join(place.path, 'zero.log')
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0)
  symlinkSync('/dev/zero', zero)
  const program = new LiveProgram(place, ['--rules-only', pipe, zero, log])
  await program.said(/pipe\.log/)
  await program.said(/zero\.log/)
  append(log, guesses(A, 20))
  await findingOf(state, 'brute-force', A)
  expect(await program.stop()).toBe(0)
})

it('codes that a terminal would obey', async () => {
  const { place, log, state } = setUp()
  const program = new LiveProgram(place, ['--rules-only', '--log-format', 'text', log])
  await program.live()
  const user = 'x\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eevil'
  append(log, guesses(A, 40, { user }))
  await findingOf(state, 'brute-force', A)
  await until(() => (program.stdout.includes(A) && program.stderr.includes(A) ? true : undefined))
  expect(await program.stop()).toBe(0)
  for (const text of [program.stdout, program.stderr])
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
})

function fetchText(url: string): Promise<string | undefined> {
  return new Promise(done => {
    get(url, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () => done(text))
    }).on('error', () => done(undefined))
  })
}

it('figures for Prometheus, without a word that a log chose', async () => {
  const { place, log, state } = setUp()
  const port = 20_000 + (process.pid % 20_000)
  const program = new LiveProgram(place, ['--rules-only', '--metrics', `127.0.0.1:${port}`, log])
  await program.live()
  append(log, guesses(A, 40, { user: 'mallory" evil="1' }))
  append(log, `${stampOf(Date.now())} web-1 mallory[1]: no parser understands "this"\n`)
  await findingOf(state, 'brute-force', A)
  const url = `http://127.0.0.1:${port}/metrics`
  const text = await until(async () => {
    const answer = await fetchText(url)
    return answer?.includes('vpsguard_findings_total{rule="brute-force"') === true ? answer : undefined
  })
  expect(await fetchText(url.replace('metrics', 'etc/passwd'))).toBe('only /metrics is here\n')
  expect(await program.stop()).toBe(0)
  expect(text).not.toMatch(/mallory|evil|203\.0\.113/)
  // The text format, version 0.0.4: a line is a comment or a sample.
  for (const line of text.trimEnd().split('\n'))
    expect(line).toMatch(
      /^(# (HELP|TYPE) vpsguard_\w+ .+|vpsguard_\w+(\{\w+="[^"\\\n]*"(,\w+="[^"\\\n]*")*\})? (-?[\d.]+(e[+-]?\d+)?|\+Inf|NaN))$|^$/,
    )
  expect(/^vpsguard_lines_read_total\{source="[^"]*auth\.log"\} (\d+)$/m.exec(text)?.[1]).toBe('41')
  expect(text).toMatch(/^vpsguard_build_info\{version="[\d.]+"\} 1$/m)
})

/** Writes down what it gets on a datagram socket, which Node has none of. */
const RECEIVER = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while True:
    text, fds, _, _ = socket.recv_fds(s, 4096, 4)
    # The sender of a barrier waits until it is taken away.
    for fd in fds: os.close(fd)
    print(text.decode().replace('\\n', ' '), flush=True)
`
const MISSING = ['python3', 'systemd-notify'].find(tool => spawnSync(tool, ['--version']).status !== 0)

it.skipIf(MISSING !== undefined)(
  `systemd is told that it is ready, alive, reloads and stops (needs ${MISSING ?? 'nothing more'})`,
  async () => {
    const { place, log } = setUp()
    const path = join(place.path, 'notify')
    const receiver = spawn('python3', ['-c', RECEIVER, path], { stdio: ['ignore', 'pipe', openSync('/dev/null', 'w')] })
    try {
      let got = ''
      receiver.stdout?.setEncoding('utf8').on('data', (text: string) => {
        got += text
      })
      const has = (word: string): Promise<true> => until(() => (got.includes(word) ? true : undefined))
      await has('bound')
      const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: '1000000' }
      const program = new LiveProgram(place, ['--rules-only', log], { env })
      await has('READY=1')
      await has('WATCHDOG=1')
      program.signal('SIGHUP')
      await has('RELOADING=1')
      expect(await program.stop()).toBe(0)
      await has('STOPPING=1')
      expect(got.indexOf('READY=1')).toBeLessThan(got.indexOf('STOPPING=1'))
    } finally {
      receiver.kill()
    }
  },
)
