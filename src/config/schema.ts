/** The shape of vpsguard.toml, put together from what every unit declares; docs, defaults and checks are read from it. */
import { z } from 'zod'
import { SEVERITIES } from '../core/finding.ts'
import { parsePrefix } from '../core/ip.ts'
import { timeZone } from '../kit/options.ts'

/** Any declared unit with options: a rule or another detector. */
export interface ConfigurableUnit {
  readonly id: string
  readonly title: string
  readonly schema: z.ZodObject
}

/** A unit's TOML key: its id with underscores. */
export const tableKey = (id: string): string => id.replaceAll('-', '_')

const prefix = z.string().refine(text => parsePrefix(text) !== undefined, {
  error: 'expected an address or a CIDR prefix such as 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32',
})

const budget = z.string().refine(text => parseBudget(text) !== undefined, {
  error: 'expected a number of false alarms per day, week, month or year, such as "1/week"',
})

const zone = z.union([z.literal('local'), timeZone], {
  error: 'expected "local", or a time zone such as UTC or Europe/Paris',
})

const list = (what: string) =>
  z
    .strictObject({
      ips: z.array(prefix).default([]).describe(`Addresses and CIDR prefixes ${what}.`),
      files: z.array(z.string()).default([]).describe('Files with one address or prefix a line; # begins a comment.'),
    })
    .prefault({})

/** What only the web parsers can tell of their keys: each answers what is wrong, or nothing. */
export interface WebChecks {
  trustedProxy: (text: string) => string | undefined
  logFormat: (text: string) => string | undefined
  jsonFields: (fields: Readonly<Record<string, string>>) => string | undefined
}

/** Keys that name files; a relative path is meant from the folder of the config that has it. */
export const FILE_KEYS: readonly (readonly [table: string, key: string])[] = [
  ['whitelist', 'files'],
  ['blacklist', 'files'],
  ['geoip', 'country'],
  ['geoip', 'city'],
  ['geoip', 'asn'],
  ['detection', 'model'],
  ['watch', 'paths'],
]

const watchTable = () =>
  z
    .strictObject({
      paths: z
        .array(z.string().min(1))
        .max(1000)
        .default([])
        .describe("Logs to follow: files and globs; without any, this host's own."),
      journal: z
        .enum(['auto', 'on', 'off'])
        .default('auto')
        .describe('Whether the systemd journal is followed; auto: where there is one and no path is given.'),
      units: z.array(z.string().min(1)).max(100).default([]).describe('Of the journal, only these units.'),
      from: z
        .enum(['start', 'end'])
        .default('start')
        .describe(
          'Where a first start begins: start learns from what is already in the logs, of which nothing is told or blocked.',
        ),
      checkpoint_seconds: z
        .int()
        .min(1)
        .max(3600)
        .default(30)
        .describe('How often everything that is known is written down; a restart reads the logs again from there.'),
    })
    .prefault({})
    .describe('What `watch` follows.')

/** Turns a check that answers what is wrong into one of the schema's. */
const checked =
  <T>(check: (value: T) => string | undefined) =>
  (context: z.core.ParsePayload<T>): void => {
    const message = check(context.value)
    if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message })
  }

/** What the units bring to the config. */
export interface ConfigParts<Response extends z.ZodType, Notify extends z.ZodRawShape> {
  rules: readonly ConfigurableUnit[]
  detectors: readonly ConfigurableUnit[]
  /** Ids of the report formats. */
  formats: readonly string[]
  web: WebChecks
  /** The table [response], as a whole optional. */
  response: Response
  /** The keys of [notify] that all channels share, and the channels with tables of their own. */
  notify: Notify
  notifiers: readonly ConfigurableUnit[]
}

