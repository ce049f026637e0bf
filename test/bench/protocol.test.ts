import { describe, expect, it } from 'vitest'
import type { Attempt, Detector } from '../../bench/detection/attempt.ts'
import { takeApart, thin } from '../../bench/detection/background.ts'
import { BASELINES } from '../../bench/detection/baselines.ts'
import type { CampaignPlan } from '../../bench/detection/campaign.ts'
import { SCHEDULES, STRATEGIES } from '../../bench/detection/campaign.ts'
import { legitimateChaos } from '../../bench/detection/chaos.ts'
import { playGrid } from '../../bench/detection/play.ts'
import { END, inject, makeBackground, poison, SPLIT, START, split, TEST_START } from '../../bench/detection/protocol.ts'
import { readAttempts, readKnocks } from '../../bench/detection/real-log.ts'
import { loadReal } from '../../bench/detection/run.ts'
import { drawStealth } from '../../bench/detection/stealth-svg.ts'
import { summarise, summariseCell, toMarkdown } from '../../bench/detection/summary.ts'
import { createRandom } from '../../src/core/random.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/time.ts'

const PLAN: CampaignPlan = {
  sources: 100,
  visits: 1,
  duration: 6 * HOUR,
  strategy: 'root',
  schedule: 'poisson',
  outcome: 'none',
}

function strangersADay(attempts: readonly Attempt[]): number {
  const home = new Set(attempts.filter(one => one.accepted).map(one => one.source))
  return new Set(attempts.filter(one => !home.has(one.source)).map(one => one.source)).size / 70
}

const inOrder = (attempts: readonly Attempt[]): boolean =>
  attempts.every((one, i) => i === 0 || attempts[i - 1].time <= one.time)

describe('reading a real log', () => {
  it('counts attempts as sshd tells them', () => {
    const lines = [
      'Dec 31 23:59:58 host sshd[1]: Failed password for root from 192.0.2.1 port 7 ssh2',
      'Jan  1 00:00:01 host sshd[1]: message repeated 2 times: [ Failed password for root from 192.0.2.1 port 7 ssh2]',
      'Jan  1 00:00:02 host sshd[2]: Invalid user x y from 192.0.2.2 port 8',
      'Jan  1 00:00:03 host sshd[2]: Failed password for invalid user x y from 192.0.2.2 port 8 ssh2',
      'Jan  1 00:00:04 host sshd[3]: Invalid user keyless from 192.0.2.3',
      'Jan  1 00:00:05 host sshd[4]: Accepted publickey for me from 192.0.2.4 port 9 ssh2: RSA SHA256:abc',
      'Jan  1 00:00:06 host cron[4]: nothing',
    ]
    const attempts = readAttempts(lines.join('\n'), 2025)
    expect(
      attempts.map(
        one =>
          `${new Date(one.time).toISOString().slice(0, 19)} ${one.source} ${one.user} ${one.known} ${one.accepted}`,
      ),
    ).toEqual([
      '2025-12-31T23:59:58 192.0.2.1 root true false',
      '2026-01-01T00:00:01 192.0.2.1 root true false',
      '2026-01-01T00:00:01 192.0.2.1 root true false',
      '2026-01-01T00:00:03 192.0.2.2 x y false false',
      '2026-01-01T00:00:04 192.0.2.3 keyless false false',
      '2026-01-01T00:00:05 192.0.2.4 me true true',
    ])
  })

  it('hears who knocks and never names anybody, once a connection', () => {
    const lines = [
      'Jan  1 00:00:00 host sshd[1]: Did not receive identification string from 192.0.2.1',
      'Jan  1 00:00:01 host sshd[2]: Received disconnect from 192.0.2.2 port 7:11: Bye Bye [preauth]',
      'Jan  1 00:00:01 host sshd[2]: Connection closed by 192.0.2.2 port 7 [preauth]',
      'Jan  1 00:00:02 host sshd[3]: Connection closed by 192.0.2.3 port 8 [preauth]',
      'Jan  1 00:00:03 host sshd[4]: Failed password for root from 192.0.2.3 port 9 ssh2',
      'Jan  1 00:00:04 host sshd[5]: Connection closed by invalid user x 192.0.2.4 port 9 [preauth]',
    ]
    const knocks = readKnocks(lines.join('\n'), 2026)
    expect(knocks.map(({ source, knock }) => [source, knock])).toEqual([
      ['192.0.2.1', true],
      ['192.0.2.2', true],
    ])
  })

  it('takes it apart into strangers and owners, and leaves out a wave and what was staged', () => {
    const at = (day: number, source: string, user: string, accepted = false): Attempt => ({
      time: START + day * DAY,
      source,
      user,
      known: accepted,
      accepted,
    })
    const real = takeApart(
      [
        at(0, 'wave', 'root'),
        at(1, 'home', 'me', true),
        at(3, 'one', 'root'),
        at(3, 'home', 'mee'),
        at(4, 'stage', 'demo_1'),
        at(8, 'one', 'admin'),
      ],
      2,
      user => user.startsWith('demo_'),
    )
    expect(real.strangers.map(block => block.attempts.length)).toEqual([2])
    expect(real.owners.map(one => one.user)).toEqual(['me', 'mee'])
    expect(real.users).toEqual(['me'])
  })

  it('leaves each connection one or two tries', () => {
    const attempts = Array.from({ length: 60 }, (_, i) => ({
      time: START + Math.floor(i / 6) * HOUR + (i % 6) * 2 * SECOND,
      source: 'a',
      user: 'root',
      known: true,
      accepted: false,
    }))
    const kept = thin(attempts, createRandom(1, 'thin'))
    const visits = new Map<number, number>()
    for (const { time } of kept) visits.set(Math.floor(time / HOUR), (visits.get(Math.floor(time / HOUR)) ?? 0) + 1)
    expect(visits.size).toBe(10)
    expect(Math.max(...visits.values())).toBeLessThanOrEqual(2)
  })
})

