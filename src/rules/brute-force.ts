import { z } from 'zod'
import { grouped } from '../core/figure.ts'
import { DAY, formatSpan, minutes } from '../core/time.ts'
import { defineRule } from '../kit/define-rule.ts'
import { advise, blockSources, disablePasswords, hideService } from '../kit/recommend.ts'
import { isInner, serviceName } from '../kit/service-names.ts'
import type { SlidingCount } from '../kit/state/index.ts'
import {
  ACCEPTED_KINDS,
  ATTEMPT_KINDS,
  attemptsOf,
  Crowds,
  FAMILIES,
  FAMILY_NAMES,
  familyOf,
  IN_VAIN,
  isAccepted,
  isGuessable,
  KeySources,
  KnownLogins,
  PasswordHosts,
  WITH_PASSWORDS,
} from './support/logins.ts'
import { cut, listed, many } from './support/words.ts'

/** People behind one address who are each given the threshold. */
const MOST_PEOPLE = 10

const failures = (count: number, source = '203.0.113.7', user = 'root'): string[] =>
  Array.from(
    { length: count },
    (_, i) =>
      `Mar  4 10:${String(i % 60).padStart(2, '0')}:09 web-1 sshd[${4000 + i}]: Failed password for ${user} from ${source} port ${40_000 + i} ssh2`,
  )

/** What is known of an address whose users log in by key. */
function keyReasons(facts: Readonly<Record<string, unknown>>): { text: string }[] {
  return [
    {
      text:
        facts.others === true
          ? 'Users logged in by key from this address before; these tries are by password, or as others too'
          : 'The same users logged in by key from this address before: a job whose key or account was changed fails like this',
    },
  ]
}

/** To block the address would shut out those users too. */
function keyAdvice(facts: Readonly<Record<string, unknown>>, users: readonly string[], source: string): string[] {
  return facts.others === true
    ? [
        advise(
          `Your users log in by key from ${cut(source)}: find out which machine behind it tries passwords or other names.`,
        ),
      ]
    : [
        advise(
          `Check the job or program that logs in as ${listed(users)} from ${cut(source)}: its key, its known user name, and the account's authorized_keys.`,
        ),
      ]
}

const keyLogin = (user: string): string =>
  `Mar  4 09:50:00 web-1 sshd[3990]: Accepted publickey for ${user} from 203.0.113.7 port 39990 ssh2: ED25519 SHA256:abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG`

