import { SOURCE_CLASS } from '../core/addresses.ts'
import { EVENT_KINDS } from '../core/event.ts'
import { defineRule } from '../kit/define-rule.ts'
import { blockSources, inspectAccount, lockAccount } from '../kit/recommend.ts'
import { listed, many, within } from './support/words.ts'

export default defineRule({
  id: 'blacklisted-source',
  title: 'A blacklisted source is at work',
  severity: 'high',
  confidence: 0.95,
  techniques: ['T1078', 'T1110', 'T1190'],
  description: 'Whatever an address or network of [blacklist] does is a finding; a login by it is a critical one.',
  on: EVENT_KINDS,
  options: {},
  detect: (_, { addresses }) => ({
    observe(event, raise) {
      const { source } = event
      if (source < 0 || (addresses.classOf(source) & SOURCE_CLASS.blacklisted) === 0) return
      const isIn = event.kind.endsWith('.accepted')
      raise.hit(source, event, isIn ? { severity: 'critical', facts: { loggedInAs: event.user ?? '' } } : {})
    },
  }),
  explain: (story, _, host) => {
    const source = story.sources[0] ?? 'a listed source'
    const { loggedInAs } = story.facts
    const reasons = [
      {
        text:
          `${many(story.count, 'event')}${within(story)}` +
          `${story.services.length > 0 ? ` (${listed(story.services)})` : ''} from a source on the blacklist; none would be normal`,
        feature: 'events',
        observed: story.count,
        expected: '0',
      },
    ]
    if (typeof loggedInAs !== 'string') {
      return {
        title: `Blacklisted ${source} is at work here`,
        reasons,
        recommendations: blockSources(story.sources, host),
      }
    }
    return {
      title: `Blacklisted ${source} logged in as ${listed([loggedInAs])}`,
      reasons: [...reasons, { text: `It logged in as ${listed([loggedInAs])}` }],
      recommendations: [lockAccount(loggedInAs), inspectAccount(loggedInAs), ...blockSources(story.sources, host)],
    }
  },
  examples: () => ({
    fires: [
      {
        name: 'one failed login',
        lines: ['Mar  4 10:00:04 web-1 sshd[4004]: Failed password for root from 203.0.113.7 port 41000 ssh2'],
        blacklist: ['203.0.113.0/24'],
        accuses: ['203.0.113.7'],
        severity: 'high',
      },
      {
        name: 'a login',
        lines: ['Mar  4 10:00:04 web-1 sshd[4004]: Accepted password for ana from 203.0.113.7 port 41000 ssh2'],
        blacklist: ['203.0.113.7'],
        accuses: ['203.0.113.7'],
        severity: 'critical',
      },
    ],
    quiet: [
      {
        name: 'a neighbour of a listed address',
        lines: ['Mar  4 10:00:04 web-1 sshd[4004]: Failed password for root from 203.0.113.8 port 41000 ssh2'],
        blacklist: ['203.0.113.7'],
      },
    ],
  }),
  falsePositives: ['None: the list is yours.'],
})
