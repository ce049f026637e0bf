/** The keys of [notify] that all channels share. */
import { z } from 'zod'
import { SEVERITY_OPTION } from '../../kit/define-rule.ts'
import { timeZone } from '../../kit/options.ts'

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'expected a time of day such as 22:30' })
const zone = z.union([z.literal('local'), timeZone], {
  error: 'expected "local", or a time zone such as UTC or Europe/Paris',
})

/** Spread into [notify] beside the channels' tables; `NotifyPolicy` is what it parses to. */
export const NOTIFY_OPTIONS = {
  language: z.enum(['en', 'zh_cn']).default('en').describe('Language of messages.'),
  host_name: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe("How this host is called in messages; else the host's own name."),
  timezone: zone.default('local').describe('Zone of the times in messages.'),
  dedup_window_minutes: z
    .int()
    .min(0)
    .max(7 * 24 * 60)
    .default(60)
    .describe('A finding of the same rule about the same sources and accounts is not told again within this time.'),
  group_wait_seconds: z
    .int()
    .min(0)
    .max(3600)
    .default(20)
    .describe('How long the first message about something waits so that it can say more; critical ones do not wait.'),
  update_interval_minutes: z
    .int()
    .min(1)
    .max(7 * 24 * 60)
    .default(60)
    .describe('Least time between two messages about the growth of one attack.'),
  edit_interval_minutes: z
    .int()
    .min(1)
    .max(7 * 24 * 60)
    .default(10)
    .describe('Least time between two edits of a message, where the service can edit what was sent.'),
  max_per_hour: z
    .int()
    .min(1)
    .max(1000)
    .default(30)
    .describe('Messages an hour and channel; what is over it comes as one summary.'),
  bypass_severity: SEVERITY_OPTION.default('high').describe(
    'Findings from this severity on are told even over the hourly number.',
  ),
  quiet_hours: z
    .strictObject({
      start: clock.optional().describe('When messages begin to be held, such as 22:30; absent: never.'),
      end: clock.optional().describe('When they come as one summary, such as 07:00.'),
      timezone: zone.default('local').describe('Zone of start and end.'),
      bypass_severity: SEVERITY_OPTION.default('high').describe('Findings from this severity on are told at once.'),
    })
    .refine(
      ({ start, end }) => (start === undefined) === (end === undefined) && (start === undefined || start !== end),
      {
        error: 'expected both start and end, and not the same time',
      },
    )
    .prefault({})
    .describe('Hours in which messages are held.'),
  daily_report: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Whether a report is sent every day.'),
      hour: z.int().min(0).max(23).default(8).describe('Hour at which it is sent.'),
      timezone: zone.default('local').describe('Zone of the hour.'),
    })
    .prefault({})
    .describe('A report of the last day.'),
  retry: z
    .strictObject({
      first_seconds: z
        .int()
        .min(1)
        .max(3600)
        .default(30)
        .describe('Wait after the first failure; it doubles each time.'),
      longest_minutes: z.int().min(1).max(1440).default(60).describe('Longest wait between two attempts.'),
      give_up_days: z
        .number()
        .min(0.01)
        .max(30)
        .default(3)
        .describe('A message that could not be delivered for so long is given up.'),
      timeout_seconds: z.int().min(1).max(120).default(15).describe('How long one attempt may take.'),
    })
    .prefault({})
    .describe('Attempts to deliver a message.'),
}

const POLICY = z.object(NOTIFY_OPTIONS)

export type NotifyPolicy = z.infer<typeof POLICY>

/** Reads the shared keys of [notify]; other keys (the channels' tables) are left aside. @throws z.ZodError */
export function parsePolicy(table: Record<string, unknown>): NotifyPolicy {
  return POLICY.parse(table)
}
