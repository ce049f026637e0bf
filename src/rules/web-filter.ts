import { z } from 'zod'
import { minutes, SECOND } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import { defineRule } from '../kit/define-rule.ts'
import { advise, blockSources } from '../kit/recommend.ts'
import { cut, listed, many, within } from './support/words.ts'

/** Rules of the OWASP set that sum up or end a request: no kind of attack, and often all that a filter logs of it. */
const SUMMARY = /^(?:949|959|980)\d{3}\b/
const RULE_ID = /^(?<family>\d{3})\d{3} (?<message>.*)$/s
const MOST_KINDS = 8

/** What the filter saw: attacks of one family of the OWASP set are one kind, whatever their wording. */
function kindOf({ detail = '' }: EventView): readonly [family: string, message: string] {
  const { family, message } = RULE_ID.exec(detail)?.groups ?? {}
  return family === undefined || message === undefined ? [detail.slice(0, 60), detail] : [family, message]
}

const struck = (second: number, rule: string, message: string, source = '203.0.113.7'): string =>
  `[Wed Mar 04 10:00:${String(second).padStart(2, '0')}.000125 2026] [security2:error] [pid 12:tid 13] [client ${source}:50400] ` +
  `[client ${source}] ModSecurity: Access denied with code 403 (phase 2). detected [file "/etc/crs/rules.conf"] [line "65"] [id "${rule}"] ` +
  `[msg "${message}"] [severity "CRITICAL"] [hostname "www.example"] [uri "/item"] [unique_id "a${second}"]`

export default defineRule({
  id: 'web-filter',
  title: 'A web application firewall struck at one source',
  severity: 'low',
  confidence: 0.7,
  techniques: ['T1190'],
  description:
    'Counts the requests of one source that a filter in front of the site (ModSecurity, Coraza) stopped or noted. Filters ' +
    'stop people too, who post HTML or a file, mostly for one reason: several kinds of attack from one source are no ' +
    'accident, and raise the severity.',
  on: ['web.filter'],
  options: {
    threshold: z
      .int()
      .min(1)
      .max(10_000)
      .default(5)
      .describe('Strikes at one source in the window at which it is raised.'),
    kinds: z
      .int()
      .min(2)
      .max(MOST_KINDS)
      .default(3)
      .describe('Different kinds of attack among them from which on it is medium.'),
    window_minutes: z
      .number()
      .positive()
      .max(10_080)
      .default(60)
      .describe('Length of the sliding window in minutes, in event time.'),
  },
  detect: ({ threshold, kinds, window_minutes }, { state }) => {
    const window = minutes(window_minutes)
    const strikes = state.slidingCount('strikes', { window, limit: threshold, evidenceFrom: threshold - 4 })
    /** The latest request that was struck at: the filter writes a line for each of its rules. */
    const latest = state.memory<string>('latest', { keep: window })
    const families = state.distinctCount('kinds', { window, limit: MOST_KINDS, evidence: 0 })
    return {
      observe(event, raise) {
        const { source, time } = event
        if (source < 0) return
        if (!SUMMARY.test(event.detail ?? '')) {
          const [family, message] = kindOf(event)
          families.add(source, `${family} ${message.slice(0, 80)}`, time)
        }
        const request = `${Math.floor(time / SECOND)} ${event.path ?? ''}`
        if (latest.get(source, time) === request) return
        latest.set(source, request, time)
        if (strikes.addEvent(source, event) < threshold) return
        const seen = families.values(source, time).map(String)
        const different = new Set(seen.map(text => text.slice(0, text.indexOf(' ')))).size
        raise.hit(source, event, {
          trail: strikes.trail(source),
          facts: { kinds: seen.map(text => text.slice(text.indexOf(' ') + 1)), several: different >= kinds },
        })
      },
    }
  },
  explain: (story, { threshold, window_minutes }, host) => {
    const { kinds, several } = story.facts
    const names = Array.isArray(kinds) ? kinds.map(kind => cut(String(kind))) : []
    return {
      title: `${many(story.count, 'strike')} of the web filter at ${story.sources[0] ?? 'one source'}`,
      ...(several === true ? { severity: 'medium' as const, confidence: 0.9 } : {}),
      reasons: [
        {
          text: `${many(story.count, 'strike')}${within(story)}${names.length === 0 ? '' : `: ${listed(names, 4)}`}; under ${threshold} in ${window_minutes} min would be normal`,
          feature: 'strikes',
          observed: story.count,
          expected: `< ${threshold} in ${window_minutes} min`,
        },
        ...(several === true
          ? [{ text: 'Different kinds of attack: no page and no editor trips a filter in so many ways' }]
          : []),
      ],
      recommendations: [
        ...(several === true
          ? []
          : [advise('If these are your own users, exempt that page from that rule of the filter.')]),
        ...blockSources(story.sources, host),
      ],
    }
  },
  examples: () => ({
    fires: [
      {
        name: 'one attack, again and again',
        lines: Array.from({ length: 6 }, (_, i) =>
          struck(i, '942100', 'SQL Injection Attack Detected via libinjection'),
        ),
        accuses: ['203.0.113.7'],
        severity: 'low',
      },
      {
        name: 'a filter that logs only that the score was too high',
        lines: Array.from({ length: 6 }, (_, i) =>
          struck(i * 9, '949110', 'Inbound Anomaly Score Exceeded (Total Score: 15)'),
        ),
        severity: 'low',
      },
      {
        name: 'a scanner that goes through its attacks',
        lines: [
          struck(1, '942100', 'SQL Injection Attack Detected via libinjection'),
          struck(2, '941100', 'XSS Attack Detected via libinjection'),
          struck(3, '930120', 'OS File Access Attempt'),
          struck(4, '932160', 'Remote Command Execution: Unix Shell Code Found'),
          struck(5, '933150', 'PHP Injection Attack: High-Risk PHP Function Name Found'),
        ],
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
    ],
    quiet: [
      {
        name: 'somebody whose text was refused, and what sums it up',
        lines: Array.from({ length: 4 }, (_, i) => [
          struck(i * 9, '941160', 'NoScript XSS InjectionChecker: HTML Injection'),
          struck(i * 9, '949110', 'Inbound Anomaly Score Exceeded (Total Score: 5)'),
        ]).flat(),
      },
      {
        name: 'many people, one strike each',
        lines: Array.from({ length: 20 }, (_, i) =>
          struck(i, '920350', 'Host header is a numeric IP address', `198.51.100.${i}`),
        ),
      },
    ],
  }),
  falsePositives: [
    'An editor who posts HTML, or an application that the filter was never told of: one kind, again and again.',
  ],
})