/** Builds the schema of a whole config. */
export function buildSchema<Response extends z.ZodType, const Notify extends z.ZodRawShape>({
  rules,
  detectors,
  formats,
  web,
  response,
  notify,
  notifiers,
}: ConfigParts<Response, Notify>) {
  const tables = (units: readonly ConfigurableUnit[]) =>
    z
      .strictObject(
        Object.fromEntries(units.map(unit => [tableKey(unit.id), unit.schema.prefault({}).describe(unit.title)])),
      )
      .prefault({})
  return z.strictObject({
    input: z
      .strictObject({
        timezone: zone
          .default('local')
          .describe('Zone of stamps that have none: "local" (this machine\'s) or a name such as Europe/Paris.'),
        year: z
          .int()
          .min(1970)
          .max(9999)
          .optional()
          .describe('Year of the first stamp in logs without one; without it, it is inferred from the file.'),
        evidence_lines: z.int().min(1).max(100).default(10).describe('Proving lines kept for each finding.'),
      })
      .prefault({})
      .describe('How logs are read.'),
    whitelist: list('that raise no findings').describe('Sources that raise no findings; what they do is counted.'),
    blacklist: list('of which everything is a finding').describe('Sources of which everything is a finding.'),
    output: z
      .strictObject({
        format: z
          .enum(['terminal', ...formats.filter(format => format !== 'terminal')])
          .default('terminal')
          .describe('Report format where --format is not given.'),
        verbosity: z
          .int()
          .min(0)
          .max(2)
          .default(1)
          .describe('0 one line a finding, 1 reasons and proof, 2 everything.'),
        color: z.enum(['auto', 'always', 'never']).default('auto').describe('Colour on a terminal.'),
        min_severity: z
          .enum(SEVERITIES)
          .default('info')
          .describe('Findings below this severity are counted, not listed.'),
      })
      .prefault({})
      .describe('How reports look.'),
    web: z
      .strictObject({
        trusted_proxies: z
          .array(z.string().check(checked(web.trustedProxy)))
          .default([])
          .describe(
            'Proxies whose X-Forwarded-For is believed: prefixes, or the name of a CDN (cloudflare, fastly ...).',
          ),
        log_format: z
          .string()
          .check(checked(web.logFormat))
          .optional()
          .describe("A custom access log, written like nginx's log_format or Apache's LogFormat."),
        json_fields: z
          .record(z.string(), z.string())
          .check(checked(web.jsonFields))
          .optional()
          .describe(
            'Keys of a JSON access log of your own, such as { peer = "remote.ip", target = "req.url" }; fields: time, peer (who connects), forwarded, client, user, method, target, query, request, protocol, status, size, referrer, agent, vhost. Those not named keep their usual keys.',
          ),
      })
      .prefault({})
      .describe('Web access logs.'),
    geoip: z
      .strictObject({
        country: z.string().optional().describe('MMDB file with countries; without it the built-in one is used.'),
        city: z.string().optional().describe('MMDB file with cities and coordinates, for distances.'),
        asn: z.string().optional().describe('MMDB file with autonomous systems.'),
      })
      .prefault({})
      .describe('Offline databases of places and networks.'),
    detection: z
      .strictObject({
        enabled: z.boolean().default(true).describe('Campaigns and anomalies, beyond the rules.'),
        budget: budget.default('1/week').describe('False alarms that all detectors together may raise.'),
        model: z
          .string()
          .optional()
          .describe(
            'Model file of `vpsguard train`; without it, the one in the state folder, else the log itself teaches.',
          ),
        seed: z
          .int()
          .min(0)
          .default(1)
          .describe('Seed of everything random: the same log and seed give the same report.'),
      })
      .prefault({})
      .describe('Statistics and machine learning.'),
    watch: watchTable(),
    response: response.describe('What `watch` does about findings.'),
    notify: z
      .strictObject({
        ...notify,
        ...Object.fromEntries(
          notifiers.map(unit => [tableKey(unit.id), unit.schema.prefault({}).describe(unit.title)]),
        ),
      })
      .prefault({})
      .describe('Who is told, how, and when.'),
    storage: z
      .strictObject({
        retention_days: z
          .int()
          .min(1)
          .max(3650)
          .default(90)
          .describe('How long findings and what belongs to them are kept.'),
        max_megabytes: z
          .int()
          .min(16)
          .max(65_536)
          .default(256)
          .describe('Size of the database; the oldest goes first.'),
      })
      .prefault({})
      .describe('The database in the state folder.'),
    metrics: z
      .strictObject({
        enabled: z.boolean().default(false).describe('Whether `watch` serves /metrics for Prometheus.'),
        listen: z.string().default('127.0.0.1:9477').describe("Address and port, one of this machine's own."),
      })
      .prefault({})
      .describe('Figures for Prometheus.'),
    rules: tables(rules).describe('Rules; `vpsguard rules list` shows them.'),
    detectors: tables(detectors).describe('Campaign and anomaly detectors.'),
  })
}

const WEEKS: Readonly<Record<string, number>> = { day: 7, week: 1, month: 7 / 30.44, year: 7 / 365.25 }

/** Reads `2/month` as false alarms a week; undefined where it is no budget. */
export function parseBudget(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*\/\s*(day|week|month|year)$/.exec(text.trim())
  if (match === null) return undefined
  const perWeek = Number(match[1]) * WEEKS[match[2]]
  return perWeek > 0 ? perWeek : undefined
}
