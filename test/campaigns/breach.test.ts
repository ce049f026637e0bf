import { describe, expect, it } from 'vitest'
import { bodyOf, modelOf, trainBaseline } from '../../src/campaigns/model.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { type Attempt, background, campaign, fill, inOrder, judge, START, type Strategy } from './harness.ts'

const start = START + 15 * DAY
const login = (source: string, user: string, time: number, byKey = false): Attempt => ({
  time,
  source,
  user,
  known: true,
  accepted: true,
  byKey,
})

function attacked(strategy: Strategy, ...more: Attempt[]) {
  const attack = campaign({ sources: 60, duration: 6 * HOUR, strategy, start, seed: 2 })
  return judge(inOrder([...background(10, 28, 2), ...attack, ...more]))
}

describe('a login amid a campaign', () => {
  it('by a participant on its target is a breach', () => {
    const { detection } = attacked(
      'valid',
      { time: start + 3 * HOUR, source: 'botX', user: 'alice', known: true },
      login('botX', 'alice', start + 3 * HOUR + 3000),
    )
    expect(detection.breaches).toMatchObject([{ networks: 1 }])
    expect(detection.breaches[0].posterior).toBeGreaterThan(0.5)
    expect(detection.breaches[0].campaign).toBe(detection.campaigns[0])
  })

  it('by a participant on any account is a breach', () => {
    const { detection } = attacked(
      'stuffing',
      { time: start + 3 * HOUR, source: 'botX', user: 'leaked77', known: false },
      login('botX', 'alice', start + 3 * HOUR + 3000),
    )
    expect(detection.breaches).toHaveLength(1)
  })

  it('by a stranger who never failed, on the target, is a breach', () => {
    const { detection } = attacked('valid', login('botX', 'alice', start + 5 * HOUR))
    expect(detection.breaches).toMatchObject([{ posterior: 0 }])
  })

  it('by password, on an account that had used keys only, is a breach though nobody had tried it', () => {
    const keys = Array.from({ length: 12 }, (_, day) => login('office', 'carol', START + day * DAY + 9 * HOUR, true))
    const { detection } = attacked('root', ...keys, login('botX', 'carol', start + 2 * HOUR))
    expect(detection.breaches).toMatchObject([{ posterior: 0, unkeyed: true }])
    expect(attacked('root', ...keys, login('train', 'carol', start + 2 * HOUR, true)).detection.breaches).toEqual([])
    expect(attacked('root', ...keys, login('train', 'carol', start + 3 * DAY)).detection.breaches).toEqual([])
  })

  it('by its owner from home, or by key, is none', () => {
    const { detection } = attacked(
      'valid',
      login('home', 'alice', start + 2 * HOUR),
      login('train', 'alice', start + 2 * HOUR, true),
    )
    expect(detection.breaches).toEqual([])
  })

  it('on another account is none', () => {
    const { detection } = attacked('valid', login('elsewhere', 'bob', start + 2 * HOUR))
    expect(detection.breaches).toEqual([])
  })

  it('by a job that has always logged in as root is none', () => {
    const job = Array.from({ length: 3000 }, (_, i) => login('job', 'root', START + i * 12 * MINUTE))
    expect(attacked('root', ...job).detection.breaches).toEqual([])
  })
})

describe('a login without a campaign', () => {
  const failures = (strangers: number, user: string, tries: number): Attempt[] =>
    Array.from({ length: strangers * tries }, (_, i) => ({
      time: start + i * MINUTE,
      source: `stranger-${i % strangers}`,
      user,
      known: true,
    }))

  it('after failures of several strangers on that account is a breach', () => {
    const { detection } = judge(
      inOrder([...background(5, 28, 3), ...failures(3, 'alice', 3), login('new', 'alice', start + HOUR)]),
    )
    expect(detection.breaches).toMatchObject([{ campaign: undefined, failures: 9, strangers: 3 }])
  })

  it('after failures on root, which everybody tries, is none', () => {
    const { detection } = judge(
      inOrder([...background(5, 28, 3), ...failures(3, 'root', 3), login('new', 'root', start + HOUR)]),
    )
    expect(detection.breaches).toEqual([])
  })

  it('of build machines that fail together and then get in is none', () => {
    const runners = ['r1', 'r2', 'r3'].flatMap(source => [
      ...Array.from({ length: 100 }, (_, i) => ({ time: start + i * 2 * MINUTE, source, user: 'alice', known: true })),
      login(source, 'alice', start + 4 * HOUR),
    ])
    expect(judge(inOrder([...background(5, 28, 3), ...runners])).detection.breaches).toEqual([])
  })
})

