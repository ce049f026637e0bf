import { z } from 'zod'
import { KIND } from '../core/event.ts'
import { HOUR } from '../core/time.ts'
import { defineRule } from '../kit/define-rule.ts'
import { isUse } from '../kit/payloads/attack.ts'
import { blockSources } from '../kit/recommend.ts'
import {
  ACCEPTED_KINDS,
  ATTEMPT_KINDS,
  attemptsOf,
  FAMILIES,
  FAMILY_NAMES,
  type Family,
  familyOf,
  isAccepted,
} from './support/logins.ts'
import { accessLine } from './support/web.ts'
import { many, within } from './support/words.ts'

const WEB = FAMILIES.indexOf('web')
const WEB_REQUEST = KIND['web.request']

function names(mask: number): Family[] {
  return FAMILIES.filter((_, bit) => (mask & (1 << bit)) !== 0)
}

const ssh = (i: number, source = '203.0.113.7'): string =>
  `Mar  4 10:00:${String(10 + i)} web-1 sshd[${4000 + i}]: Failed password for root from ${source} port ${40_000 + i} ssh2`
const mail = (i: number, source = '203.0.113.7'): string =>
  `Mar  4 10:02:${String(10 + i)} web-1 postfix/smtpd[${5000 + i}]: warning: unknown[${source}]: SASL LOGIN authentication failed: authentication failure`
const times = (count: number, line: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => line(i))

export default defineRule({
  id: 'cross-service',
  title: 'One source attacks several services',
  severity: 'high',
  confidence: 0.9,
  techniques: ['T1110', 'T1595'],
  description:
    'A source that fails to log in on two services, or on one while it sends attack payloads to the web server, within a day. ' +
    'A person whose password was changed fails on two services too, but then gets in: a success takes the source off.',
  on: [...ATTEMPT_KINDS, ...ACCEPTED_KINDS, 'web.request'],
  options: {
    threshold: z.int().min(1).max(1000).default(5).describe('Failed logins or attack payloads on each service.'),
    window_hours: z.number().positive().max(720).default(24).describe('Length of the sliding window in hours.'),
  },
  detect: ({ threshold, window_hours }, { state }) => {
    const window = window_hours * HOUR
    const counts = FAMILIES.map(family =>
      state.slidingCount(family, { window, limit: threshold, evidence: 3, evidenceFrom: threshold - 2 }),
    )
    /** Bits of the families a source is over the threshold in. */
    const attacked = state.memory<number>('attacked', { keep: window })
    return {
      observe(event, raise) {
        const isRequest = event.kindNumber === WEB_REQUEST
        // Nearly all requests end here.
        if (isRequest && (event.traits === 0 || isUse(event))) return
        const { source } = event
        if (source < 0) return
        const { time } = event
        const family = isRequest ? WEB : familyOf(event)
        if (isAccepted(event)) {
          for (const count of counts) count.forget(source)
          attacked.forget(source)
          return
        }
        const weight = isRequest ? 1 : attemptsOf(event)
        if (weight === 0) return
        if (counts[family].addEvent(source, event, weight) < threshold) return
        const already = attacked.get(source, time) ?? 0
        const mask = already | (1 << family)
        attacked.set(source, mask, time)
        if ((mask & (mask - 1)) === 0) return
        if (mask === already) raise.hit(source, event, { weight })
        else {
          const other = FAMILIES.findIndex((_, bit) => bit !== family && (mask & (1 << bit)) !== 0)
          raise.hit(source, event, { weight, trail: counts[other].trail(source), facts: { families: names(mask) } })
        }
      },
    }
  },
  explain: (story, { threshold, window_hours }, host) => {
    const families = (Array.isArray(story.facts.families) ? story.facts.families : []).map(name =>
      FAMILIES.find(family => family === name),
    )
    const list = families.filter(family => family !== undefined).map(family => FAMILY_NAMES[family])
    return {
      title: `${story.sources[0] ?? 'One source'} attacks ${list.join(', ')}`,
      reasons: [
        {
          text:
            `${many(list.length, 'service')} attacked${within(story)} (${list.join(', ')}), each at least ${threshold} times in ` +
            `${window_hours} h; no service would be normal`,
          feature: 'services',
          observed: list.length,
          expected: '0',
        },
      ],
      recommendations: blockSources(story.sources, host),
    }
  },
  examples: () => ({
    fires: [
      {
        name: 'SSH, then mail',
        lines: [...times(6, ssh), ...times(6, mail)],
        accuses: ['203.0.113.7'],
        severity: 'high',
      },
      {
        name: 'SSH, and pages for administrators that are not there',
        lines: [...times(6, ssh), ...times(6, i => accessLine(`/phpmyadmin${i}/`))],
        accuses: ['203.0.113.7'],
        severity: 'high',
      },
    ],
    quiet: [
      {
        name: 'somebody who writes a WordPress site and reads a Zabbix, while the telephone has an old password',
        lines: [
          ...times(6, mail),
          ...times(9, i => accessLine(`/wp-admin/post.php?post=${i}`, { status: i % 2 === 0 ? 200 : 302 })),
          ...times(9, i => accessLine(`/zabbix/chart2.php?graphid=${i}`, { status: 200 })),
        ],
      },
      { name: 'SSH alone', lines: times(12, ssh) },
      { name: 'two services, two sources', lines: [...times(6, ssh), ...times(6, i => mail(i, '198.51.100.9'))] },
      {
        name: 'somebody who gets in between',
        lines: [
          ...times(6, ssh),
          'Mar  4 10:01:00 web-1 sshd[4100]: Accepted password for ana from 203.0.113.7 port 41000 ssh2',
          ...times(6, mail),
        ],
      },
    ],
  }),
  falsePositives: ['An owner who sets up mail and SSH anew and gets both wrong.'],
})
