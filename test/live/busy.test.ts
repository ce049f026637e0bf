/** Logs of different pace: one in which lines come all the time must not wait for one that says nothing. */
import { expect, it } from 'vitest'
import { workspace } from '../support/cli.ts'
import { until } from '../support/until.ts'
import { append, findingOf, guesses, LiveProgram } from './program.ts'

const ATTACKER = '203.0.113.7'
/** Milliseconds between two lines: less than the time for which an event waits for those of other logs. */
const PACE = 40

it('a log that never pauses is judged beside one that is silent', async () => {
  const place = workspace()
  const busy = place.write('busy.log', '')
  const silent = place.write('silent.log', '')
  const config = place.write('vpsguard.toml', '[response]\nbackend = "dry"\n')
  const program = new LiveProgram(place, ['--json', '--rules-only', '--config', config, busy, silent])
  await program.live()
  let writes = 0
  const writer = setInterval(() => {
    writes++
    append(busy, guesses('198.51.100.12', 1, { user: 'deploy', pid: 7000 + writes }))
  }, PACE)
  try {
    await until(() => (writes > 10 ? true : undefined))
    append(busy, guesses(ATTACKER, 40))
    const finding = await findingOf(program.folder, 'brute-force', ATTACKER)
    expect(finding.sources).toEqual([ATTACKER])
    await until(() => (program.stdout.includes(ATTACKER) ? true : undefined))
  } finally {
    clearInterval(writer)
  }
  expect(await program.stop()).toBe(0)
})
