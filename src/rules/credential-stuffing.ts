import { z } from 'zod'
import { SSH_ATTEMPT_KINDS } from '../core/event.ts'
import { grouped } from '../core/figure.ts'
import { HOUR, minutes } from '../core/time.ts'
import { defineRule } from '../kit/define-rule.ts'
import { blockSources, disablePasswords } from '../kit/recommend.ts'
import { listed, many, within } from './support/words.ts'

/** Sources and names remembered; more are as good as this many. */
const MOST = 1000
/** A source that tries more often than this is no part of it. */
const FEW_TRIES = 3

const WORDS = ['anna', 'boris', 'clara', 'dimitri', 'elena', 'farid', 'greta', 'hugo', 'irina', 'jonas']
const name = (i: number): string => `${WORDS[i % WORDS.length]}.${WORDS[Math.floor(i / WORDS.length) % WORDS.length]}`
const guess = (i: number, user: string, source: string): string =>
  `Mar  4 10:${String(Math.floor(i / 3)).padStart(2, '0')}:${String((i % 3) * 20).padStart(2, '0')} web-1 sshd[${4000 + i}]: ` +
  `Failed password for invalid user ${user} from ${source} port ${40_000 + i} ssh2`

export default defineRule({
  id: 'credential-stuffing',
  title: 'Many sources try many names, about once each',
  severity: 'high',
  confidence: 0.8,
  techniques: ['T1110.004'],
  description:
    'Pairs of name and password leaked elsewhere are tried here once each, through many addresses. What sets it apart from the ' +
    'everyday guessing, which comes from many addresses too, is that hardly any name is tried twice.',
  on: SSH_ATTEMPT_KINDS,
  options: {
    sources: z.int().min(5).max(MOST).default(25).describe('Distinct sources in the window at which it is raised.'),
    names: z.int().min(5).max(MOST).default(25).describe('Distinct names in the window at which it is raised.'),
    window_minutes: z
      .number()
      .positive()
      .max(10_080)
      .default(60)
      .describe('Length of the sliding window in minutes, in event time.'),
    fresh_share: z
      .number()
      .min(0.1)
      .max(1)
      .default(0.7)
      .describe('Distinct names per attempt, at least: 1 means that no name is tried twice.'),
  },
  detect: (options, { state }) => {
    const window = minutes(options.window_minutes)
    const tries = state.slidingCount('tries', { window, limit: FEW_TRIES + 1, evidence: 0 })
    const attempts = state.slidingCount('attempts', { window, limit: MOST, evidence: 0 })
    const sources = state.distinctCount('sources', {
      window,
      limit: MOST,
      evidenceFrom: Math.max(1, options.sources - 4),
      values: 'sources',
    })
    const names = state.distinctCount('names', { window, limit: MOST, evidence: 0 })
    const latest = state.memory<number>('latest', { keep: 24 * HOUR })
    return {
      observe(event, raise) {
        const { source, time, user } = event
        if (event.attempts === 0 || source < 0 || user === undefined) return
        if (tries.add(source, time, event.attempts) > FEW_TRIES) return
        const host = event.host ?? ''
        const allTries = attempts.add(host, time, event.attempts)
        const allSources = sources.addEvent(host, source, event)
        const allNames = names.add(host, user, time)
        if (allSources < options.sources || allNames < options.names || allNames < options.fresh_share * allTries)
          return
        const isNew = latest.get(host, time) === undefined || time - (latest.get(host, time) ?? 0) > window
        latest.set(host, time, time)
        raise.hit(`host ${host}`, event, {
          facts: { share: Math.round((100 * allNames) / allTries) },
          ...(isNew
            ? {
                trail: sources.trail(host),
                sources: sources.values(host, time).filter(id => typeof id === 'number'),
                users: names.values(host, time).map(String),
              }
            : {}),
        })
      },
    }
  },
  explain: (story, options, host) => ({
    title: `${grouped(story.sources.length)} sources tried ${grouped(story.users.length)} names, about once each`,
    reasons: [
      {
        text:
          `${many(story.sources.length, 'source')}${within(story)}, at most ${FEW_TRIES} tries each; ` +
          `under ${options.sources} in ${options.window_minutes} min would be normal`,
        feature: 'sources',
        observed: story.sources.length,
        expected: `< ${options.sources} in ${options.window_minutes} min`,
      },
      {
        text: `${String(story.facts.share)} different names per 100 attempts (${listed(story.users)}); everyday guessing tries the same few again and again`,
        feature: 'names_per_100_attempts',
        observed: Number(story.facts.share),
        expected: `< ${Math.round(100 * options.fresh_share)}`,
      },
    ],
    recommendations: [...disablePasswords(host), ...blockSources(story.sources, host)],
  }),
  examples: () => ({
    fires: [
      {
        name: 'forty sources, forty names',
        lines: Array.from({ length: 40 }, (_, i) => guess(i, name(i), `198.51.100.${i + 1}`)),
        accuses: ['198.51.100.1', '198.51.100.40'],
        severity: 'high',
      },
    ],
    quiet: [
      {
        name: 'forty sources that try the same six names',
        lines: Array.from({ length: 40 }, (_, i) =>
          guess(i, ['root', 'admin', 'test', 'ubuntu', 'user', 'oracle'][i % 6], `198.51.100.${i + 1}`),
        ),
      },
      {
        name: 'one source that tries forty names',
        lines: Array.from({ length: 40 }, (_, i) => guess(i, name(i), '198.51.100.1')),
      },
    ],
  }),
  falsePositives: ['A class of newcomers who all get their first password wrong.'],
})
