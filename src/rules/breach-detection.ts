import { z } from 'zod'
import { grouped } from '../core/figure.ts'
import type { Reason } from '../core/finding.ts'
import { formatSpan } from '../core/time.ts'
import { defineRule, type Story } from '../kit/define-rule.ts'
import {
  advise,
  blockSources,
  inspectAccount,
  lockAccount,
  lockServiceAccount,
  renewPassword,
} from '../kit/recommend.ts'
import { serviceName } from '../kit/service-names.ts'
import { Breaches, MOST_FAILURES, MOST_SOURCES } from './support/breaches.ts'
import { ACCEPTED_KINDS, ATTEMPT_KINDS, FAMILIES, FAMILY_NAMES, isAccepted, isGuessable } from './support/logins.ts'
import { cut, listed, many } from './support/words.ts'

function explainMany(story: Story, least: number): { title: string; reasons: Reason[] } {
  const { guessers, tookPart, user, from } = story.facts
  return {
    title: `${cut(String(user))} was guessed at from ${grouped(Number(guessers))} sources, then a login from ${from} succeeded`,
    reasons: [
      {
        text: `${many(Number(guessers), 'source')} failed as ${cut(String(user))} in the 24 h before; under ${least} would be normal`,
        feature: 'sources_failing_as_user',
        observed: Number(guessers),
        expected: `< ${least} in 24 h`,
      },
      {
        text:
          tookPart === true
            ? `${from}, which then got in with a password, was one of them and had never logged in before`
            : `${from}, which then got in with a password, had never logged in before`,
      },
    ],
  }
}

/** Of very many only the latest are counted. */
function failuresOf({ facts: { failures } }: Story): string {
  const count = many(Number(failures), 'failed login')
  return Number(failures) < MOST_FAILURES ? count : `At least ${count}`
}

function reasonsOfOne(story: Story, least: number): Reason[] {
  const { failures, over, names, user, method, knownFor } = story.facts
  const tried = Array.isArray(names) ? names : []
  const reasons: Reason[] = [
    {
      text:
        `${failuresOf(story)} in ${formatSpan(Number(over))}, then a login as ${cut(String(user))}` +
        `${method === '' ? '' : ` by ${method}`} succeeded; under ${least} failures before a success would be normal`,
      feature: 'failures_before_success',
      observed: Number(failures),
      expected: `< ${least}`,
    },
  ]
  if (tried.length > 1)
    reasons.push({
      text: `It had tried other names too: ${listed(tried.filter(name => name !== user))}`,
      feature: 'names',
      observed: tried.length,
      expected: '1',
    })
  if (typeof knownFor === 'number') {
    reasons.push({
      text:
        `${cut(String(user))} is known at this address (first login ${formatSpan(knownFor)} earlier), so it may be its owner or a job with an old ` +
        'password; but so many failures are no typing',
    })
  } else if (tried.length <= 1 && Number(failures) < 2 * least) {
    reasons.push({
      text: 'Few failures, all for one name: its owner, mistyping at a place not seen before, would look the same',
    })
  }
  if (typeof method === 'string' && method !== '' && !isGuessable(method)) {
    reasons.push({ text: 'A key cannot be guessed: whoever is at this source holds one that the account accepts' })
  }
  return reasons
}

const fail = (second: number, user = 'deploy', source = '203.0.113.7', known = true): string =>
  `Mar  4 10:0${Math.floor(second / 60)}:${String(second % 60).padStart(2, '0')} web-1 sshd[${4000 + second}]: ` +
  `Failed password for ${known ? '' : 'invalid user '}${user} from ${source} port ${40_000 + second} ssh2`
const accept = (time: string, user = 'deploy', source = '203.0.113.7', how = 'password'): string =>
  `Mar  4 ${time} web-1 sshd[4999]: Accepted ${how} for ${user} from ${source} port 41999 ssh2`
const fails = (count: number, user?: string, source?: string): string[] =>
  Array.from({ length: count }, (_, i) => fail(i * 2, user, source))

/** A mailbox that is tried so often, every so many seconds, and then opens. */
const mailbox = (count: number, every: number): string[] => {
  const at = (second: number): string =>
    `Mar  4 ${[10 + Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60].map(part => String(part).padStart(2, '0')).join(':')} mx-1 dovecot:`
  const peer = 'user=<info@shop.example>, method=PLAIN, rip=203.0.113.7, lip=192.0.2.1, TLS'
  return [
    ...Array.from(
      { length: count },
      (_, i) =>
        `${at(i * every)} imap-login: Login aborted: Connection closed (auth failed, 1 attempts in 2 secs) (auth_failed): ${peer}`,
    ),
    `${at(count * every)} imap-login: Logged in: ${peer}`,
  ]
}

