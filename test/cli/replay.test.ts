/** `vpsguard replay`: what enforcing would have done to attackers, and to users. */
import { describe, expect, it } from 'vitest'
import { failures, login, run, stamp, text, workspace } from '../support/cli.ts'

const { path: cwd, write } = workspace()

/** One request; `at` seconds after ten o'clock. */
const request = (address: string, at: number, path: string, status: number, agent: string): string => {
  const two = (value: number): string => String(value).padStart(2, '0')
  const clock = `${two(10 + Math.floor(at / 3600))}:${two(Math.floor(at / 60) % 60)}:${two(at % 60)}`
  return `${address} - - [04/Mar/2026:${clock} +0000] "GET ${path} HTTP/1.1" ${status} 512 "-" "${agent}"`
}
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36'

write(
  'auth.log',
  text(
    // A user who comes every day, mistypes for an hour and then gets it right, from an address that has been blocked.
    Array.from({ length: 5 }, (_, day) => login('203.0.113.50', 'ann', 60 + day)),
    failures('203.0.113.50', 40, { user: 'ann', from: 300 }),
    login('203.0.113.50', 'ann', 341),
    // A guesser who stops and comes again after its block.
    failures('203.0.113.7', 40),
    failures('203.0.113.7', 40, { from: 800 }),
    login('198.51.100.4', 'deploy', 900),
  ),
)

const replay = async (...words: string[]) => {
  const { stdout, stderr, code } = await run(['replay', '--year', '2026', '--rules-only', '--json', '-q', ...words], {
    cwd,
  })
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return JSON.parse(stdout)
}

interface Told {
  prefix: string
  from: string
  until: string
  level: number
  rule: string
  stopped: { failed_logins: number }
}

describe.concurrent('replay', () => {
  it('tells who would have been blocked when and for how long, and what that would have kept out', async () => {
    const { blocks, all, stopped } = await replay('auth.log')
    const guesser: Told[] = blocks.filter(({ prefix }: Told) => prefix === '203.0.113.7')
    expect(guesser.length).toBeGreaterThanOrEqual(2)
    expect(guesser.map(({ level }) => level)).toEqual(guesser.map((_, i) => i))
    const minutes = guesser.map(({ from, until }) => (Date.parse(until) - Date.parse(from)) / 60_000)
    // Each further block is twice as long.
    expect(minutes.slice(0, 2)).toEqual([60, 120])
    expect(all).toMatchObject({ failed_logins: 120, accepted_logins: 7 })
    const sum = blocks.reduce((total: number, block: Told) => total + block.stopped.failed_logins, 0)
    expect(stopped.failed_logins).toBe(sum)
    expect(sum).toBeGreaterThan(60)
    // Whoever never failed is never hit.
    expect(blocks.map(({ prefix }: Told) => prefix)).not.toContain('198.51.100.4')
  })

  it('names the user who would have been shut out, and what speaks for them', async () => {
    const { shut_out } = await replay('auth.log')
    expect(shut_out.logins).toMatchObject([
      { source: '203.0.113.50', user: 'ann', method: 'password', accused: true, before: 5 },
    ])
    const { stdout } = await run(['replay', '--year', '2026', '--rules-only', '-q', 'auth.log'], { cwd })
    expect(stdout).toMatch(/1 user's login would have been lost/)
    expect(stdout).toMatch(/ann +203\.0\.113\.50 +password +5 logins before/)
  })

  it('the whitelist and logins by key protect', async () => {
    write('calm.toml', '[whitelist]\nips = ["203.0.113.50"]\n')
    const calm = await replay('auth.log', '-c', 'calm.toml')
    expect(calm.shut_out.logins).toEqual([])
    const key = `${stamp(200)} web-1 sshd[77]: Accepted publickey for ann from 203.0.113.50 port 4242 ssh2: ED25519 SHA256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`
    write('key.log', text(key, failures('203.0.113.50', 40, { user: 'bob', from: 300 })))
    const protectedRun = await replay('key.log')
    expect(protectedRun.blocks).toEqual([])
    expect(protectedRun.refused['203.0.113.50']).toMatch(/logged in from there by key/)
  })

  it('counts visitors by what served them a page, not scanners', async () => {
    const probes = Array.from({ length: 120 }, (_, i) => request('203.0.113.9', i, `/wp-${i}/setup.php`, 404, 'curl/8'))
    const visit = request('203.0.113.9', 400, '/shop', 200, BROWSER)
    const others = Array.from({ length: 30 }, (_, i) => request(`198.51.100.${i}`, i * 10, '/', 200, BROWSER))
    write('access.log', text(probes, visit, others))
    const { blocks, shut_out, stopped } = await replay('access.log')
    expect(blocks.map(({ prefix }: Told) => prefix)).toEqual(['203.0.113.9'])
    expect(stopped.web_requests).toBeGreaterThan(0)
    expect(shut_out.visitors).toMatchObject([{ source: '203.0.113.9', requests: 1, paths: ['/shop'], accused: true }])
  })

  it('a log without an attack, and one without an event', async () => {
    write('calm.log', text(login('198.51.100.4', 'deploy', 900)))
    expect((await replay('calm.log')).blocks).toEqual([])
    write('other.log', 'Mar  4 10:00:09 web-1 kernel: hello\n')
    const { stdout, code } = await run(['replay', '-q', 'other.log'], { cwd })
    expect(stdout).toMatch(/^Nothing to replay/)
    expect(code).toBe(0)
    expect((await run(['replay', 'none.log'], { cwd })).code).toBe(4)
    expect((await run(['replay', '--strategy', 'mild', 'auth.log'], { cwd })).code).toBe(2)
  })
})