describe('how surprising a login is', () => {
  // home, train and hotel: one provider; abroad: another of the same country; far: of no country alice was in.
  const placeOf = (source: string): { provider: number; country: string } => {
    if (source === 'far') return { provider: 3, country: 'KP' }
    if (source === 'abroad') return { provider: 2, country: 'AT' }
    return source.startsWith('bot') || source.startsWith('stranger')
      ? { provider: 9, country: 'ZZ' }
      : { provider: 1, country: 'AT' }
  }
  const attack = campaign({ sources: 60, duration: 6 * HOUR, strategy: 'valid', start, seed: 2 })
  const breachOf = (source: string, places = true, more: Attempt[] = []) =>
    judge(
      inOrder([...background(10, 28, 2), ...attack, ...more, login(source, 'alice', start + 3 * HOUR)]),
      1,
      undefined,
      places ? placeOf : undefined,
    ).detection.breaches

  it('grows from a new network to a new provider to a new country', () => {
    const [bits, kinds] = ['hotel', 'abroad', 'far']
      .map(source => breachOf(source)[0])
      .reduce<[number[], string[]]>(
        ([b, k], { surprise, novelty }) => [
          [...b, surprise],
          [...k, novelty],
        ],
        [[], []],
      )
    expect(kinds).toEqual(['network', 'provider', 'country'])
    // 60 logins from one network: 1 in 61 is new, and each level beyond is as rare again.
    expect(bits[0]).toBeGreaterThan(5)
    expect(bits[1]).toBeGreaterThan(bits[0] + 5)
    expect(bits[2]).toBeGreaterThan(bits[1] + 5)
    expect(breachOf('far', false)[0]).toMatchObject({ novelty: 'network' })
  })

  it('acquits who roams, but not into a country that is new', () => {
    const cafes = Array.from({ length: 6 }, (_, i) => login(`cafe${i}`, 'alice', START + (2 + i) * DAY))
    expect(breachOf('abroad', true, cafes)).toEqual([])
    expect(breachOf('far', false, cafes)).toEqual([])
    expect(breachOf('far', true, cafes)).toMatchObject([{ novelty: 'country' }])
  })

  it("acquits an address of the account's own provider after failures that no campaign explains", () => {
    const failures = Array.from({ length: 2 }, (_, i): Attempt[] =>
      Array.from({ length: 3 }, (_, k) => ({
        time: start + (i * 3 + k) * MINUTE,
        source: `typo${i}`,
        user: 'alice',
        known: true,
      })),
    ).flat()
    const quiet = (source: string) =>
      judge(
        inOrder([...background(10, 28, 2), ...failures, login(source, 'alice', start + HOUR)]),
        1,
        undefined,
        placeOf,
      ).detection.breaches
    expect(quiet('hotel')).toEqual([])
    expect(quiet('far')).toMatchObject([{ campaign: undefined, failures: 6 }])
  })

  it('is learnt with the model', () => {
    const learn = inOrder(background(10, 28, 2))
    const places = {
      networkOf: (source: number) => source,
      providerOf: () => 1,
      countryOf: () => 'AT',
    }
    const model = trainBaseline(fill(learn).store, { budget: 1, ...places })
    expect(model.logins['0 alice']).toMatchObject({ providers: [1], countries: ['AT'] })
    const later = inOrder([
      ...background(10, 4, 3).filter(({ accepted }) => accepted !== true),
      ...campaign({ sources: 60, duration: 6 * HOUR, strategy: 'valid', start: START + DAY, seed: 2 }),
      login('far', 'alice', START + DAY + 3 * HOUR),
    ])
    const { breaches } = judge(later, 1, modelOf(bodyOf(model)), placeOf).detection
    expect(breaches).toMatchObject([{ novelty: 'country' }])
  })
})
