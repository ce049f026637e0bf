import { z } from 'zod'
import { DAY, minutes } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import { defineRule } from '../kit/define-rule.ts'
import { advise, blockSources } from '../kit/recommend.ts'
import { LoginForms } from './support/login-forms.ts'
import { accessLine } from './support/web.ts'
import { listed, many, within } from './support/words.ts'

/** Slow guessing is looked at over so long. */
const SLOW_WINDOW = 7 * DAY

/** Refusals and successes are compared up to so many times the threshold. */
const MANY = 8

/** Doors at which programs renew what they were given: one whose grant has run out asks for days. */
const RENEWAL = /\/(?:token|refresh(?:[-_]token)?)\/?$/i

/** Whether the log says that the login failed, whatever the application is: some forms answer 200 to whoever gets in. */
function surelyRefused({ status, user, path = '' }: EventView): boolean {
  // A program with a stale password sends its name with every request.
  return (
    user === undefined &&
    !RENEWAL.test(path) &&
    ((status >= 400 && status < 500) || (status === 200 && path.endsWith('/wp-login.php')))
  )
}

export default defineRule({
  id: 'web-login-brute-force',
  title: 'Password guessing on a web login',
  severity: 'medium',
  techniques: ['T1110.001'],
  description:
    'Counts logins that a web form or HTTP authentication refused, by source. A form that answers 200 has shown itself ' +
    'again, unless the path is known to refuse by 401 or 422, or gives out tokens; a redirect may be a success or not, ' +
    'so that redirects count by a higher threshold. A login that is let in or sent on after a row of refusals raises the ' +
    'severity; where more are let in than refused, many people share the address. Refusals that go on for days are counted too, where the source never gets in.',
  on: ['web.request'],
  options: {
    threshold: z
      .int()
      .min(3)
      .max(10_000)
      .default(12)
      .describe('Refused logins of one source in the window at which it is raised.'),
    redirected: z
      .int()
      .min(3)
      .max(10_000)
      .default(40)
      .describe(
        'Logins answered by a redirect, or by an interface with 200, in the window, at which those are raised.',
      ),
    slow: z
      .int()
      .min(10)
      .max(10_000)
      .default(60)
      .describe('Refused logins of one source in a week, with no success among them, at which they are raised.'),
    window_minutes: z
      .number()
      .positive()
      .max(10_080)
      .default(10)
      .describe('Length of the sliding window in minutes, in event time.'),
  },
  detect: ({ threshold, redirected, slow, window_minutes }, { state }) => {
    const window = minutes(window_minutes)
    const most = MANY * threshold
    const refused = state.slidingCount('refused', { window, limit: most, evidenceFrom: threshold - 4 })
    // One more than refusals are counted: who gets in that often is a crowd whatever else it is.
    const entered = state.slidingCount('entered', { window, limit: most + 1, evidence: 0 })
    const sent = state.slidingCount('redirected', { window, limit: redirected, evidenceFrom: redirected - 4 })
    const slowly = state.slidingCount('slow', {
      window: SLOW_WINDOW,
      limit: slow,
      cap: 50_000,
      evidenceFrom: slow - 4,
    })
    const forms = new LoginForms(state)
    return {
      observe(event, raise) {
        const { source, method, path, time } = event
        if (source < 0 || path === undefined) return
        const basic = event.status === 401 && event.user !== undefined
        if (!basic && (method !== 'POST' || !forms.isLogin(path, event.query))) return
        const answer = basic ? 'refused' : forms.answer(event, path)
        if (answer === 'none') return
        // Sent on or let in: somebody who belongs here, or what the fast count tells.
        if (answer !== 'refused') slowly.forget(source)
        const slowCount = answer === 'refused' && surelyRefused(event) ? slowly.addEvent(source, event) : 0
        const inside = answer === 'refused' ? entered.count(source, time) : entered.addEvent(source, event)
        if (answer !== 'refused' && refused.count(source, time) >= Math.max(threshold, inside)) {
          raise.hit(source, event, { weight: 0, severity: 'high', facts: { path, entered: path } })
          return
        }
        if (answer === 'let-in') return
        const count = answer === 'refused' ? refused : sent
        // Where more get in than are refused, many people share an address: guessing hardly ever succeeds.
        if (count.addEvent(source, event) < (answer === 'refused' ? Math.max(threshold, inside) : redirected)) {
          if (slowCount >= slow)
            raise.hit(source, event, { trail: slowly.trail(source), facts: { path, slowly: true } })
          return
        }
        raise.hit(source, event, {
          trail: count.trail(source),
          facts: answer === 'refused' ? { path, fast: true } : { path, redirected: true, fast: true },
        })
      },
    }
  },
  explain: (story, { threshold, redirected, slow, window_minutes }, host) => {
    const slowly = story.facts.slowly === true && story.facts.fast !== true
    const expected = slowly ? slow : story.facts.redirected === true ? redirected : threshold
    const window = slowly ? '7 days' : `${window_minutes} min`
    const path = String(story.facts.path ?? '')
    const { entered } = story.facts
    return {
      title: `${many(story.count, 'login')} tried on ${listed([path])} from ${story.sources[0] ?? 'one source'}${entered === undefined ? '' : '; one may have got in'}`,
      reasons: [
        {
          text: `${many(story.count, 'login')} ${story.facts.redirected === true ? 'answered by a redirect or with 200' : 'refused'}${within(story)}; under ${expected} in ${window} would be normal`,
          feature: 'logins',
          observed: story.count,
          expected: `< ${expected} in ${window}`,
        },
        ...(entered === undefined
          ? []
          : [
              {
                text: `Then ${listed([String(entered)])} answered as it does to whoever gets in; somebody who mistypes does not need ${threshold} tries`,
                feature: 'let_in',
                observed: String(entered),
              },
            ]),
        ...(story.users.length > 0
          ? [{ text: `Names: ${listed(story.users)}`, feature: 'names', observed: story.users.length }]
          : []),
      ],
      recommendations: [
        ...(entered === undefined
          ? []
          : [
              advise(
                'Look in the application for the account that logged in then; end its sessions, change its password.',
              ),
            ]),
        ...(slowly || story.users.length === 1
          ? [advise('If a program of yours runs there, its password is out of date.')]
          : []),
        ...blockSources(story.sources, host),
        advise('Limit the rate of this path in the web server, and ask for a second factor behind it.'),
      ],
    }
  },
  examples: () => ({
    fires: [
      {
        name: 'fifteen times the WordPress form',
        lines: Array.from({ length: 15 }, (_, i) => accessLine('POST /wp-login.php', { second: i * 10, status: 200 })),
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
      {
        name: 'one of many guesses is sent on',
        lines: [
          ...Array.from({ length: 15 }, (_, i) => accessLine('POST /login', { second: i * 10, status: 401 })),
          accessLine('POST /login', { second: 160, status: 302 }),
        ],
        accuses: ['203.0.113.7'],
        severity: 'high',
      },
      {
        name: 'guesses between the logins of an account of the own',
        lines: Array.from({ length: 60 }, (_, i) =>
          accessLine('POST /login', { second: i * 9, status: i % 3 === 0 ? 302 : 401 }),
        ),
        accuses: ['203.0.113.7'],
        severity: 'high',
      },
      {
        name: 'one of many guesses is answered with a token',
        lines: [
          ...Array.from({ length: 15 }, (_, i) => accessLine('POST /api/login', { second: i * 10, status: 401 })),
          accessLine('POST /api/login', { second: 160, status: 200 }),
        ],
        severity: 'high',
      },
      {
        name: 'a guess every ten minutes',
        lines: Array.from({ length: 80 }, (_, i) => accessLine('POST /login', { second: i * 600, status: 401 })),
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
      {
        name: 'the webmail, whose one page has the login in its query',
        lines: Array.from({ length: 15 }, (_, i) =>
          accessLine('POST /mail/?_task=login', { second: i * 10, status: 401 }),
        ),
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
      {
        name: 'phpMyAdmin',
        lines: Array.from({ length: 15 }, (_, i) =>
          accessLine('POST /phpmyadmin/index.php?route=/', { second: i * 10, status: 200 }),
        ),
        accuses: ['203.0.113.7'],
      },
      {
        name: 'the panel of a hypervisor',
        lines: Array.from({ length: 15 }, (_, i) =>
          accessLine('POST /api2/json/access/ticket', { second: i * 10, status: 401 }),
        ),
        accuses: ['203.0.113.7'],
      },
      {
        name: 'HTTP authentication',
        lines: Array.from({ length: 15 }, (_, i) =>
          accessLine('/admin/', { second: i * 10, status: 401, user: `user${i}` }),
        ),
      },
    ],
    quiet: [
      {
        name: 'an office over a day, whose people mistype and get in',
        lines: Array.from({ length: 160 }, (_, i) =>
          accessLine('POST /login', { second: i * 300, status: i % 3 === 2 ? 302 : 401 }),
        ),
      },
      {
        name: 'an office on Monday morning: one in three mistypes, twenty at once',
        lines: Array.from({ length: 60 }, (_, i) =>
          accessLine('POST /users/sign_in', { second: i * 9, status: i % 3 === 1 ? 422 : 200 }),
        ),
      },
      {
        name: 'an application that answers 200 to whoever gets in',
        lines: Array.from({ length: 100 }, (_, i) => accessLine('POST /login', { second: i * 480, status: 200 })),
      },
      {
        name: 'a program that fetches tokens',
        lines: Array.from({ length: 30 }, (_, i) => accessLine('POST /oauth/token', { second: i * 10, status: 200 })),
      },
      {
        name: 'an application that answers by script, in an office',
        lines: Array.from({ length: 30 }, (_, i) =>
          accessLine('POST /api/login', { second: i * 15, status: i % 6 === 0 ? 401 : 200 }),
        ),
      },
      {
        name: 'logins that are created',
        lines: Array.from({ length: 60 }, (_, i) => accessLine('POST /api/sessions', { second: i * 5, status: 201 })),
      },
      {
        name: 'people who try again while the server is down',
        lines: Array.from({ length: 60 }, (_, i) => accessLine('POST /login', { second: i * 5, status: 502 })),
      },
      {
        name: 'a forgotten password',
        lines: Array.from({ length: 5 }, (_, i) => accessLine('POST /login', { second: i * 10, status: 401 })),
      },
      {
        name: 'phpMyAdmin and webmail in use',
        lines: Array.from({ length: 60 }, (_, i) => [
          accessLine('POST /phpmyadmin/index.php?route=/sql', { second: i * 5, status: 200 }),
          accessLine('POST /mail/?_task=mail&_action=list', { second: i * 5, status: 200 }),
          accessLine('POST /index.php?title=Help:Contents&action=submit', { second: i * 5, status: 200 }),
        ]).flat(),
      },
      {
        name: 'an app whose grant has run out, for days',
        lines: Array.from({ length: 200 }, (_, i) => accessLine('POST /oauth/token', { second: i * 60, status: 400 })),
      },
      {
        name: 'an office that comes to work',
        lines: Array.from({ length: 20 }, (_, i) => accessLine('POST /login', { second: i * 20, status: 302 })),
      },
      {
        name: 'other forms',
        lines: Array.from({ length: 30 }, (_, i) => accessLine('POST /api/save', { second: i * 3, status: 200 })),
      },
    ],
  }),
  falsePositives: [
    'A client that asks for a token again and again with a stale password.',
    'Many people behind one address on a bad day.',
    'An application of one page that answers 200 to whoever logs in, before it has refused anybody.',
  ],
})
