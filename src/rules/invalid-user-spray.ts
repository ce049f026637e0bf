import { z } from 'zod'
import { SSH_ATTEMPT_KINDS } from '../core/event.ts'
import { minutes } from '../core/time.ts'
import { defineRule } from '../kit/define-rule.ts'
import { blockSources } from '../kit/recommend.ts'
import { IN_VAIN, PasswordHosts, WITH_PASSWORDS } from './support/logins.ts'
import { listed, many, within } from './support/words.ts'

const NAMES = [
  'admin1',
  'oracle',
  'testuser',
  'ubnt',
  'hadoop',
  'jenkins',
  'minecraft',
  'nagios',
  'zabbix',
  'teamspeak',
]

const invalid = (second: number, user: string, source = '203.0.113.7'): string =>
  `Mar  4 10:${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')} web-1 sshd[${4000 + second}]: ` +
  `Invalid user ${user} from ${source} port ${40_000 + second}`

export default defineRule({
  id: 'invalid-user-spray',
  title: 'Many names that do not exist, tried from one source',
  severity: 'medium',
  confidence: 0.95,
  techniques: ['T1110.003', 'T1589.001'],
  description:
    'Counts the distinct names a source tries that the host does not have. Nobody mistypes the own name eight different ways.',
  on: SSH_ATTEMPT_KINDS,
  options: {
    names: z.int().min(2).max(1000).default(8).describe('Distinct names unknown to the host at which it is raised.'),
    window_minutes: z
      .number()
      .positive()
      .max(10_080)
      .default(60)
      .describe('Length of the sliding window in minutes, in event time.'),
  },
  detect: ({ names, window_minutes }, { state }) => {
    const tried = state.distinctCount('names', {
      window: minutes(window_minutes),
      limit: names + 1,
      evidenceFrom: names - 4,
    })
    const passwords = new PasswordHosts(state)
    return {
      observe(event, raise) {
        const { source, attempts } = event
        passwords.learn(event)
        if (attempts === 0 || source < 0 || event.userKnown !== false) return
        const { user } = event
        if (user === undefined) return
        const count = tried.addEvent(source, user, event)
        if (count < names) return
        const facts = passwords.has(event) ? WITH_PASSWORDS : {}
        // The names before this one are told once; later ones come with their own events.
        if (count > names) raise.hit(source, event, { facts })
        else
          raise.hit(source, event, {
            trail: tried.trail(source),
            users: tried.values(source, event.time).map(String),
            facts,
          })
      },
    }
  },
  explain: (story, { names, window_minutes }, host) => ({
    title: `${story.sources[0] ?? 'One source'} tried ${many(story.users.length, 'name')} that this host does not have`,
    reasons: [
      {
        text:
          `${many(story.users.length, 'name')}${within(story)}: ${listed(story.users)}; ` +
          `under ${names} in ${window_minutes} min would be normal`,
        feature: 'unknown_names',
        observed: story.users.length,
        expected: `< ${names} in ${window_minutes} min`,
      },
      ...(story.facts.passwords === true ? [] : [IN_VAIN]),
    ],
    ...(story.facts.passwords === true ? {} : { severity: 'low' as const }),
    recommendations: blockSources(story.sources, host),
  }),
  examples: () => ({
    fires: [
      {
        name: 'ten names in two minutes',
        lines: NAMES.map((name, i) => invalid(i * 12, name)),
        accuses: ['203.0.113.7'],
        severity: 'low',
      },
      {
        name: 'on a host that takes passwords, where each guess leaves two lines',
        lines: NAMES.flatMap((name, i) => [
          invalid(i * 12, name),
          `Mar  4 10:${String(Math.floor((i * 12 + 2) / 60)).padStart(2, '0')}:${String((i * 12 + 2) % 60).padStart(2, '0')} web-1 sshd[${4000 + i * 12}]: ` +
            `Failed password for invalid user ${name} from 203.0.113.7 port ${40_000 + i * 12} ssh2`,
        ]),
        severity: 'medium',
      },
    ],
    quiet: [
      { name: 'one misspelt name, ten times', lines: NAMES.map((_, i) => invalid(i * 12, 'anna')) },
      {
        name: 'ten names from ten sources',
        lines: NAMES.map((name, i) => invalid(i * 12, name, `203.0.113.${i + 1}`)),
      },
      {
        name: 'ten names that the host has, from a bastion',
        lines: NAMES.map(
          (name, i) =>
            `Mar  4 10:00:${10 + i} web-1 sshd[${4000 + i}]: Failed password for ${name} from 192.0.2.5 port ${40_000 + i} ssh2`,
        ),
      },
    ],
  }),
  falsePositives: ['A directory service that is down makes every user of a shared address unknown.'],
})
