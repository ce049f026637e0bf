import { z } from 'zod'
import { minutes } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import { defineRule } from '../kit/define-rule.ts'
import { advise, blockSources } from '../kit/recommend.ts'
import { accessLine } from './support/web.ts'
import { listed, many, within } from './support/words.ts'

/** Where forms send names and passwords: the end of a path. */
const FORMS = [
  'login',
  'log-in',
  'log_in',
  'signin',
  'sign-in',
  'sign_in',
  'logon',
  'authenticate',
  'authentication',
  'auth',
  'sessions?',
  'token',
  'j_security_check',
  'j_spring_security_check',
  'login_form',
  'do_?login',
  'login_?check',
  'password',
  'user_login',
]
const FILES = [
  String.raw`wp-login\.php`,
  String.raw`administrator/index\.php`,
  `(?:${FORMS.join('|')})${String.raw`(?:\.(?:php|aspx?|jsp|do|action|html?|cgi))?`}`,
]
const LOGIN = new RegExp(`/(?:${FILES.join('|')})/?$`, 'i')

/** How an answer to a login form is read: wrong, right, or no telling. */
function isFailure(event: EventView): boolean | undefined {
  const { status } = event
  if (status === 401 || status === 403 || status === 422 || status === 429 || status === 400 || status === 423)
    return true
  // A form that is shown again is an answer of 200; who got in is sent on.
  if (status === 200) return true
  return status >= 300 && status < 400 ? undefined : true
}

export default defineRule({
  id: 'web-login-brute-force',
  title: 'Password guessing on a web login',
  severity: 'medium',
  techniques: ['T1110.001'],
  description:
    'Counts logins that a web form or HTTP authentication refused, by source. A form that answers 200 has shown itself ' +
    'again; a redirect may be a success or not, so that redirects count by a higher threshold.',
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
      .describe('Logins answered by a redirect, in the window, at which those are raised.'),
    window_minutes: z
      .number()
      .positive()
      .max(10_080)
      .default(10)
      .describe('Length of the sliding window in minutes, in event time.'),
  },
  detect: ({ threshold, redirected, window_minutes }, { state }) => {
    const window = minutes(window_minutes)
    const refused = state.slidingCount('refused', { window, limit: threshold, evidenceFrom: threshold - 4 })
    const sent = state.slidingCount('redirected', { window, limit: redirected, evidenceFrom: redirected - 4 })
    const kinds = new Map<string, boolean>()
    const isLogin = (path: string): boolean => {
      let known = kinds.get(path)
      if (known === undefined) {
        if (kinds.size > 2000) kinds.clear()
        known = path.length < 200 && LOGIN.test(path)
        kinds.set(path, known)
      }
      return known
    }
    return {
      observe(event, raise) {
        const { source, method, path } = event
        if (source < 0 || path === undefined) return
        const basic = event.status === 401 && event.user !== undefined
        if (!basic && (method !== 'POST' || !isLogin(path))) return
        const failure = basic ? true : isFailure(event)
        const count = failure === true ? refused : sent
        if (count.addEvent(source, event) < (failure === true ? threshold : redirected)) return
        raise.hit(source, event, {
          trail: count.trail(source),
          facts: failure === true ? { path } : { path, redirected: true },
        })
      },
    }
  },
  explain: (story, { threshold, redirected, window_minutes }, host) => {
    const expected = story.facts.redirected === true ? redirected : threshold
    const path = String(story.facts.path ?? '')
    return {
      title: `${many(story.count, 'login')} tried on ${listed([path])} from ${story.sources[0] ?? 'one source'}`,
      reasons: [
        {
          text: `${many(story.count, 'login')} ${story.facts.redirected === true ? 'answered by a redirect' : 'refused'}${within(story)}; under ${expected} in ${window_minutes} min would be normal`,
          feature: 'logins',
          observed: story.count,
          expected: `< ${expected} in ${window_minutes} min`,
        },
        ...(story.users.length > 0
          ? [{ text: `Names: ${listed(story.users)}`, feature: 'names', observed: story.users.length }]
          : []),
      ],
      recommendations: [
        ...blockSources(story.sources, host),
        advise('Limit the rate of this path in the web server, and ask for a second factor behind it.'),
      ],
    }
  },
  examples: {
    fires: [
      {
        name: 'fifteen times the WordPress form',
        lines: Array.from({ length: 15 }, (_, i) => accessLine('POST /wp-login.php', { second: i * 10, status: 200 })),
        accuses: ['203.0.113.7'],
        severity: 'medium',
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
        name: 'a forgotten password',
        lines: Array.from({ length: 5 }, (_, i) => accessLine('POST /login', { second: i * 10, status: 401 })),
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
  },
  falsePositives: [
    'A client that asks for a token again and again with a stale password.',
    'Many people behind one address on a bad day.',
  ],
})
