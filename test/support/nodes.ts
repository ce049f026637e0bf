/** One stream of events seen by several nodes, and what they know put together. */
import { createRandom } from '../../src/core/random.ts'
import { DAY, HOUR, SECOND } from '../../src/core/time.ts'
import { classifyTarget } from '../../src/kit/payloads/index.ts'
import { address, type TestEvent } from '../anomaly/events.ts'

/** How events are dealt out: all of a source to one node, in turn, or by chance. */
export type Deal = 'by source' | 'in turn' | 'by chance'

export function deal(events: readonly TestEvent[], nodes: number, how: Deal, seed: number): TestEvent[][] {
  const random = createRandom(seed, 'deal')
  const homes = new Map<string, number>()
  const parts: TestEvent[][] = Array.from({ length: nodes }, () => [])
  for (const [i, event] of events.entries()) {
    let node = how === 'in turn' ? i % nodes : random.below(nodes)
    if (how === 'by source') {
      node = homes.get(event.source) ?? node
      homes.set(event.source, node)
    }
    parts[node].push(event)
  }
  return parts
}

const NAMES = ['root', 'admin', 'test', 'ubuntu', 'oracle', 'pi', 'git', 'guest', 'user', 'postgres']
const MISSING = ['/.env', '/wp-login.php', '/phpmyadmin/', '/old/a', '/old/b', '/.git/config', '/boaform', '/cgi-bin/x']
const START = Date.UTC(2026, 0, 5)

/**
 * A week or two of a server: strangers who guess, people at home who log in and roam, readers and scanners of its pages,
 * somebody loud, a host name, and on one day a campaign or two. No two events in one second.
 */
export function someDays(seed: number, days = 10): TestEvent[] {
  const random = createRandom(seed, 'days')
  const events: TestEvent[] = []
  const add = (event: TestEvent): void => void events.push(event)
  for (let n = 0; n < days * 12; n++) {
    const time = START + random.next() * days * DAY
    const source = n % 40 === 0 ? `host-${n}.example.net` : n % 9 === 0 ? `2001:db8:${n}::${n}` : address(n, 11)
    for (let i = random.below(3); i >= 0; i--)
      add({ time: time + i * 7000, source, user: NAMES[random.below(NAMES.length)], port: 1024 + n })
  }
  for (let day = 0; day < days; day++) {
    for (const user of ['ana', 'ben']) {
      const source =
        random.below(5) === 0 ? address(random.below(60), 192) : user === 'ana' ? '192.0.2.10' : 'ben.example.org'
      add({
        time: START + day * DAY + 9 * HOUR + random.below(7200_000),
        source,
        user,
        kind: 'ssh.auth.accepted',
        method: 'password',
      })
    }
    for (let n = 0; n < 30; n++)
      add(
        visit(START + day * DAY + random.next() * DAY, address(random.below(200), 12), `/post/${random.below(9)}`, 200),
      )
    for (let n = 0; n < 4; n++) {
      const [time, source] = [START + day * DAY + random.next() * DAY, address(day * 4 + n, 13)]
      for (let i = random.below(12); i >= 0; i--)
        add(visit(time + i * 3000, source, MISSING[random.below(MISSING.length)], 404))
    }
  }
  const attack = START + (2 + random.below(days - 3)) * DAY + random.below(20) * HOUR
  for (let bot = 0; bot < 40; bot++)
    add({ time: attack + random.next() * HOUR, source: address(bot, 203), user: 'deploy', port: 3000 + bot })
  for (let bot = 0; bot < 50; bot++)
    add(visit(attack + DAY + random.next() * HOUR, address(bot, 204), '/old/backup.php', 404))
  for (let bot = 0; bot < 30; bot++)
    add(visit(attack - DAY + random.next() * HOUR, address(bot * 300, 206), '/boaform/admin/formLogin', 200))
  for (let scanner = 0; scanner < 3; scanner++)
    for (let i = 0; i < 60; i++)
      add(visit(attack + i * 2000, address(scanner, 205), `/gone/${'abcdefghij'[i % 10]}${i}x`, 404))
  for (let i = 0; i < 9; i++)
    add({ time: attack + i * 4000, source: 'scanner.example.com', user: 'ana', port: 6000 + i })
  for (let i = 0; i < 80; i++) add({ time: attack + i * 4000, source: '198.51.100.99', user: `u${i}`, port: 5000 + i })
  return apart(events)
}

function visit(time: number, source: string, path: string, status: number): TestEvent {
  return {
    time,
    source,
    kind: 'web.request',
    method: 'GET',
    path,
    status,
    size: 900,
    agent: 'Mozilla/5.0',
    traits: classifyTarget('GET', path),
  }
}

/** In order of time, each in a second of its own. */
function apart(events: TestEvent[]): TestEvent[] {
  let before = 0
  return events
    .sort((a, b) => a.time - b.time)
    .map(event => {
      before = Math.max(Math.floor(event.time / SECOND) * SECOND, before + SECOND)
      return { ...event, time: before }
    })
}
