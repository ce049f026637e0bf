import { z } from 'zod'
import { DAY } from '../core/time.ts'
import { defineRule } from '../kit/define-rule.ts'
import { advise, disablePasswords, inspectAccount, renewPassword } from '../kit/recommend.ts'
import { isGuessable } from './support/logins.ts'
import { PairTexts } from './support/pair-texts.ts'
import { cut, many } from './support/words.ts'

/** Once this share of the logins is by password, passwords are nothing unusual. */
const USUAL_SHARE = 0.1

/** [logins by key, logins by password] */
type Ways = readonly [number, number]
const NONE: Ways = [0, 0]
const add = (mine: Ways, theirs: Ways): Ways => [mine[0] + theirs[0], mine[1] + theirs[1]]

const login = (i: number, how: 'password' | 'publickey', user = 'ana'): string =>
  `Mar  ${1 + Math.floor(i / 4)} ${String(8 + (i % 4) * 3).padStart(2, '0')}:00:00 web-1 sshd[${4000 + i}]: Accepted ${how} for ${user} from 203.0.113.7 port ${40_000 + i} ssh2` +
  (how === 'publickey' ? ': ED25519 SHA256:abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG' : '')
const byKey = (count: number, user?: string): string[] =>
  Array.from({ length: count }, (_, i) => login(i, 'publickey', user))

export default defineRule({
  id: 'password-login-on-key-host',
  title: 'Password login where keys are the custom',
  severity: 'medium',
  confidence: 0.7,
  techniques: ['T1078', 'T1556'],
  description:
    'Learns how a user, and the host as a whole, logs in. Where that has been by key only, a login by password means that ' +
    'somebody else has a password, or that sshd was changed to take them.',
  on: ['ssh.auth.accepted'],
  options: {
    user_logins: z
      .int()
      .min(1)
      .max(10_000)
      .default(5)
      .describe('Logins of a user by key only, after which one by password is raised.'),
    host_logins: z
      .int()
      .min(1)
      .max(10_000)
      .default(20)
      .describe('Logins on the host by key only, after which one by password is raised, whoever it is.'),
  },
  detect: ({ user_logins, host_logins }, { state }) => {
    const users = state.memory<Ways>('users', { keep: 180 * DAY, combine: add })
    const hosts = state.memory<Ways>('hosts', { keep: 180 * DAY, combine: add })
    const texts = new PairTexts<string>((user, host) => `${host} ${user}`)
    const isUnusual = ([keys, passwords]: Ways, least: number): boolean =>
      keys >= least && passwords < keys * USUAL_SHARE
    return {
      observe(event, raise) {
        const { time, user, method } = event
        if (user === undefined || method === undefined) return
        const host = event.host ?? ''
        const key = texts.of(user, host)
        const own = users.get(key, time) ?? NONE
        const all = hosts.get(host, time) ?? NONE
        const guessable = isGuessable(method)
        if (guessable && (isUnusual(own, user_logins) || isUnusual(all, host_logins))) {
          raise.hit(key, event, {
            facts: { user, method, own: own[0], all: all[0], custom: isUnusual(own, user_logins) ? 'user' : 'host' },
          })
        }
        users.set(key, guessable ? [own[0], own[1] + 1] : [own[0] + 1, own[1]], time)
        hosts.set(host, guessable ? [all[0], all[1] + 1] : [all[0] + 1, all[1]], time)
      },
    }
  },
  explain: (story, _, host) => {
    const { user, method, own, all, custom } = story.facts
    const account = String(user)
    return {
      title: `${cut(account)} logged in by ${String(method)} from ${story.sources[0] ?? 'an unknown source'}, where keys are the custom`,
      reasons: [
        {
          text:
            custom === 'user'
              ? `${cut(account)} had logged in ${many(Number(own), 'time')} by key, and next to never by password`
              : `Users of this host had logged in ${many(Number(all), 'time')} by key, and next to never by password`,
          feature: 'method',
          observed: String(method),
          expected: 'publickey',
        },
      ],
      recommendations: [
        advise(`Ask ${cut(account)} whether that was them, and see why sshd takes passwords.`),
        inspectAccount(account),
        renewPassword(account),
        ...disablePasswords(host),
      ],
    }
  },
  examples: () => ({
    fires: [
      {
        name: 'a user who only ever used a key',
        lines: [...byKey(6), login(10, 'password')],
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
      { name: 'another user of a host that only ever saw keys', lines: [...byKey(22), login(25, 'password', 'bo')] },
    ],
    quiet: [
      { name: 'too little history', lines: [...byKey(3), login(10, 'password')] },
      {
        name: 'a user who does both',
        lines: [...byKey(3), login(4, 'password'), login(5, 'publickey'), login(6, 'publickey'), login(7, 'password')],
      },
      { name: 'keys only', lines: byKey(24) },
    ],
  }),
  falsePositives: ['A user at a machine that does not have the key.'],
})