export default defineRule({
  id: 'brute-force',
  title: 'Repeated login failures from one source',
  severity: 'medium',
  confidence: 0.9,
  techniques: ['T1110.001'],
  description:
    'Counts failed logins of one source on one service in a sliding window of event time. On hosts that offer only keys ' +
    'the attempts count that sshd gave up on. A source from which users have logged in before is given three times the ' +
    'threshold, since people mistype and jobs retry; where they logged in by key, it is not advised to block it, and failures ' +
    'of those very users alone, without passwords, are told as low: a key that went stale. Where five users or more got in ' +
    'within a day, as from an office, each of them is given the threshold, up to ten.',
  on: [...ATTEMPT_KINDS, ...ACCEPTED_KINDS],
  options: {
    threshold: z.int().min(2).max(10_000).default(10).describe('Failed logins in the window at which it is raised.'),
    window_minutes: z
      .number()
      .positive()
      .max(10_080)
      .default(60)
      .describe('Length of the sliding window in minutes, in event time.'),
    known_source_factor: z
      .number()
      .min(1)
      .max(100)
      .default(3)
      .describe('A source whose users have logged in before is raised at this many times the threshold.'),
  },
  detect: ({ threshold, window_minutes, known_source_factor }, { state, addresses }) => {
    const lenient = Math.ceil(threshold * known_source_factor)
    const window = minutes(window_minutes)
    const counts: SlidingCount[] = FAMILIES.map(family =>
      state.slidingCount(family, { window, limit: lenient, evidenceFrom: threshold - 4 }),
    )
    const crowded = state.slidingCount('crowded', { window, limit: threshold * MOST_PEOPLE, cap: 10_000 })
    const known = new KnownLogins(state, addresses)
    const keys = new KeySources(state, addresses, window)
    const passwords = new PasswordHosts(state)
    const crowds = new Crowds(state, DAY)
    return {
      observe(event, raise) {
        const { source, time } = event
        const family = familyOf(event)
        const count = counts[family]
        if (source < 0) return
        passwords.learn(event)
        if (isAccepted(event)) {
          crowds.learn(event)
          // A login amid a row of failures is what guessing looks like when it works: it makes nobody known.
          if (count.count(source, time) >= threshold) return
          known.learn(event)
          if (family === 0 && !isGuessable(event.method)) keys.learn(event)
          return
        }
        const attempts = attemptsOf(event)
        if (attempts === 0) return
        const failed = count.addEvent(source, event, attempts)
        if (family === 0) keys.failed(event)
        if (failed < threshold) return
        // What a crowd failed before the threshold does not count towards that of its people, who are given enough.
        const people = Math.min(MOST_PEOPLE, crowds.size(source, time))
        if (people > 0 && crowded.addEvent(source, event, attempts) < threshold * people) return
        if (failed < lenient && known.sourceSince(source, time) !== undefined) return
        const trail = (people > 0 ? crowded : count).trail(source)
        const facts = family !== 0 || passwords.has(event) ? WITH_PASSWORDS : {}
        raise.hit(family === 0 ? source : `${FAMILIES[family]} ${addresses.identity(source)}`, event, {
          trail,
          weight: attempts,
          facts: family === 0 ? { ...facts, ...keys.factsOf(event) } : facts,
        })
      },
    }
  },
  explain: (story, { threshold, window_minutes }, host) => {
    const family = FAMILIES.find(name => story.key.toString().startsWith(`${name} `)) ?? 'ssh'
    const source = story.sources[0] ?? 'an unknown source'
    const span = formatSpan(story.last - story.first)
    // A long story's average may lie below the threshold that it crossed again and again.
    const crossings = (story.last - story.first) / minutes(window_minutes)
    const burst =
      story.count < threshold * crossings ? `, ${threshold} or more of them within ${window_minutes} min` : ''
    const reasons = [
      {
        text: `${many(story.count, 'failed login')} in ${span}${burst}; under ${threshold} in ${window_minutes} min would be normal`,
        feature: 'failed_logins',
        observed: story.count,
        expected: `< ${threshold} in ${window_minutes} min`,
      },
    ]
    if (story.users.length > 0) {
      reasons.push({
        text:
          story.users.length === 1
            ? `All against one name: ${listed(story.users)}`
            : `Against ${many(story.users.length, 'name')}: ${listed(story.users)}`,
        feature: 'names',
        observed: story.users.length,
        expected: '1',
      })
    }
    const service = serviceName(story.services) ?? FAMILY_NAMES[family]
    const harmless = family === 'ssh' && story.facts.passwords !== true
    if (story.facts.keys === true) {
      return {
        title: `${grouped(story.count)} failed ${service} logins from ${source}`,
        reasons: [...reasons, ...(harmless ? [IN_VAIN] : []), ...keyReasons(story.facts)],
        ...(harmless || story.facts.others !== true ? { severity: 'low' as const } : {}),
        recommendations: keyAdvice(story.facts, story.users, source),
      }
    }
    return {
      title: `${grouped(story.count)} failed ${service} logins from ${source}`,
      reasons: harmless ? [...reasons, IN_VAIN] : reasons,
      ...(harmless ? { severity: 'low' as const } : {}),
      recommendations: [
        ...blockSources(story.sources, host),
        ...(family === 'ssh' && !harmless ? disablePasswords(host) : []),
        ...(isInner(service) ? [hideService(service)] : []),
      ],
    }
  },
  examples: () => ({
    fires: [
      { name: 'twelve failures in twelve minutes', lines: failures(12), accuses: ['203.0.113.7'], severity: 'medium' },
      {
        name: 'guesses from an office, more than all its people mistype',
        lines: [
          ...Array.from(
            { length: 6 },
            (_, i) =>
              `Mar  4 09:0${i}:00 web-1 sshd[${3990 + i}]: Accepted password for colleague-${i} from 203.0.113.7 port ${39_990 + i} ssh2`,
          ),
          ...failures(59, '203.0.113.7').flatMap(line => [line, line]),
        ],
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
      {
        name: 'one line that stands for many',
        lines: [
          ...failures(2),
          'Mar  4 10:02:40 web-1 sshd[4001]: message repeated 9 times: [ Failed password for root from 203.0.113.7 port 40001 ssh2]',
        ],
        accuses: ['203.0.113.7'],
      },
      {
        name: 'a host that takes only keys',
        lines: Array.from(
          { length: 11 },
          (_, i) =>
            `2026-03-04T10:${String(10 + i)}:00.125+00:00 web-1 sshd-session[${700 + i}]: Connection closed by authenticating user root 2001:db8::7 port ${50_000 + i} [preauth]`,
        ),
        accuses: ['2001:db8::7'],
        severity: 'low',
      },
      {
        name: 'a database that the internet reaches',
        lines: Array.from(
          { length: 12 },
          (_, i) =>
            `2026-03-04T10:${String(10 + i)}:00.125000Z ${i} [Note] [MY-010926] [Server] Access denied for user 'root'@'203.0.113.7' (using password: YES)`,
        ),
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
      {
        name: 'a job whose key went stale',
        lines: [
          ...failures(1, '192.0.2.9'),
          keyLogin('deploy'),
          ...Array.from(
            { length: 32 },
            (_, i) =>
              `Mar  4 10:${i + 10}:09 web-1 sshd[${5000 + i}]: Connection closed by authenticating user deploy 203.0.113.7 port ${42_000 + i} [preauth]`,
          ),
        ],
        accuses: ['203.0.113.7'],
        severity: 'low',
      },
      {
        name: 'passwords for a user of keys, from where that user logs in',
        lines: [keyLogin('deploy'), ...failures(32, '203.0.113.7', 'deploy')],
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
      {
        name: 'guesses at other names from an address that a user logs in from',
        lines: [keyLogin('deploy'), ...failures(32, '203.0.113.7', 'root')],
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
    ],
    quiet: [
      {
        name: 'an office: twelve people log in, and mistype every other time',
        lines: Array.from({ length: 60 }, (_, i) => {
          const user = `colleague-${i % 12}`
          const again = failures(i + 1, '203.0.113.7', user)[i]
          const login = `Mar  4 10:${String(i).padStart(2, '0')}:40 web-1 sshd[${5000 + i}]: Accepted password for ${user} from 203.0.113.7 port ${50_000 + i} ssh2`
          return i < 8 ? [login] : [again, login]
        }).flat(),
      },
      { name: 'nine failures', lines: failures(9) },
      {
        name: 'ten failures, each from its own source',
        lines: Array.from({ length: 10 }, (_, i) => failures(1, `203.0.113.${i + 1}`)[0]),
      },
      {
        name: 'a user who logged in here before and forgot a changed password',
        lines: [
          'Mar  4 09:59:00 web-1 sshd[3999]: Accepted password for ana from 203.0.113.7 port 39999 ssh2',
          ...failures(12, '203.0.113.7', 'ana'),
        ],
      },
    ],
  }),
  falsePositives: [
    'A job that retries with a password or key that was changed: its failures come from one address, for one name, in an even rhythm.',
  ],
})
