/** Every text of messages, in English. The type of this object is what the other languages must fill. */
import { grouped } from '../../../core/figure.ts'
import type { Severity } from '../../../core/finding.ts'

const many = (count: number, one: string, more = `${one}s`): string => `${grouped(count)} ${count === 1 ? one : more}`

const RULES = {
  'breach-detection': 'Login after a row of failures',
  'brute-force': 'Repeated login failures from one source',
  'slow-brute-force': 'Slow guessing over days',
  'invalid-user-spray': 'Many names that do not exist, tried from one source',
  'credential-stuffing': 'Many sources try many names, about once each',
  'cross-service': 'One source attacks several services',
  'ssh-scan': 'Probing of the SSH server',
  'root-login': 'Direct login as root',
  'password-login-on-key-host': 'Password login where keys are the custom',
  'new-source-for-user': 'A user logs in from a network never seen for them',
  'geo-velocity': 'Impossible travel',
  'quiet-hours': 'Login in the quiet hours',
  'sudo-failures': 'Repeated failures to become another user',
  'account-created': 'An account was created',
  'account-made-admin': 'An account was made an administrator',
  'log-gap': 'The log stops, or its clock jumps',
  'blacklisted-source': 'A blacklisted source is at work',
  'web-probe': 'Attack payloads and probes for secrets on the web server',
  'web-scan': 'Search for pages that are not there',
  'web-login-brute-force': 'Password guessing on a web login',
  'web-scanner-agent': 'A scanner that says its name',
  'web-flood': 'A flood of requests from one source',
  'web-wordpress': 'WordPress attacked through its interfaces',
  'open-proxy-probe': 'Attempts to use the web server as a proxy',
  'web-filter': 'A web application firewall struck at one source',
  'web-protocol-abuse': 'Something other than HTTP on the web port',
  'agent-rotation': 'One source under many user agents',
  campaigns: 'Distributed attacks',
  'source-ranking': 'Sources ranked by how unusual they are',
  'window-anomaly': 'Hours unlike any before',
  'rate-anomaly': 'Rates far above what is usual',
}

const SEVERITY: Record<Severity, string> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  info: 'Info',
}

export const EN = {
  severity: SEVERITY,
  rules: RULES,
  labels: {
    colon: ': ',
    advice: 'What to do',
    evidence: 'Evidence',
    host: 'Host',
    time: 'Time',
    severity: 'Severity',
    sources: 'Sources',
    accounts: 'Accounts',
    rule: 'Rule',
    count: 'Events',
    finding: 'Finding',
    lines: 'Log lines',
    logins: 'Logins',
    requests: 'Web requests',
    blocks: 'Blocks',
    channel: 'Channel',
  },
  /** `[web1] High: 120 failed SSH logins from 203.0.113.7` */
  title: (host: string, severity: string, text: string): string => `[${host}] ${severity}: ${text}`,
  plainTitle: (host: string, text: string): string => `[${host}] ${text}`,
  /** A title or a reason of a detector in this language; undefined where there are no words for it. */
  sentence: (_rule: string, text: string): string | undefined => text,
  /** A recommendation with its commands in this language; undefined where there are no words for it. */
  advice: (text: string): string | undefined => text,
  /** What happened, in a few words, where the detector's own title has no words in this language. */
  headline: ({
    title,
  }: {
    title: string
    rule: string | undefined
    sources: readonly string[]
    count: number
  }): string => title,
  /** The detector's own title, where it has no words in this language. */
  original: (title: string): string => title,
  /** Said before reasons and recommendations of which some are in English. */
  partlyOriginal: 'Some of what follows is as the detector says it:',
  updated: (text: string): string => `Update: ${text}`,
  severityRose: (from: string, to: string): string => `The severity rose from ${from} to ${to}.`,
  gotIn: 'Somebody got in: a login or a request of this attack succeeded.',
  grew: (from: number, to: number): string => `It grew from ${grouped(from)} to ${grouped(to)} sources.`,
  more: (count: number): string => `and ${grouped(count)} more`,
  separator: ', ',
  period: (from: string, to: string): string => `${from} to ${to}`,
  digestTitle: (count: number): string => `${many(count, 'finding')} while messages were held`,
  held: {
    quiet: 'held in the quiet hours',
    maintenance: 'held during maintenance',
    budget: 'held because the hourly number of messages was reached',
  },
  digestIntro: (count: number, reasons: readonly string[]): string =>
    `${many(count, 'finding was', 'findings were')} ${reasons.join(', ')}; most severe first:`,
  digestLine: (severity: string, text: string, time: string): string => `${severity}: ${text} (${time})`,
  reportTitle: (count: number): string =>
    count === 0 ? 'Daily report: nothing found' : `Daily report: ${many(count, 'finding')}`,
  reportCounts: (counts: readonly string[]): string => `Findings: ${counts.join(', ')}.`,
  severityCount: (severity: string, count: number): string => `${grouped(count)} ${severity.toLowerCase()}`,
  reportQuiet: 'No finding in this period.',
  logins: (failed: number, accepted: number): string => `${grouped(failed)} failed, ${grouped(accepted)} accepted`,
  blocks: (made: number, active: number): string => `${grouped(made)} new, ${grouped(active)} active`,
  number: grouped,
  channelFailsTitle: (channel: string): string => `Messages by ${channel} do not arrive`,
  channelFails: (count: number, error: string): string =>
    `${many(count, 'message')} could not be delivered and ${count === 1 ? 'was' : 'were'} given up. Last failure: ${error}`,
  troubleTitle: 'VPSGuard needs a look',
  notBlockedTitle: (prefix: string): string => `${prefix} could not be blocked`,
  noDatabase: 'the database could not be read',
  testTitle: 'Test message',
  test: 'This is a test of VPSGuard. If you can read it, the channel works.',
}

export type Catalogue = typeof EN
