import { z } from 'zod'
import { grouped } from '../core/figure.ts'
import { DAY, formatSpan, formatTime, HOUR } from '../core/time.ts'
import { defineRule } from '../kit/define-rule.ts'
import { command } from '../kit/recommend.ts'

/** [first stop, stops, longest, second longest] of an input */
type Rhythm = readonly [number, number, number, number]

/** A log that has not stopped once in this many lines is a busy one. */
const BUSY_LINES = 2000
/** Days of stops after which a log's rhythm is known. */
const LEARN_DAYS = 3

function lines(from: number, count: number, step: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const minute = from + i * step
    const day = 1 + Math.floor(minute / 1440)
    return (
      `2026-03-${String(day).padStart(2, '0')}T${String(Math.floor(minute / 60) % 24).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:01+00:00 ` +
      `web-1 CRON[${4000 + i}]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)`
    )
  })
}
const LOGIN =
  '2026-03-01T00:00:00+00:00 web-1 sshd[900]: Accepted publickey for alice from 192.0.2.9 port 4000 ssh2: ED25519 SHA256:abc'
/** Four days with a line every quarter of an hour, then a stop of the given hours, then more. */
const silent = (hours: number): string[] => [...lines(0, 4 * 96, 15), ...lines(4 * 1440 + hours * 60, 4, 15)]
/** The same in a log that tells who came. */
const stopped = (hours: number): string[] => [LOGIN, ...silent(hours)]

export default defineRule({
  id: 'log-gap',
  title: 'The log stops, or its clock jumps',
  severity: 'low',
  confidence: 0.4,
  techniques: ['T1070.002', 'T1562.001'],
  cleansTraining: false,
  description:
    'Learns how long a log is silent at times, and tells a silence several times longer than any before: lines may have been ' +
    'removed, or the host or its logging stood still. Also tells a clock that is set back, as an edited or joined log looks. ' +
    'Quiet hosts, whose logs are silent for long as a rule, are judged by their own longest silence; a log that has told ' +
    'nothing of security so far may be silent.',
  on: ['log.gap', 'log.backstep'],
  options: {
    min_hours: z.number().positive().max(8760).default(3).describe('Silence in hours below which nothing is said.'),
    factor: z
      .number()
      .min(1)
      .max(1000)
      .default(4)
      .describe('How many times longer than the longest silence before it must be.'),
    backstep_hours: z
      .number()
      .positive()
      .max(8760)
      .default(2)
      .describe('A clock set back by this many hours is told (daylight saving is one hour).'),
  },
  detect: ({ min_hours, factor, backstep_hours }, { state }) => {
    const rhythms = state.memory<Rhythm>('rhythm', { keep: 400 * DAY, cap: 10_000, keys: 'inputs' })
    return {
      observe(event, raise) {
        const { time, size, input } = event
        if (event.kind === 'log.backstep') {
          if (size >= backstep_hours * HOUR) {
            raise.hit(`back ${formatTime(time)}`, event, { accuse: false, facts: { back: true, size } })
          }
          return
        }
        const known = rhythms.get(input, time)
        // A silence that has been told counts as the second longest only, or one long one would excuse the next.
        const longest = known === undefined ? 0 : known[2]
        const isLearnt = known === undefined ? event.ref.line >= BUSY_LINES : time - size - known[0] >= LEARN_DAYS * DAY
        const isLong = size >= min_hours * HOUR && size >= factor * longest
        if (isLearnt && isLong) {
          raise.hit(`gap ${formatTime(time - size)}`, event, {
            accuse: false,
            facts: { size, longest, from: formatTime(time - size), to: formatTime(time) },
          })
          rhythms.set(
            input,
            known === undefined
              ? [time - size, 1, longest, size]
              : [known[0], known[1] + 1, Math.max(longest, known[3]), size],
            time,
          )
        } else {
          const second = known?.[3] ?? 0
          rhythms.set(input, [known?.[0] ?? time - size, (known?.[1] ?? 0) + 1, Math.max(longest, size), second], time)
        }
      },
    }
  },
  explain: (story, { backstep_hours }) => {
    const { back, size, longest, from, to } = story.facts
    if (back === true) {
      return {
        title: `The log's clock goes back by ${formatSpan(Number(size))}`,
        reasons: [
          {
            text:
              `A stamp ${formatSpan(Number(size))} earlier than the line before; under ${backstep_hours} h would be normal. An edited log looks like this, and so does one joined ` +
              'from parts in the wrong order, or a clock put right',
            feature: 'backstep_hours',
            observed: Math.round(Number(size) / HOUR),
            expected: `< ${backstep_hours}`,
          },
        ],
        recommendations: [
          command(
            'See whether the clock was set, and what the journal has of that time.',
            'journalctl -u systemd-timesyncd -u chrony -u ntpd | tail -20',
          ),
        ],
      }
    }
    const usual =
      Number(longest) === 0
        ? 'it had never been silent for ten minutes'
        : `the longest silence before was ${formatSpan(Number(longest))}`
    return {
      title: `The log is silent for ${formatSpan(Number(size))}`,
      reasons: [
        {
          text: `No line from ${String(from)} to ${String(to)}: ${formatSpan(Number(size))}; ${usual}. Lines may have been removed; a host that was off looks the same`,
          feature: 'silence_minutes',
          observed: Math.round(Number(size) / 60_000),
          expected: Number(longest) === 0 ? '< 10' : `<= ${grouped(Number(longest) / 60_000)}`,
        },
      ],
      recommendations: [
        command(
          'See whether the host was off at that time.',
          'last -x -F reboot shutdown | head',
          'journalctl --list-boots',
        ),
      ],
    }
  },
  examples: () => ({
    fires: [
      { name: 'a steady log that is silent for nine hours', lines: stopped(9), severity: 'low' },
      {
        name: 'a clock set back by five hours',
        lines: [
          'Mar  4 15:00:00 web-1 sshd[4004]: Failed password for root from 203.0.113.7 port 41000 ssh2',
          'Mar  4 10:00:00 web-1 sshd[4005]: Failed password for root from 203.0.113.7 port 41001 ssh2',
        ],
      },
    ],
    quiet: [
      { name: 'two hours', lines: stopped(2) },
      { name: 'a log that tells nothing of security, such as dpkg.log', lines: silent(9) },
      { name: 'a host with a line every six hours', lines: lines(0, 40, 360) },
      {
        name: 'a host that is off every night',
        lines: Array.from({ length: 6 }, (_, day) => lines(day * 1440 + 480, 64, 15)).flat(),
      },
      { name: 'the first day of a log', lines: [...lines(0, 24, 15), ...lines(1200, 4, 15)] },
    ],
  }),
  falsePositives: ['A host that was off, logging that was reconfigured, a log put together from parts.'],
})
