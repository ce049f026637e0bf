/** `train` and what `analyze` makes of its model, as a user runs them. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { generate } from '../../src/generate/index.ts'
import { run, workspace } from '../support/cli.ts'

const { path: cwd, write } = workspace()
const log = (
  days: number,
  start: number,
  seed: number,
  profiles: { id: string; share: number }[] = [],
  host = 'web-1',
): string =>
  `${[...generate({ entries: days * 60, profiles, format: 'auth', start, days, seed, host, newSourcesPerDay: 6 }).lines].join('\n')}\n`
const JANUARY = Date.UTC(2026, 0, 5)
const YEAR = ['--year', '2026']

write('january.log', log(30, JANUARY, 1))
write('march.log', log(3, Date.UTC(2026, 2, 2), 2))
write('attacked.log', log(30, JANUARY, 3, [{ id: 'botnet', share: 0.08 }]))
write('hours.log', log(0.3, JANUARY, 4))
write('other-host.log', log(3, Date.UTC(2026, 2, 2), 5, [], 'db-1'))
write('december.log', log(3, Date.UTC(2025, 11, 2), 6))

const model = join(cwd, 'model.json')

beforeAll(async () => {
  const { code, stderr } = await run(['train', 'january.log', '--model', model, ...YEAR], { cwd })
  expect(stderr).toBe('')
  expect(code).toBe(0)
})

describe('train', () => {
  it('writes a model and says what it is made of', async () => {
    const { stdout, code } = await run(['train', 'january.log', '--model', 'again.json', ...YEAR], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(/learned {5}2026-01-05T\S+ to 2026-02-0\d\S+ \(30 days\)/)
    expect(stdout).toMatch(/from .* events of .* sources on web-1/)
    expect(stdout).toMatch(/january\.log \(/)
    expect(stdout).toMatch(/left out/)
    expect(stdout).toMatch(/window-anomaly\n {2}calibrated: \d/)
    expect(stdout).toMatch(/campaigns\n/)
    expect(statSync(join(cwd, 'again.json')).mode & 0o027).toBe(0)
  })

  it('gives the same bytes for the same log and seed, but for when it was made', async () => {
    await run(['train', 'january.log', '--model', 'twin.json', ...YEAR], { cwd })
    const sections = (name: string): string =>
      JSON.stringify(JSON.parse(readFileSync(join(cwd, name), 'utf8')).model.sections)
    expect(sections('twin.json')).toBe(sections('model.json'))
  })

  it('leaves attacks out and tells by which rule', async () => {
    const { stdout } = await run(['train', 'attacked.log', '--model', 'attacked.json', '--json', ...YEAR], { cwd })
    const told: unknown = JSON.parse(stdout)
    expect(told).toMatchObject({ excluded: { by_rule: { campaigns: expect.any(Number) } } })
  })

  it('writes to the state folder where no place is named, and keeps the older ones', async () => {
    for (let i = 0; i < 2; i++) expect((await run(['train', 'january.log', ...YEAR], { cwd })).code).toBe(0)
    expect(statSync(join(cwd, '.state', 'model.json')).isFile()).toBe(true)
    expect(statSync(join(cwd, '.state', 'model.1.json')).isFile()).toBe(true)
  })

  it('warns that a month is better, and refuses some hours with exit code 6', async () => {
    const short = await run(['train', 'march.log', '--model', 'short.json', ...YEAR], { cwd })
    expect(short.code).toBe(0)
    expect(short.stdout).toMatch(/3 days are short/)
    const hours = await run(['train', 'hours.log', '--model', 'hours.json', ...YEAR], { cwd })
    expect(hours.code).toBe(6)
    expect(hours.stderr).toMatch(/too short to learn what is usual/)
    expect(hours.stderr).toMatch(/at least a day/)
  })

  it('refuses a log of nothing, with exit code 6', async () => {
    write('nothing.log', 'Jan  5 00:00:01 web-1 cron[1]: nothing of security\n')
    expect((await run(['train', 'nothing.log', '--model', 'n.json', ...YEAR], { cwd })).code).toBe(6)
  })
})

describe('train --check', () => {
  it('shows the model with its age', async () => {
    const { stdout, code } = await run(['train', '--check', '--model', model], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(/made {8}\S+ by vpsguard \S+, seed 1; .* ago/)
    expect(stdout).toMatch(/windows of 1 h/)
    expect(stdout).not.toMatch(/Against this log/)
  })

  it('compares a log with it', async () => {
    const { stdout, code } = await run(['train', '--check', 'other-host.log', '--model', model, ...YEAR], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(/the model learned from web-1, and this log is of db-1/)
    const older = await run(['train', '--check', 'december.log', '--model', model, '--year', '2025'], { cwd })
    expect(older.stdout).toMatch(/this log ends before the model's time/)
  })

  it('speaks JSON', async () => {
    const { stdout } = await run(['train', '--check', '--json', '--model', model], { cwd })
    const told: unknown = JSON.parse(stdout)
    expect(told).toMatchObject({
      path: model,
      sections: { 'window-anomaly': { calibrated: true } },
      age_days: expect.any(Number),
    })
  })

  it('says with exit code 6 that there is none, or that it cannot be used', async () => {
    expect((await run(['train', '--check', '--model', 'absent.json'], { cwd })).code).toBe(6)
    write('cut.json', readFileSync(model, 'utf8').slice(0, 5000))
    const { code, stderr } = await run(['train', '--check', '--model', 'cut.json'], { cwd })
    expect(code).toBe(6)
    expect(stderr).toMatch(/cut.json: .*cut/)
  })
})

describe('analyze with a model', () => {
  const detection = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { stdout } = await run(['analyze', ...args, '--json', ...YEAR], { cwd })
    const report: unknown = JSON.parse(stdout)
    return Object(report).detection
  }

  it('says by what it judged', async () => {
    const told = await detection('march.log', '--model', model)
    expect(told).toMatchObject({ mode: 'model', calibrated: true, budget_per_week: 1 })
    // The month of the model, not that of the log that is judged.
    expect(told.trained).toMatchObject({
      first: expect.stringMatching(/^2026-01-/),
      last: expect.stringMatching(/^2026-0[12]-/),
    })
    expect(JSON.stringify(told.notes)).toMatch(/judged by the model/)
  })

  it('takes the one in the state folder, and none with --rules-only', async () => {
    await run(['train', 'january.log', ...YEAR], { cwd })
    expect(await detection('march.log')).toMatchObject({ mode: 'model' })
    expect(await detection('march.log', '--rules-only')).toMatchObject({ mode: 'rules-only' })
  })

  it('ends with exit code 6 where the model asked for is absent or of another version', async () => {
    const absent = await run(['analyze', 'march.log', '--model', 'absent.json', ...YEAR], { cwd })
    expect(absent.code).toBe(6)
    expect(absent.stderr).toMatch(/there is no model/)
    write('altered.json', readFileSync(model, 'utf8').replace('"seed":1', '"seed":2'))
    const altered = await run(['analyze', 'march.log', '--model', 'altered.json', ...YEAR], { cwd })
    expect(altered.code).toBe(6)
    expect(altered.stderr).toMatch(/has been altered/)
  })
})
