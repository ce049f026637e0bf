import { z } from 'zod'
import { minutes } from '../core/time.ts'
import { defineRule } from '../kit/define-rule.ts'
import { advise, inspectAccount, lockAccount } from '../kit/recommend.ts'
import { cut, many, within } from './support/words.ts'

const REFUSED = /^(?:user NOT in sudoers|user NOT authorized|command not allowed)/

const wrong = (minute: number, user = 'ana'): string =>
  `Mar  4 10:${String(minute).padStart(2, '0')}:05 web-1 sudo[${4000 + minute}]:      ${user} : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/home/${user} ; USER=root ; COMMAND=/usr/bin/id`
const refused = (minute: number): string =>
  `Mar  4 10:${String(minute).padStart(2, '0')}:05 web-1 sudo[${4000 + minute}]:  www-data : user NOT in sudoers ; TTY=pts/1 ; PWD=/tmp ; USER=root ; COMMAND=/bin/bash`

export default defineRule({
  id: 'sudo-failures',
  title: 'Repeated failures to become another user',
  severity: 'medium',
  confidence: 0.75,
  techniques: ['T1548.003'],
  description:
    "Counts a user's wrong passwords at sudo and su, and what sudo refuses because the user may not, in a sliding window.",
  on: ['sudo.failed', 'su.failed'],
  options: {
    threshold: z
      .int()
      .min(1)
      .max(1000)
      .default(6)
      .describe('Wrong passwords in the window at which it is raised (sudo asks three times).'),
    refusals: z.int().min(1).max(1000).default(3).describe('Refused commands in the window at which it is raised.'),
    window_minutes: z
      .number()
      .positive()
      .max(10_080)
      .default(30)
      .describe('Length of the sliding window in minutes, in event time.'),
  },
  detect: ({ threshold, refusals, window_minutes }, { state }) => {
    const window = minutes(window_minutes)
    const wrongs = state.slidingCount('wrong', { window, limit: threshold })
    const refuseds = state.slidingCount('refused', { window, limit: refusals })
    return {
      observe(event, raise) {
        const weight = Math.max(event.attempts, event.count)
        const isRefusal = REFUSED.test(event.detail ?? '')
        const count = isRefusal ? refuseds : wrongs
        // PAM's line alone names whom somebody wanted to become, not who it was.
        const isNameless = event.kind === 'su.failed' && event.target === undefined
        const user = isNameless ? '' : (event.user ?? '')
        const target = (isNameless ? event.user : event.target) ?? 'root'
        const key = `${event.host ?? ''} ${user}`
        if (count.addEvent(key, event, weight) < (isRefusal ? refusals : threshold)) return
        raise.hit(key, event, {
          weight,
          trail: count.trail(key),
          facts: { user, target, ...(isRefusal ? { refused: true } : {}) },
        })
      },
    }
  },
  explain: (story, { threshold, refusals, window_minutes }) => {
    const { user, target, refused: isRefused } = story.facts
    const who = user === '' ? 'somebody' : cut(String(user))
    const least = isRefused === true ? refusals : threshold
    return {
      title: `${who} failed ${many(story.count, 'time')} to become ${cut(String(target))}`,
      reasons: [
        {
          text:
            `${isRefused === true ? 'Commands refused or passwords wrong' : 'Wrong passwords'}: ${story.count}${within(story)}; ` +
            `under ${least} in ${window_minutes} min would be normal`,
          feature: 'failures',
          observed: story.count,
          expected: `< ${least} in ${window_minutes} min`,
        },
        ...(isRefused === true
          ? [{ text: `${who} is not allowed to do this by sudo: a service or a stranger under this name would try it` }]
          : []),
      ],
      recommendations: [
        ...(user === ''
          ? [advise('Find out who was at this host at that time.')]
          : [inspectAccount(String(user)), lockAccount(String(user))]),
      ],
    }
  },
  examples: () => ({
    fires: [
      { name: 'three times three wrong passwords', lines: [wrong(1), wrong(3), wrong(5)], severity: 'medium' },
      { name: 'a service that tries what it may not', lines: [refused(1), refused(2), refused(3)], severity: 'medium' },
      {
        name: 'su',
        lines: Array.from(
          { length: 6 },
          (_, i) => `Mar  4 10:0${i}:05 web-1 su[${4000 + i}]: FAILED SU (to root) ana on pts/0`,
        ),
      },
      {
        name: 'su, of which only PAM tells',
        lines: Array.from(
          { length: 6 },
          (_, i) =>
            `Mar  4 10:0${i}:05 web-1 su[${4000 + i}]: pam_unix(su:auth): authentication failure; logname=ana uid=1000 euid=0 tty=/dev/pts/0 ruser=ana rhost=  user=root`,
        ),
      },
    ],
    quiet: [
      { name: 'one forgotten password', lines: [wrong(1)] },
      { name: 'two people', lines: [wrong(1), wrong(3, 'bo')] },
      { name: 'once a day', lines: ['04', '05', '06', '07'].map(day => wrong(5).replace('Mar  4', `Mar ${day}`)) },
    ],
  }),
  falsePositives: ['A user with a new keyboard.', 'Monitoring whose sudo rule was forgotten.'],
})
