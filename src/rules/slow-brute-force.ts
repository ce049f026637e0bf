import { z } from 'zod'
import { SSH_ATTEMPT_KINDS } from '../core/event.ts'
import { DAY, formatSpan, HOUR } from '../core/time.ts'
import { defineRule } from '../kit/define-rule.ts'
import { advise, blockSources } from '../kit/recommend.ts'
import type { Trail } from '../kit/state/index.ts'
import { IN_VAIN, KnownLogins, PasswordHosts, WITH_PASSWORDS } from './support/logins.ts'
import { listed, many } from './support/words.ts'

/** Attempts of a source that are looked at one by one: its latest. */
const MOST_ATTEMPTS = 64

/** [when a source began to be slow, its attempts since then] */
type Slowness = readonly [since: number, attempts: number]

const guess = (i: number, hours: number, source = '203.0.113.7', user = 'root'): string => {
  const hour = Math.floor(i * hours)
  const minute = String(Math.floor((i * hours - hour) * 60)).padStart(2, '0')
  return (
    `Mar ${String(1 + Math.floor(hour / 24)).padStart(2)} ${String(hour % 24).padStart(2, '0')}:${minute}:09 web-1 sshd[${4000 + i}]: ` +
    `Failed password for ${user} from ${source} port ${40_000 + i} ssh2`
  )
}
const guesses = (count: number, hours: number, source?: string, user?: string): string[] =>
  Array.from({ length: count }, (_, i) => guess(i, hours, source, user))

export default defineRule({
  id: 'slow-brute-force',
  title: 'Slow guessing over days',
  severity: 'medium',
  confidence: 0.75,
  techniques: ['T1110.001'],
  description:
    'A source that keeps failing for days and never often enough in an hour for brute-force to see it. A success of the source ' +
    'ends the count, and sources whose users have logged in are left out: a stale key in a job fails just like this.',
  on: [...SSH_ATTEMPT_KINDS, 'ssh.auth.accepted'],
  options: {
    threshold: z.int().min(5).max(10_000).default(8).describe('Failed logins at which it is raised.'),
    min_days: z
      .number()
      .positive()
      .max(90)
      .default(2)
      .describe('Days over which that many failures must spread at least.'),
    window_days: z.number().positive().max(90).default(14).describe('Length of the sliding window in days.'),
    per_hour: z
      .int()
      .min(2)
      .max(10_000)
      .default(10)
      .describe('Failures in an hour from which on it is no slow guessing (the matter of brute-force).'),
  },
  detect: ({ threshold, min_days, window_days, per_hour }, { state, addresses }) => {
    const most = Math.max(MOST_ATTEMPTS, threshold, per_hour + 1)
    const long = state.slidingCount('long', {
      window: window_days * DAY,
      limit: most,
      evidenceFrom: threshold - 4,
    })
    const slow = state.memory<Slowness>('slow', { keep: window_days * DAY })
    const known = new KnownLogins(state, addresses)
    const passwords = new PasswordHosts(state)
    /** What the source tried since it has been slow; undefined: it was fast in the last hour. */
    const slowTrail = (source: number, time: number, attempts: number): Trail | undefined => {
      const dense = long.latest(source, per_hour)
      if (dense !== undefined && time - dense <= HOUR) {
        if (slow.size > 0) slow.forget(source)
        return undefined
      }
      const trail = long.trail(source)
      // Where the latest attempts are not all there are, a slow source is still one since its first.
      if (trail === undefined || trail.count < most) return trail
      const before = slow.get(source, time)
      const wasFast = before === undefined && long.densest(source, HOUR) >= per_hour
      const since = before?.[0] ?? (wasFast ? time : trail.first)
      const count = wasFast ? attempts : (before?.[1] ?? trail.count - attempts) + attempts
      slow.set(source, [since, count], time)
      return { first: since, count, refs: trail.refs }
    }
    return {
      observe(event, raise) {
        const { source, time, attempts } = event
        passwords.learn(event)
        if (source < 0) return
        if (event.kind === 'ssh.auth.accepted') {
          long.forget(source)
          slow.forget(source)
          known.learn(event)
          return
        }
        if (attempts === 0) return
        if (long.addEvent(source, event, attempts) < threshold) return
        const trail = slowTrail(source, time, attempts)
        if (trail === undefined || time - trail.first < min_days * DAY) return
        if (trail.count < most && long.densest(source, HOUR) >= per_hour) return
        // A user's own network: homes change their address, and their owners mistype now and then.
        if (known.sourceSince(source, time) !== undefined || known.since(source, event.user, time) !== undefined) return
        raise.hit(source, event, { trail, facts: passwords.has(event) ? WITH_PASSWORDS : {} })
      },
    }
  },
  explain: (story, { threshold, per_hour, window_days }, host) => {
    const span = story.last - story.first
    const rate = story.count / Math.max(1, span / HOUR)
    const reasons = [
      {
        text:
          `${many(story.count, 'failed login')} over ${formatSpan(span)}, ${rate.toFixed(1)} an hour: never ${per_hour} in one hour; ` +
          `under ${threshold} in ${window_days} days would be normal`,
        feature: 'failed_logins',
        observed: story.count,
        expected: `< ${threshold} in ${window_days} days`,
      },
    ]
    const one = story.users.length === 1
    const harmless = story.facts.passwords !== true
    if (story.users.length > 0) {
      reasons.push({
        text: one
          ? `All as ${listed(story.users)}`
          : `Against ${many(story.users.length, 'name')}: ${listed(story.users)}`,
        feature: 'names',
        observed: story.users.length,
        expected: '1',
      })
    }
    return {
      title: `Slow guessing from ${story.sources[0] ?? 'one source'}: ${many(story.count, 'failure')} in ${formatSpan(span)}`,
      reasons: harmless ? [...reasons, IN_VAIN] : reasons,
      ...(harmless ? { severity: 'low' as const } : {}),
      ...(one ? { confidence: 0.6 } : {}),
      recommendations: [
        ...(one ? [advise('If a job of yours runs there, its key or password is out of date.')] : []),
        ...blockSources(story.sources, host),
      ],
    }
  },
  examples: () => ({
    fires: [
      {
        name: 'one guess every three hours for a week',
        lines: guesses(56, 3),
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
      {
        name: 'a guess every half an hour for three days: more than are held one by one',
        lines: guesses(144, 0.5),
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
      {
        name: 'eight an hour, for four days',
        lines: guesses(800, 0.125),
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
    ],
    quiet: [
      {
        name: 'many an hour at first, and a few in the days after',
        lines: [...guesses(100, 1 / 30), ...Array.from({ length: 6 }, (_, i) => guess(i + 1, 12))],
      },
      { name: 'five guesses in five days', lines: guesses(5, 24) },
      { name: 'thirty guesses within a day', lines: guesses(23, 1) },
      {
        name: 'a job whose key went stale, at an address it used to log in from',
        lines: [
          'Mar  1 00:00:01 web-1 sshd[3999]: Accepted publickey for backup from 203.0.113.7 port 39999 ssh2: ED25519 SHA256:abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
          ...guesses(56, 3, '203.0.113.7', 'backup'),
        ],
      },
      {
        name: 'a person who mistypes, beside the address that the last logins came from',
        lines: [
          'Mar  1 00:00:01 web-1 sshd[3999]: Accepted password for alice from 203.0.113.9 port 39999 ssh2',
          ...guesses(20, 12, '203.0.113.7', 'alice'),
        ],
      },
    ],
  }),
  falsePositives: ['A job with a stale key or password whose earlier successes the log no longer holds.'],
})
