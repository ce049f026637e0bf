import { formatTime, HOUR } from '../core/time.ts'
import { defineRule } from '../kit/define-rule.ts'
import { advise, command, inspectAccount } from '../kit/recommend.ts'
import { OPERATOR_KINDS, Operators, operatorReasons, uidOf } from './support/accounts.ts'
import { cut, listed, many, within } from './support/words.ts'

/** Accounts made within this time of each other are one story. */
const TOGETHER = HOUR
/** Distributions give people's accounts numbers from here on, and the packages' accounts numbers below. */
const FIRST_PERSON = 1000

const added = (second: number, name: string, uid: number, shell = '/bin/bash'): string =>
  `Mar  4 10:00:${String(second).padStart(2, '0')} web-1 useradd[${2200 + second}]: new user: name=${name}, UID=${uid}, GID=${uid}, home=/home/${name}, shell=${shell}`
const login =
  'Mar  4 09:00:00 web-1 sshd[4004]: Accepted publickey for ana from 203.0.113.7 port 41000 ssh2: ED25519 SHA256:abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'

export default defineRule({
  id: 'account-created',
  title: 'An account was created',
  severity: 'medium',
  confidence: 0.6,
  techniques: ['T1136.001'],
  cleansTraining: false,
  description:
    'Tells new accounts; those made within an hour of each other are one finding. Accounts that packages make for themselves ' +
    '(numbers below 1000), and those made before anybody has logged in, are information only.',
  on: ['user.added', ...OPERATOR_KINDS],
  options: {},
  detect: (_, { state }) => {
    const operators = new Operators(state)
    /** [when the present row of accounts began, how many are people's] by host */
    const rows = state.memory<readonly [number, number]>('rows', { keep: TOGETHER, cap: 10_000 })
    return {
      observe(event, raise) {
        if (event.kind !== 'user.added') {
          operators.learn(event)
          return
        }
        const host = event.host ?? ''
        const uid = uidOf(event.detail)
        const isPerson = uid === undefined || uid >= FIRST_PERSON
        const [start, people] = rows.get(host, event.time) ?? [event.time, 0]
        rows.set(host, [start, people + (isPerson ? 1 : 0)], event.time)
        const facts = operators.factsOf(event)
        raise.hit(`${host} ${formatTime(start)}`, event, {
          accuse: false,
          users: event.target === undefined ? [] : [event.target],
          facts: { ...facts, people: people + (isPerson ? 1 : 0), host },
        })
      },
    }
  },
  explain: story => {
    const { people, installing } = story.facts
    const names = listed(story.users)
    const harmless = Number(people) === 0 || installing === true
    const first = story.users[0] ?? ''
    return {
      title:
        story.count === 1
          ? `The account ${cut(first)} was created`
          : `${many(story.count, 'account')} were created: ${names}`,
      reasons: [
        {
          text:
            story.count === 1
              ? `A new account on ${story.hosts[0] ?? 'the host'}: ${names}; none is expected unless somebody made one`
              : `${many(story.count, 'new account')}${within(story)} on ${story.hosts[0] ?? 'the host'}: ${names}`,
          feature: 'accounts',
          observed: story.count,
          expected: 0,
        },
        ...operatorReasons(story.facts),
        ...(Number(people) === 0 ? [{ text: 'Its number is one of those that packages make for themselves' }] : []),
      ],
      ...(harmless ? { severity: 'info' as const } : {}),
      recommendations:
        harmless || story.count > 5
          ? [advise('If nobody can say why they are there, see what was installed at that time.')]
          : [
              advise('Ask who made it. If nobody did, lock it and look at what it can be reached with.'),
              ...story.users
                .filter(user => user !== '')
                .slice(0, 3)
                .map(inspectAccount),
              command(
                'See which accounts can log in.',
                "getent passwd | awk -F: '$7 !~ /(nologin|false|sync|halt|shutdown)$/'",
              ),
            ],
    }
  },
  examples: () => ({
    fires: [
      { name: 'one account', lines: [login, added(1, 'mallory', 1001)], severity: 'medium' },
      {
        name: "a package's own account",
        lines: [login, added(1, 'postgres', 114, '/usr/sbin/nologin')],
        severity: 'info',
      },
      { name: 'the installation', lines: [added(1, 'ubuntu', 1000)], severity: 'info' },
    ],
    quiet: [
      { name: 'a group', lines: [login, 'Mar  4 10:00:01 web-1 groupadd[2201]: new group: name=ops, GID=1002'] },
      { name: 'an account removed', lines: [login, "Mar  4 10:00:01 web-1 userdel[2201]: delete user 'mallory'"] },
    ],
  }),
  falsePositives: ['Administrators who add users.'],
})
