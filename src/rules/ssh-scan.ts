import { z } from 'zod'
import { DAY, formatSpan } from '../core/time.ts'
import { defineRule } from '../kit/define-rule.ts'
import { advise, blockSources } from '../kit/recommend.ts'
import { listed, many } from './support/words.ts'

/**
 * What sshd itself did (refuse, drop, time out) and connections that said nothing prove no probing each: a health check
 * looks the same. They count by the other threshold.
 */
const SILENT: ReadonlySet<string> = new Set([
  'no identification string',
  'refused connect',
  'past MaxStartups',
  'timeout before authentication',
  'banner exchange',
])

const at = (i: number): string =>
  `Mar  4 ${String(10 + Math.floor(i / 60)).padStart(2, '0')}:${String(i % 60).padStart(2, '0')}:05`
const silent = (count: number, source = '203.0.113.7'): string[] =>
  Array.from(
    { length: count },
    (_, i) =>
      `${at(i)} web-1 sshd[${4000 + i}]: Did not receive identification string from ${source} port ${40_000 + i}`,
  )
const negotiate = (count: number, source = '203.0.113.7'): string[] =>
  Array.from(
    { length: count },
    (_, i) =>
      `${at(i)} web-1 sshd[${4000 + i}]: Unable to negotiate with ${source} port ${40_000 + i}: no matching key exchange method found. ` +
      'Their offer: diffie-hellman-group1-sha1 [preauth]',
  )

export default defineRule({
  id: 'ssh-scan',
  title: 'Probing of the SSH server',
  severity: 'low',
  techniques: ['T1046', 'T1595.002'],
  description:
    'Counts connections of one source that never come to a login: wrong protocols, key exchanges that cannot match, ' +
    'connections that say nothing. The last kind is also what port monitoring does, so it counts by a higher threshold, is ' +
    'told as information only, and not at all from internal addresses.',
  on: ['ssh.scan'],
  options: {
    probes: z
      .int()
      .min(1)
      .max(10_000)
      .default(5)
      .describe('Wrong protocols and failed negotiations of one source in 24 hours at which it is raised.'),
    silent: z
      .int()
      .min(1)
      .max(100_000)
      .default(50)
      .describe('Connections without a word of one source in 24 hours at which it is raised.'),
  },
  detect: (options, { state, addresses }) => {
    const probes = state.slidingCount('probes', {
      window: DAY,
      limit: options.probes,
      evidenceFrom: options.probes - 4,
    })
    const silences = state.slidingCount('silent', {
      window: DAY,
      limit: options.silent,
      evidenceFrom: options.silent - 4,
    })
    return {
      observe(event, raise) {
        const { source } = event
        if (source < 0) return
        const what = event.detail ?? ''
        const isSilent = SILENT.has(what)
        if (isSilent && addresses.internal(source)) return
        const count = isSilent ? silences : probes
        if (count.addEvent(source, event, event.count) < (isSilent ? options.silent : options.probes)) return
        raise.hit(source, event, { trail: count.trail(source), facts: isSilent ? { what } : { probe: what } })
      },
    }
  },
  explain: (story, options, host) => {
    const { what, probe } = story.facts
    const span = formatSpan(story.last - story.first)
    const isProbe = typeof probe === 'string'
    const expected = isProbe ? options.probes : options.silent
    const reasons = [
      {
        text:
          `${many(story.count, 'connection')} in ${span} that came to no login (${listed([String(isProbe ? probe : what)])}); ` +
          `under ${expected} in 24 h would be normal`,
        feature: 'connections_without_login',
        observed: story.count,
        expected: `< ${expected} in 24 h`,
      },
    ]
    return {
      title: `${many(story.count, 'connection')} from ${story.sources[0] ?? 'one source'} that probed SSH and went away`,
      reasons: isProbe ? reasons : [...reasons, { text: 'None of them said anything: port monitoring looks the same' }],
      ...(isProbe ? {} : { severity: 'info' as const, confidence: 0.4 }),
      recommendations: isProbe
        ? blockSources(story.sources, host)
        : [advise('If this is your own monitoring, whitelist its address.')],
    }
  },
  examples: () => ({
    fires: [
      { name: 'key exchanges that cannot match', lines: negotiate(6), accuses: ['203.0.113.7'], severity: 'low' },
      {
        name: 'HTTP spoken to the SSH port',
        lines: Array.from(
          { length: 5 },
          (_, i) =>
            `${at(i)} web-1 sshd[${4000 + i}]: Bad protocol version identification 'GET / HTTP/1.1' from 203.0.113.7 port ${40_000 + i}`,
        ),
        accuses: ['203.0.113.7'],
      },
      { name: 'sixty connections without a word', lines: silent(60), severity: 'info' },
    ],
    quiet: [
      { name: 'a few connections without a word', lines: silent(12) },
      { name: 'one old client', lines: negotiate(1) },
      { name: 'a load balancer that looks whether the port is open', lines: silent(120, '10.0.0.4') },
    ],
  }),
  falsePositives: ['Port monitoring from outside.', 'An old client whose algorithms the server no longer speaks.'],
})