const real = loadReal()

for (const [name, blocks] of [
  ['generated', undefined],
  ['real', real],
] as const) {
  describe.skipIf(name === 'real' && real === undefined)(
    `a ${name} background${name === 'real' ? ' (needs VPSGUARD_DATA)' : ''}`,
    () => {
      it('has the wanted rate, in order, the same for the same seed', () => {
        for (const rate of [5, 100]) {
          const background = makeBackground(rate, 4, blocks)
          expect(makeBackground(rate, 4, blocks).attempts).toEqual(background.attempts)
          expect(inOrder(background.attempts)).toBe(true)
          expect(strangersADay(background.attempts)).toBeGreaterThan(rate * 0.7)
          expect(strangersADay(background.attempts)).toBeLessThan(rate * 1.3)
        }
      })

      it('names nobody real', () => {
        for (const { source } of makeBackground(20, 1, blocks).attempts)
          expect(source).toMatch(/^198\.1[89]\.|^192\.0\.2\.|^198\.51\.100\.|^203\.0\.113\.|^2001:db8:/)
      })

      it('is split in time into 14, 28 and 28 days', () => {
        const { attempts } = makeBackground(20, 2, blocks)
        const { train, calibrate, test } = split(attempts)
        expect(train.length + calibrate.length + test.length).toBe(attempts.length)
        expect(train.every(one => one.time < START + SPLIT.train * DAY)).toBe(true)
        expect(test.every(one => one.time >= TEST_START && one.time < END)).toBe(true)
        expect(calibrate.length / train.length).toBeGreaterThan(1.3)
      })

      it('has a campaign hidden in its last part alone', () => {
        const background = makeBackground(20, 3, blocks)
        const { train, calibrate, test, campaign, lookAlikes } = inject(background, PLAN, 3)
        const strangers = [...train, ...calibrate].filter(one => campaign.sources.has(one.source))
        expect(strangers).toEqual([])
        expect(test.filter(one => campaign.sources.has(one.source))).toEqual(campaign.attempts)
        expect(inOrder(test)).toBe(true)
        expect(lookAlikes).toBeLessThan(20)
      })
    },
  )
}

describe('campaigns', () => {
  const play = (plan: Partial<CampaignPlan>, seed = 5) =>
    inject(makeBackground(20, seed, undefined), { ...PLAN, ...plan }, seed).campaign

  it('follow their plan, whatever the names and the schedule', () => {
    for (const strategy of STRATEGIES) {
      for (const schedule of SCHEDULES) {
        const campaign = play({ strategy, schedule, visits: 3 })
        expect(campaign.sources.size).toBe(100)
        expect(campaign.attempts.length / 300).toBeGreaterThan(1.15)
        expect(campaign.attempts.length / 300).toBeLessThan(1.4)
        expect(campaign.last - campaign.first).toBeLessThanOrEqual(6 * HOUR + MINUTE)
        expect(inOrder(campaign.attempts)).toBe(true)
      }
    }
  })

  it('try the names of their strategy', () => {
    const names = (plan: Partial<CampaignPlan>): string[] => [...new Set(play(plan).attempts.map(one => one.user))]
    expect(names({ strategy: 'root' })).toEqual(['root'])
    expect(names({ strategy: 'one-valid' })).toHaveLength(1)
    expect(names({ strategy: 'top-10-spray' })).toHaveLength(10)
    expect(names({ strategy: 'rare-stuffing' })).toHaveLength(100)
    expect(names({ strategy: 'sharded-list', visits: 3 })).toHaveLength(300)
    expect(names({ strategy: 'valid-list' }).length).toBe(4)
  })

  it('get in when they are meant to', () => {
    for (const strategy of STRATEGIES) {
      const { breach, attempts, sources } = play({ strategy, outcome: 'success' })
      const accepted = attempts.filter(one => one.accepted)
      expect(accepted).toHaveLength(1)
      expect(accepted[0]).toMatchObject({ time: breach?.time, source: breach?.source, user: breach?.user })
      expect(sources.has(breach?.source ?? '')).toBe(true)
    }
  })

  it('end where the log ends', () => {
    const campaign = play({ duration: 30 * DAY, outcome: 'success' })
    expect(campaign.last).toBeLessThan(END)
    expect(campaign.first).toBeGreaterThanOrEqual(TEST_START)
    expect(new Set(campaign.attempts.map(one => one.source))).toEqual(campaign.sources)
  })
})

