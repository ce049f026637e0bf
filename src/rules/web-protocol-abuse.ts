import { z } from 'zod'
import { DAY } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import { defineRule } from '../kit/define-rule.ts'
import { blockSources } from '../kit/recommend.ts'
import { accessLine } from './support/web.ts'
import { listed, many, within } from './support/words.ts'

/** First bytes of other protocols, as logs write them, and what they are. */
const PROTOCOLS: readonly (readonly [name: string, shape: RegExp])[] = [
  ['TLS on a plain port', /^\\x16\\x03/i],
  ['Remote Desktop', /^\\x03\\x00|mstshash/i],
  ['SMB', /\\xff?smb|\\xfesmb|smbr/i],
  ['SSH', /^ssh-\d/i],
  ['Java RMI', /^jrmi/i],
  ['WebLogic T3', /^t3 \d/i],
  ['a port survey', /^mglndd/i],
  ['Redis', /^\*\d\\[rx]|^(?:info|config get|eval )/i],
  ['SOCKS', /^\\x0[45]\\x0[12]/i],
  ['DNS, LDAP or another binary protocol', /^\\x(?:00|0c|30|12|01|02|06|80)/i],
  ['Java debugging', /^jdwp-handshake/i],
  ['a device protocol', /^(?:abcdefgh|hello|help|quit|gioP|\$\$|cnxn|rfb 00)/i],
]

const METHODS: ReadonlySet<string> = new Set(
  (
    'GET HEAD POST PUT DELETE OPTIONS PATCH CONNECT PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT SEARCH MKACTIVITY CHECKOUT MERGE ' +
    'PURGE BAN NOTIFY SUBSCRIBE UNSUBSCRIBE M-SEARCH BIND ACL LINK UNLINK VERSION-CONTROL MKCALENDAR PRI SOURCE RPC_IN_DATA RPC_OUT_DATA'
  ).split(' '),
)

/** Browsers do these now and then; nobody else means harm by one. */
const MILD: ReadonlySet<string> = new Set(['TLS on a plain port', 'no HTTP request'])

const CONTROL = /[\0-\x1f\x7f-\x9f]/g

/** What is wrong with a request; undefined where nothing is. */
function fault(event: EventView): string | undefined {
  const { method, path, detail } = event
  if (method === undefined) {
    if (path === undefined || path.startsWith('/')) return undefined
    // JSON logs carry the bytes themselves, the others their escapes.
    const text = path.slice(0, 200).replace(CONTROL, byte => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
    for (const [name, shape] of PROTOCOLS) if (shape.test(text)) return name
    return 'no HTTP request'
  }
  if (!METHODS.has(method)) return /^(?:TRACE|TRACK|DEBUG)$/.test(method) ? `method ${method}` : 'an unknown method'
  if (detail !== undefined && /^[A-Z]+\//.test(detail))
    return detail.startsWith('HTTP/') ? 'an HTTP version that there is not' : `${detail.slice(0, 12)} on the web port`
  return undefined
}

export default defineRule({
  id: 'web-protocol-abuse',
  title: 'Something other than HTTP on the web port',
  severity: 'low',
  techniques: ['T1046', 'T1595.001'],
  description:
    'Handshakes of other protocols (Remote Desktop, SMB, SSH, T3), methods and versions that there are not. TLS on a plain ' +
    'port, which browsers try too, counts when it comes again and again; an empty request never does.',
  on: ['web.request'],
  options: {
    mild: z
      .int()
      .min(1)
      .max(10_000)
      .default(5)
      .describe('Requests that may be a mistake, of one source in a day, at which it is raised.'),
    clear: z
      .int()
      .min(1)
      .max(10_000)
      .default(1)
      .describe('Handshakes of other protocols, of one source in a day, at which it is raised.'),
  },
  detect: (options, { state, addresses }) => {
    const mild = state.slidingCount('mild', { window: DAY, limit: options.mild })
    const clear = state.slidingCount('clear', { window: DAY, limit: options.clear })
    const kinds = state.distinctCount('kinds', { window: DAY, limit: 8, evidence: 0 })
    return {
      observe(event, raise) {
        const { source } = event
        if (source < 0) return
        const what = fault(event)
        if (what === undefined || addresses.internal(source)) return
        kinds.add(source, what, event.time)
        const isMild = MILD.has(what)
        const count = isMild ? mild : clear
        if (count.addEvent(source, event) < (isMild ? options.mild : options.clear)) return
        raise.hit(source, event, {
          trail: count.trail(source),
          facts: { kinds: kinds.values(source, event.time).map(String) },
        })
      },
    }
  },
  explain: (story, options, host) => {
    const { kinds } = story.facts
    const names = Array.isArray(kinds) ? kinds.map(String) : []
    return {
      title: `${listed(names, 2)} from ${story.sources[0] ?? 'one source'} on the web port`,
      reasons: [
        {
          text: `${many(story.count, 'request')}${within(story)} that no browser sends: ${listed(names, 8)}`,
          feature: 'protocol_faults',
          observed: story.count,
          expected: `< ${options.clear} (< ${options.mild} of those that may be a mistake)`,
        },
      ],
      recommendations: blockSources(story.sources, host),
    }
  },
  examples: () => ({
    fires: [
      {
        name: 'Remote Desktop',
        lines: [accessLine('\\x03\\x00\\x00/*\\xE0\\x00\\x00\\x00\\x00\\x00Cookie: mstshash=hello', { status: 400 })],
        accuses: ['203.0.113.7'],
        severity: 'low',
      },
      { name: 'an SSH client', lines: [accessLine('\\x00\\x00\\x00TSMBr', { status: 400 })] },
      {
        name: 'TLS again and again',
        lines: Array.from({ length: 6 }, (_, i) =>
          accessLine('\\x16\\x03\\x01\\x02\\x00\\x01', { second: i * 9, status: 400 }),
        ),
      },
      { name: 'a method that there is not', lines: [accessLine('ABCD / HTTP/1.1', { status: 405 })] },
    ],
    quiet: [
      { name: 'one browser that tried TLS', lines: [accessLine('\\x16\\x03\\x01\\x02\\x00\\x01', { status: 400 })] },
      {
        name: 'connections without a request',
        lines: Array.from({ length: 9 }, (_, i) => accessLine('-', { second: i, status: 408 })),
      },
      {
        name: 'a calendar client',
        lines: [
          accessLine('PROPFIND /dav/ HTTP/1.1', { status: 207 }),
          accessLine('REPORT /dav/ HTTP/1.1', { status: 207 }),
        ],
      },
    ],
  }),
  falsePositives: ['A health check that only opens the port and sends a few bytes.'],
})
