/** A model of one log judges many others: the same again, older, newer, of another host, with other doors. */
import { describe, expect, it } from 'vitest'
import { type CampaignModel, detect } from '../../src/campaigns/detect.ts'
import { bodyOf, driftOf, modelOf, trainBaseline } from '../../src/campaigns/model.ts'
import { AttemptStore } from '../../src/campaigns/store.ts'
import { SURFACE, type Surface } from '../../src/campaigns/surfaces.ts'
import { DAY, HOUR } from '../../src/core/time.ts'
import { type Attempt, background, campaign, fill, hits, inOrder, judge, START } from './harness.ts'

const YEAR = 365 * DAY

/** Learns, and goes through the JSON text that the model file holds. */
function learn(attempts: readonly Attempt[]): CampaignModel {
  const model = trainBaseline(fill(attempts).store, { budget: 1, networkOf: source => source })
  return modelOf(JSON.parse(JSON.stringify(bodyOf(model))))
}

const later = (attempts: readonly Attempt[], by: number): Attempt[] =>
  attempts.map(attempt => ({ ...attempt, time: attempt.time + by }))

/** Sources of the judged log are other ones than those of the training. */
const elsewhere = (attempts: readonly Attempt[]): Attempt[] =>
  attempts.map(attempt => ({ ...attempt, source: `other-${attempt.source}` }))

/** A wave in the first days, as a log often has, and a quiet rest. */
const wave = inOrder([
  ...background(5, 24, 4),
  ...campaign({ sources: 45, duration: 30 * HOUR, strategy: 'spray', start: START + HOUR, seed: 1 }),
])

/** Posts and missing pages on a web site. */
function webStore(surface: Surface, sources: number, from: number): AttemptStore {
  const store = new AttemptStore()
  for (let i = 0; i < sources; i++) {
    const time = from + (i * 6 * HOUR) / sources
    store.visits.note(i, false, true)
    store.add(time, i, store.names.idOf(SURFACE[surface], `POST /${surface}${i % 7}`))
  }
  return store
}

describe('a model judges', () => {
  const model = learn(wave)

  it('the log that it learned from: the wave still reads well', () => {
    const { members, detection } = judge(wave, 1, model)
    expect(members).toHaveLength(1)
    expect(hits(members[0], 45).recall).toBeGreaterThan(0.9)
    expect(detection.campaigns[0].expected).toBeLessThan(12)
  })

  const quiet = elsewhere(background(5, 14, 8))
  it.each([
    { when: 'amid its own time', by: 5 * DAY },
    { when: 'half overlapping its end', by: 17 * DAY },
    { when: 'half overlapping its beginning', by: -7 * DAY },
    { when: 'just after it', by: 24 * DAY },
    { when: 'a year later', by: YEAR },
    { when: 'eleven years later', by: 11 * YEAR },
    { when: 'a year before', by: -YEAR },
    { when: 'eleven years before', by: -11 * YEAR },
  ])('a quiet fortnight $when: silence; with a campaign: the campaign', ({ by }) => {
    const log = later(quiet, by)
    expect(judge(log, 1, model).members).toEqual([])
    const attack = campaign({
      sources: 60,
      duration: 6 * HOUR,
      strategy: 'root',
      start: log[0].time + 9 * DAY,
      seed: 4,
    })
    const { members } = judge(inOrder([...log, ...attack]), 1, model)
    expect(members).toHaveLength(1)
    expect(hits(members[0], 60).f1).toBeGreaterThan(0.9)
  })

  it.each([1, 20, 100, 400])('a server of %d strangers a day without an error', rate => {
    const { store } = fill(elsewhere(background(rate, 8, rate)))
    const found = detect(store, { budget: 1, networkOf: source => source, model })
    for (const { best, membership } of found.campaigns) {
      expect(Number.isFinite(best.score)).toBe(true)
      expect(membership.members.every(({ posterior }) => posterior > 0.5 && posterior <= 1)).toBe(true)
    }
    expect(driftOf(store, model, { budget: 1, networkOf: source => source }).every(line => line.length > 20)).toBe(true)
  })

  it.each<Surface>(['web-login', 'web-form', 'web-probe', 'mail', 'panel'])('a log of another door: %s', surface => {
    const store = webStore(surface, 60, START + 30 * DAY)
    const options = { budget: 1, networkOf: (source: number) => source, model }
    const found = detect(store, options)
    expect(found.calibration.calibrated).toBe(false)
    expect(() => driftOf(store, model, options)).not.toThrow()
  })

  it('one event, and none', () => {
    expect(judge([{ time: START, source: 'a', user: 'root' }], 1, model).members).toEqual([])
    expect(judge([], 1, model).members).toEqual([])
  })
})

describe('a model without anything in it', () => {
  const nobody = Array.from({ length: 5 }, (_, day) => ({
    time: START + day * DAY,
    source: 'home',
    user: 'alice',
    known: true,
    accepted: true,
  }))
  const empty = learn(nobody)

  it('still judges', () => {
    expect(empty.surfaces).toEqual({})
    const log = background(5, 14, 9)
    expect(judge(log, 1, empty).members).toEqual([])
    const attack = campaign({ sources: 60, duration: HOUR, strategy: 'stuffing', start: START + 9 * DAY, seed: 4 })
    expect(hits(judge(inOrder([...log, ...attack]), 1, empty).members.flat(), 60).f1).toBeGreaterThan(0.9)
  })

  it('of a surface that nobody tried judges who tries it', () => {
    const surfaces = { ssh: { ...learn(wave).surfaces.ssh, sources: 0, pairs: 0, groups: [0, 0, 0], names: {} } }
    const { maxima, logins, excluded } = empty
    const bare = modelOf(JSON.parse(JSON.stringify({ surfaces, maxima, logins, excluded })))
    const found = judge(later(background(20, 7, 2), 30 * DAY), 1, bare)
    for (const { best } of found.detection.campaigns) expect(Number.isFinite(best.score)).toBe(true)
  })
})

describe('names that were often tried in training', () => {
  it('are not rare because the judged log is short', () => {
    const favourites = Array.from({ length: 40 }, (_, i) => `service${i}`)
    const habit = (days: number, seed: number): Attempt[] =>
      background(60, days, seed).map((attempt, i) =>
        attempt.user.startsWith('name') ? { ...attempt, user: favourites[i % 40] } : attempt,
      )
    const model = learn(habit(28, 1))
    let alarms = 0
    for (let seed = 2; seed < 14; seed++)
      alarms += judge(later(elsewhere(habit(1, seed)), 28 * DAY), 1, model).members.length
    expect(alarms).toBeLessThanOrEqual(1)
  })
})