describe('arms', () => {
  it('poison: the wanted share of the training, and nothing else, is changed', () => {
    const background = makeBackground(20, 6, undefined)
    const trial = inject(background, PLAN, 6)
    for (const share of [0, 0.05, 0.2]) {
      const poisoned = poison(background, trial, PLAN, share, 6)
      expect(poisoned.test).toBe(trial.test)
      expect(poisoned.calibrate).toBe(trial.calibrate)
      expect((poisoned.train.length - trial.train.length) / poisoned.train.length).toBeCloseTo(share, 1)
    }
  })

  it('chaos: owners travel, mistype and retry, and a job is root thousands of times', () => {
    const background = makeBackground(5, 7, undefined)
    const chaos = legitimateChaos(background, TEST_START, END, createRandom(7, 'chaos'))
    expect(chaos.attempts.filter(one => one.user === 'root' && one.accepted).length).toBeGreaterThan(3000)
    expect(chaos.attempts.filter(one => !one.accepted).length).toBeGreaterThan(300)
    expect(inOrder(chaos.attempts)).toBe(true)
    const strangers = new Set(background.attempts.filter(one => !one.accepted).map(one => one.source))
    expect(
      [...chaos.sources].filter(
        source => strangers.has(source) && source.startsWith('198.1') && !source.startsWith('198.19.255.'),
      ),
    ).toEqual([])
  })
})

describe('a run', () => {
  const oracle: Detector = {
    id: 'oracle',
    title: 'Names everybody new & loud <b>',
    budgeted: true,
    async detect(train, calibrate, test) {
      const known = new Set([...train, ...calibrate].map(one => one.source))
      const fresh = test.filter(one => !known.has(one.source) && !one.accepted)
      return fresh.length < 3 ? [] : [{ time: fresh[2].time, sources: fresh.map(one => one.source) }]
    },
  }

  it('plays, sums up and draws; the same each time', async () => {
    const grid = {
      cells: [
        { sweep: 'core', noise: 20, plan: { ...PLAN, duration: HOUR }, poison: 0 },
        { sweep: 'breach', noise: 20, plan: { ...PLAN, outcome: 'success' }, poison: 0 },
        { sweep: 'poison', noise: 20, plan: PLAN, poison: 0.05 },
      ],
      noises: [20],
      budgets: [0.25, 1],
      seeds: 2,
    } as const
    const detectors = [oracle, ...BASELINES.slice(0, 2)]
    const once = await playGrid(grid, detectors, undefined, () => {})
    expect(await playGrid(grid, detectors, undefined, () => {})).toEqual(once)
    const lines = summarise(once, detectors)
    expect(lines.map(line => [line.detector, line.budget])).toEqual([
      ['oracle', 0.25],
      ['oracle', 1],
      ['fail2ban', undefined],
      ['crowdsec-ssh-bf', undefined],
    ])
    expect(lines[2].recall100).toEqual({ value: 0, lower: 0, upper: 0 })
    expect(toMarkdown(lines, once, 'A test.')).toContain('| 20 a day, N = 100 | 0.00 (0.00) |')
    expect(once.cells.map(summariseCell)[2]).toMatchObject({
      detector: 'fail2ban',
      found: '00',
      minutes: null,
      breaches: null,
    })
  })

  it('draws well-formed pictures whatever the titles', () => {
    const curve = {
      title: oracle.title,
      subject: true,
      points: [
        { x: 1, probability: 0 },
        { x: 10, probability: 1 },
      ],
    }
    const picture = drawStealth(
      [
        {
          title: 'T',
          axis: 'tries',
          ticks: [
            { x: 1, text: '1' },
            { x: 10, text: '10' },
          ],
          curves: [curve],
        },
      ],
      'a < b',
    )
    expect(picture).toContain('loud &lt;b&gt;')
    expect(picture).not.toMatch(/NaN|undefined|Infinity/)
    expect(picture.match(/<polyline/g)).toHaveLength(1)
  })
})
