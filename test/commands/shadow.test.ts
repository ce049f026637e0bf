/** A model in waiting, as a user meets it; and the verdict on it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeShadow } from '../../src/app/shadow.ts'
import { generate } from '../../src/generate/index.ts'
import { run, workspace } from '../support/cli.ts'

const { path: cwd, write } = workspace()
const YEAR = ['--year', '2026']
const log = (days: number, start: number, seed: number): string =>
  `${[...generate({ entries: days * 60, profiles: [], format: 'auth', start, days, seed, host: 'web-1', newSourcesPerDay: 6 }).lines].join('\n')}\n`
write('january.log', log(28, Date.UTC(2026, 0, 5), 1))
write('february.log', log(28, Date.UTC(2026, 1, 2), 2))
write('march.log', log(10, Date.UTC(2026, 2, 3), 6))
write('three-days.log', log(3, Date.UTC(2026, 2, 3), 4))

const train = (...args: string[]) => run(['train', ...args, '--model', 'model.json', ...YEAR], { cwd })
const learned = (name: string): string => JSON.parse(readFileSync(join(cwd, name), 'utf8')).model.period.last

describe('train --shadow', () => {
  it('waits, says what it would have told, and takes over after a week of log', async () => {
    expect((await train('january.log', '--shadow')).stdout).toContain('Model model.json')
    const old = learned('model.json')
    const waiting = await train('february.log', '--shadow')
    expect([waiting.code, waiting.stdout.split('\n')[0]]).toEqual([0, 'Model model.next.json'])
    expect(learned('model.json')).toBe(old)

    const early = await train('--check', 'three-days.log', '--take-over')
    expect(early.stdout).toMatch(/The model in waiting waits: 0 alarms in [23]\.\d days/)
    expect(learned('model.json')).toBe(old)

    const ready = await train('--check', 'march.log')
    expect(ready.stdout).toContain('The model in waiting is ready: --take-over puts it in force')
    expect(learned('model.json')).toBe(old)

    const told: unknown = JSON.parse((await train('--check', 'march.log', '--take-over', '--json')).stdout)
    expect(told).toMatchObject({ shadow: { verdict: 'take-over', comparison: { open: false } } })
    expect(learned('model.json')).not.toBe(old)
    expect(existsSync(join(cwd, 'model.next.json'))).toBe(false)
    expect(learned('model.1.json')).toBe(old)
  })

  it('is refused where no log speaks, and where nothing waits', async () => {
    expect((await train('january.log', '--take-over')).code).toBe(2)
    const none = await train('--check', 'march.log', '--take-over')
    expect([none.code, none.stderr]).toEqual([6, expect.stringContaining('no model in waiting')])
  })
})

describe('the verdict', () => {
  const week = { days: 8, alarms: { inForce: 0, waiting: 0 }, mostPerWeek: 1, open: false }

  it('is to wait while days are few or a campaign is open', () => {
    expect(judgeShadow({ ...week, days: 6.9 }).verdict).toBe('wait')
    expect(judgeShadow({ ...week, open: true }).verdict).toBe('wait')
    expect(judgeShadow(week).verdict).toBe('take-over')
  })

  it('is to keep the old where the new one alarms more than both it and the band', () => {
    expect(judgeShadow({ ...week, alarms: { inForce: 0, waiting: 20 } }).verdict).toBe('keep')
    expect(judgeShadow({ ...week, alarms: { inForce: 20, waiting: 20 } }).verdict).toBe('take-over')
    expect(judgeShadow({ ...week, alarms: { inForce: 0, waiting: 3 } }).verdict).toBe('take-over')
  })

  it('never holds fewer alarms against it', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.double({ min: 7, max: 90, noNaN: true }), (inForce, waiting, days) => {
        const fewer = Math.min(inForce, waiting)
        expect(judgeShadow({ ...week, days, alarms: { inForce, waiting: fewer } }).verdict).toBe('take-over')
      }),
      { seed: 1 },
    )
  })
})
