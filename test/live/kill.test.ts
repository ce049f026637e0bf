/**
 * `kill -9` at random points under load: the findings are those of a run that nobody disturbed. VPSGUARD_KILLS says how
 * often (200 for a release); VPSGUARD_SEED says where.
 */
import { watch, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../../src/core/finding.ts'
import { createRandom } from '../../src/core/random.ts'
import { analyze, run, workspace } from '../support/cli.ts'
import { until } from '../support/until.ts'
import { type Growing, grow, growing } from './growing.ts'
import { essence, findingsIn, LiveProgram, storyOf } from './program.ts'

const KILLS = Number(process.env.VPSGUARD_KILLS ?? 12)
const SEED = Number(process.env.VPSGUARD_SEED ?? 7)
/** Changes of the state folder after which a process may be killed: opening the database makes some. */
const MOST_CHANGES = 40

const byRule = (findings: readonly Finding[]): unknown[] =>
  findings
    .filter(({ kind }) => kind === 'rule')
    .map(essence)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
const stories = (findings: readonly Finding[]): unknown[] =>
  findings
    .filter(({ kind }) => kind !== 'rule')
    .map(storyOf)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

describe(`kill -9, ${KILLS} times`, () => {
  const place = workspace()

  /** Follows the growing logs to their end, disturbed by `disturb`, and answers what is on record. */
  async function follow(
    logs: Growing,
    folder: string,
    disturb: (args: readonly string[], env: Record<string, string>) => Promise<void>,
  ): Promise<Finding[]> {
    for (const path of logs.paths) writeFileSync(path, '')
    await mkdir(folder, { mode: 0o700 })
    const env = { VPSGUARD_STATE: folder }
    const config = place.write('vpsguard.toml', '[watch]\ncheckpoint_seconds = 1\n')
    const args = ['--config', config, ...logs.paths]
    await disturb(args, env)
    // The last word of the detectors.
    const last = await run(['watch', '--once', ...args], { cwd: place.path, env })
    expect(last.stderr).not.toMatch(/"level":[45]0/)
    expect(last.code).toBe(0)
    return findingsIn(folder)
  }

  it(
    'gives the findings of an undisturbed run, and of analyze',
    async () => {
      const logs = await growing(place, 2500, KILLS * 6)
      const { pieces, paths } = logs

      const calm = await follow(logs, join(place.path, 'calm'), async (args, env) => {
        const program = new LiveProgram(place, args, { env })
        await program.live()
        grow(logs, 0, pieces.length)
        const { summary } = await analyze([...paths], { cwd: place.path })
        await program.read(summary.events)
        expect(await program.stop()).toBe(0)
      })

      const random = createRandom(SEED)
      const disturbed = await follow(logs, join(place.path, 'killed'), async (args, env) => {
        let grown = 0
        for (let kills = 0; kills < KILLS; kills++) {
          const program = new LiveProgram(place, args, { env })
          let changes = 1 + random.below(MOST_CHANGES)
          const share = Math.ceil((pieces.length * (kills + 1)) / KILLS)
          const watcher = watch(env.VPSGUARD_STATE, () => {
            changes--
            if (grown < share) grow(logs, grown++)
          })
          await until(() => (changes <= 0 ? true : undefined))
          watcher.close()
          await program.stop('SIGKILL')
        }
        grow(logs, grown, pieces.length)
      })

      const report = JSON.parse((await run(['analyze', '--json', ...paths], { cwd: place.path })).stdout)
      expect(byRule(calm).length).toBeGreaterThan(10)
      expect(byRule(calm)).toEqual(byRule(report.findings))
      expect(stories(calm)).toEqual(stories(report.findings))
      expect(byRule(disturbed)).toEqual(byRule(calm))
      expect(stories(disturbed)).toEqual(stories(calm))
    },
    20_000 + KILLS * 20_000,
  )
})