export default defineRule({
  id: 'breach-detection',
  title: 'Login after a row of failures',
  severity: 'critical',
  techniques: ['T1110', 'T1078'],
  description:
    'A source fails again and again and then gets in; or one user is guessed at from many sources and then a stranger gets ' +
    "in as that user with a password. Order matters, and a success sets the count back. A user's own typos (a user and " +
    'network with an earlier login) are told only where there are more of them than a person types.',
  on: [...ATTEMPT_KINDS, ...ACCEPTED_KINDS],
  options: {
    failures_before_success: z
      .int()
      .min(1)
      .max(1000)
      .default(5)
      .describe('Failures of one source before its success at which it is raised.'),
    window_hours: z
      .number()
      .positive()
      .max(720)
      .default(24)
      .describe('How long before the success the failures count, in hours.'),
    known_source_failures: z
      .int()
      .min(1)
      .max(1000)
      .default(30)
      .describe('Failures at which it is raised although the user has logged in from this network before.'),
    sources_before_success: z
      .int()
      .min(2)
      .max(MOST_SOURCES)
      .default(5)
      .describe(
        "Sources failing as one user within 24 hours, before a stranger's success as that user, at which it is raised.",
      ),
  },
  detect: (options, context) => {
    const breaches = new Breaches(options, context)
    return {
      observe(event, raise) {
        if (isAccepted(event)) breaches.accepted(event, raise)
        else breaches.failed(event)
      },
    }
  },
  explain: (story, { failures_before_success, sources_before_success }, host) => {
    const { user, method, guessers, failures, names, knownFor, tookPart, from } = story.facts
    const account = String(user)
    const service = serviceName(story.services)
    const advice =
      account === ''
        ? [advise('Ask whether that login was wanted.')]
        : service === undefined
          ? [lockAccount(account), inspectAccount(account), renewPassword(account)]
          : [lockServiceAccount(account, service)]
    if (typeof guessers === 'number') {
      return {
        ...explainMany(story, sources_before_success),
        ...(tookPart === true ? {} : { severity: 'high' as const }),
        confidence: tookPart === true ? 0.8 : 0.5,
        recommendations: [...advice, ...blockSources([String(from)], host)],
      }
    }
    const family = FAMILIES.find(name => story.key.toString().startsWith(`${name} `)) ?? 'ssh'
    const single = !Array.isArray(names) || names.length <= 1
    const lenient = typeof knownFor === 'number' || !isGuessable(String(method) === '' ? undefined : String(method))
    const few = single && Number(failures) < 2 * failures_before_success
    return {
      title: `${failuresOf(story)}, then ${story.sources[0] ?? 'the source'} got in as ${cut(account)}${family === 'ssh' ? '' : ` (${service ?? FAMILY_NAMES[family]})`}`,
      reasons: reasonsOfOne(story, failures_before_success),
      ...(lenient ? { severity: 'high' as const } : {}),
      confidence: lenient ? 0.5 : few ? 0.6 : 0.95,
      recommendations: [...advice, ...blockSources(story.sources, host)],
    }
  },
  examples: () => ({
    fires: [
      {
        name: 'six failures, then a password works',
        lines: [...fails(6), accept('10:05:00')],
        accuses: ['203.0.113.7'],
        severity: 'critical',
      },
      {
        name: 'names tried in turn until one opens',
        lines: ['oracle', 'test', 'git', 'backup', 'www', 'deploy']
          .map((user, i) => fail(i * 3, user, undefined, i > 2))
          .concat(accept('10:05:00')),
        accuses: ['203.0.113.7'],
        severity: 'critical',
      },
      {
        name: 'one user failed from six sources, then a password works from one of them',
        lines: [
          ...Array.from({ length: 6 }, (_, i) => fail(i * 5, 'johanna', `198.51.100.${i + 1}`)),
          accept('10:06:00', 'johanna', '198.51.100.3'),
        ],
        accuses: ['198.51.100.3', '198.51.100.1'],
        severity: 'critical',
      },
      {
        name: 'one user failed from six sources, then a password works from a seventh',
        lines: [
          ...Array.from({ length: 6 }, (_, i) => fail(i * 5, 'johanna', `198.51.100.${i + 1}`)),
          accept('10:06:00', 'johanna', '192.0.2.99'),
        ],
        accuses: ['192.0.2.99'],
        severity: 'high',
      },
      {
        name: 'a mailbox that is guessed at faster than any mail program tries, and opens',
        lines: mailbox(150, 3),
        accuses: ['203.0.113.7'],
        severity: 'critical',
      },
      {
        name: 'hundreds of guesses, and the last one right',
        lines: [...Array.from({ length: 300 }, (_, i) => fail(i, 'deploy')), accept('10:05:30')],
        accuses: ['203.0.113.7'],
        severity: 'critical',
      },
      {
        name: 'far more failures than typing, at an address its user is known at',
        lines: [accept('09:00:00'), ...fails(60), accept('10:05:00')],
        accuses: ['203.0.113.7'],
        severity: 'high',
      },
    ],
    quiet: [
      {
        name: 'a colleague who logs in for the first time, after another one did not find his own name',
        lines: [
          ...Array.from({ length: 6 }, (_, i) => accept(`09:0${i}:00`, `colleague-${i}`)),
          ...fails(6, 'max.mustermann'),
          accept('10:05:00', 'colleague-7'),
        ],
      },
      { name: 'a mail program that got its new password after an hour', lines: mailbox(240, 15) },
      { name: 'the success comes first', lines: [accept('09:59:00'), ...fails(8)] },
      { name: 'four failures, then success', lines: [...fails(4), accept('10:05:00')] },
      {
        name: 'a user mistypes at an address known from before',
        lines: [accept('09:00:00'), ...fails(6), accept('10:05:00')],
      },
      {
        name: 'a user mistypes at another address of a network known from before',
        lines: [accept('09:00:00', 'deploy', '203.0.113.99'), ...fails(6), accept('10:05:00')],
      },
      { name: 'another source succeeds', lines: [...fails(6), accept('10:05:00', 'deploy', '198.51.100.20')] },
      {
        name: 'a key that failed for its own user and then works',
        lines: [...fails(6), accept('10:05:00', 'deploy', '203.0.113.7', 'publickey')],
      },
      {
        name: 'root logs in from a new place while the whole Internet guesses root, as ever',
        lines: [
          ...Array.from({ length: 9 }, (_, i) => fail(i * 5, 'root', `198.51.100.${i + 1}`)),
          accept('10:06:00', 'root', '192.0.2.99'),
        ],
      },
    ],
  }),
  falsePositives: [
    'An owner who mistypes five times in a row at a place the log has never seen.',
    'A job with an old password, at the moment it is given the new one.',
  ],
})
