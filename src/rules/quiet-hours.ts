import { z } from 'zod'
import { DAY, HOUR, MINUTE } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import { defineRule } from '../kit/define-rule.ts'
import { createZone, timeZone } from '../kit/options.ts'
import { advise } from '../kit/recommend.ts'
import { isGuessable } from './support/logins.ts'
import { PairTexts } from './support/pair-texts.ts'
import { cut, many } from './support/words.ts'

/** A user of whose logins this share falls into the quiet hours, and this many in all, works at night. */
const NIGHT_SHARE = 0.25
const NIGHT_LOGINS = 8

/** Logins by key at this many different hours of the day, and this many of them, are a machine's. */
const MACHINE_HOURS = 8
const MACHINE_LOGINS = 16
/** So are logins by key at the same time of day, within this many minutes, on this many days. */
const STEADY_MINUTES = 20
const STEADY_DAYS = 3

/** From so many networks an account is one that many people use, or that roams: further ones are one finding. */
const OWN_NETWORKS = 3
const MOST_NETWORKS = 1000

const login = (stamp: string, user = 'ana', how = 'password', source = '203.0.113.7'): string =>
  `Mar ${stamp} web-1 sshd[4321]: Accepted ${how} for ${user} from ${source} port 41000 ssh2`

/** Whether `hour` is in [start, end), which may wrap midnight; equal ends are no hours at all. */
export function isWithin(hour: number, start: number, end: number): boolean {
  return start <= end ? hour >= start && hour < end : hour >= start || hour < end
}

/** `02:30` */
function clock(local: number): string {
  const minute = Math.floor(local / MINUTE) % 1440
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

function ones(mask: number): number {
  let count = 0
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++
  return count
}

/** How a user logs in from a network. */
interface Habit {
  /** Hours of the day seen, as bits. */
  readonly hours: number
  readonly logins: number
  readonly byKey: number
  readonly inQuiet: number
  /** Minute of the day of the first login, and the days with logins as long as all were around it (0: they were not). */
  readonly minute: number
  readonly steadyDays: number
  readonly lastDay: number
  /** 1 where its logins are told with those of the user's other networks. */
  readonly folded?: number
  readonly [key: string]: number
}

/** The habit with one more login, at the local time. */
function extend(known: Habit | undefined, local: number, byKey: boolean, quiet: boolean): Habit {
  const minute = Math.floor(local / MINUTE) % 1440
  const day = Math.floor(local / DAY)
  const first = known?.minute ?? minute
  const apart = Math.abs(minute - first)
  const around = Math.min(apart, 1440 - apart) <= STEADY_MINUTES
  const days = known === undefined ? 1 : known.steadyDays === 0 ? 0 : known.steadyDays + (day > known.lastDay ? 1 : 0)
  return {
    hours: (known?.hours ?? 0) | (1 << Math.floor(minute / 60)),
    logins: (known?.logins ?? 0) + 1,
    byKey: (known?.byKey ?? 0) + (byKey ? 1 : 0),
    inQuiet: (known?.inQuiet ?? 0) + (quiet ? 1 : 0),
    minute: first,
    steadyDays: around ? days : 0,
    lastDay: Math.max(day, known?.lastDay ?? day),
  }
}

function isMachine({ hours, logins, byKey, steadyDays }: Habit): boolean {
  return byKey === logins && (steadyDays >= STEADY_DAYS || (logins >= MACHINE_LOGINS && ones(hours) >= MACHINE_HOURS))
}

export default defineRule({
  id: 'quiet-hours',
  title: 'Login in the quiet hours',
  severity: 'low',
  confidence: 0.5,
  techniques: ['T1078'],
  cleansTraining: false,
  description:
    'Tells logins at hours when nobody should be working, one finding a user and network, and one for all networks of a user from the fourth on. The start may be later than the ' +
    'end: 23 to 6 wraps midnight. Logins by key that come around the clock, or at the same time every day, are taken for a job and left out once that is clear.',
  on: ['ssh.auth.accepted', 'login.accepted', 'panel.auth.accepted'],
  options: {
    start: z.int().min(0).max(23).default(23).describe('First quiet hour, 0 to 23.'),
    end: z
      .int()
      .min(0)
      .max(23)
      .default(6)
      .describe('Hour at which the quiet ends, 0 to 23; the same as start: no quiet hours.'),
    timezone: timeZone.default('UTC').describe('Time zone in which the hours are meant.'),
  },
  detect: ({ start, end, timezone }, { state, addresses }) => {
    const offsetAt = createZone(timezone)
    /** By user and network. */
    const seen = state.memory<Habit>('hours', { keep: 90 * DAY })
    const keys = new PairTexts<number>((source, user) => `${user} ${addresses.formatNetwork(source)}`)
    const keyOf = ({ source, user = '', host = '' }: EventView): string =>
      source < 0 ? `${user} ${host}` : keys.of(source, user)
    const networks = state.distinctCount('networks', { window: 90 * DAY, limit: MOST_NETWORKS, evidence: 0 })
    /** Of those that are told at once: all, and the ones that turned out to be jobs. */
    const told = state.distinctCount('told', { window: 90 * DAY, limit: MOST_NETWORKS, evidence: 0 })
    const jobs = state.distinctCount('jobs', { window: 90 * DAY, limit: MOST_NETWORKS, evidence: 0 })
    /** Whether the user's quiet hours are told for all networks at once, this one among them; and of how many. */
    const folds = (event: EventView, key: string, known: Habit | undefined): number => {
      if (event.source < 0) return 0
      const count = networks.add(event.user ?? '', key, event.time)
      if (known === undefined || known.inQuiet === 0) return count > OWN_NETWORKS ? count : 0
      return known.folded === 1 ? count : 0
    }
    return {
      observe(event, raise) {
        const { time, user = '' } = event
        const local = time + offsetAt(time)
        const hour = Math.floor(local / HOUR) % 24
        const quiet = isWithin(hour, start, end)
        const key = keyOf(event)
        const known = seen.get(key, time)
        const extended = extend(known, local, event.method !== undefined && !isGuessable(event.method), quiet)
        const fold = quiet && !isMachine(extended) ? folds(event, key, known) : (known?.folded ?? 0)
        const next: Habit = fold > 0 ? { ...extended, folded: 1 } : extended
        seen.set(key, next, time)
        if (isMachine(next)) {
          // What was told before it was clear is put right, once.
          if (known === undefined || isMachine(known) || known.inQuiet === 0) return
          if (fold === 0) raise.hit(key, event, { weight: 0, facts: { machine: true } })
          else {
            const facts = { user, networks: networks.count(user, time), told: told.count(user, time) }
            raise.hit(user, event, {
              weight: 0,
              facts: { ...facts, at: clock(local), jobs: jobs.add(user, key, time) },
            })
          }
          return
        }
        if (!quiet) return
        raise.hit(fold > 0 ? user : key, event, {
          facts: {
            at: clock(local),
            user,
            ...(fold > 0 ? { networks: fold, told: told.add(user, key, time), jobs: jobs.count(user, time) } : {}),
            logins: next.logins,
            inQuiet: next.inQuiet,
            key: next.byKey === next.logins,
          },
        })
      },
    }
  },
  explain: (story, { start, end, timezone }) => {
    const { at, user, logins, inQuiet, key, machine, networks } = story.facts
    const hours = `${String(start).padStart(2, '0')}:00 to ${String(end).padStart(2, '0')}:00 ${timezone}`
    const from = story.sources[0] === undefined ? 'the console' : story.sources[0]
    const reasons = [
      {
        text: `${many(story.count, 'login')} from ${hours} (the latest at ${String(at)}); none is expected then`,
        feature: 'hour',
        observed: String(at),
        expected: `outside ${hours}`,
      },
    ]
    const notes: { text: string }[] = []
    if (networks !== undefined) {
      return {
        title: `${cut(String(user))} logged in from ${many(story.sources.length, 'further address', 'further addresses')} in the quiet hours`,
        reasons: [
          ...reasons,
          {
            text: `${cut(String(user))} logged in at these hours from ${many(Number(networks), 'network')}; the first ${OWN_NETWORKS} have findings of their own. Many people behind one account look like this`,
            feature: 'networks',
            observed: Number(networks),
            expected: `<= ${OWN_NETWORKS}`,
          },
          ...(Number(story.facts.jobs) > 0
            ? [
                {
                  text: `Later logins by key show that ${story.facts.jobs} of the further ones ${story.facts.jobs === 1 ? 'is a job' : 'are jobs'}`,
                },
              ]
            : []),
        ],
        ...(Number(story.facts.jobs) >= Number(story.facts.told) ? { severity: 'info' as const } : {}),
        recommendations: [advise(`Ask whoever uses ${cut(String(user))} whether that was them.`)],
      }
    }
    const nightly = Number(logins) >= NIGHT_LOGINS && Number(inQuiet) >= Number(logins) * NIGHT_SHARE
    if (Number(logins) > Number(inQuiet)) {
      notes.push({
        text: `From the same network the user logged in ${many(Number(logins) - Number(inQuiet), 'time')} outside these hours by then`,
      })
    }
    if (nightly) notes.push({ text: 'These hours are usual for this user' })
    if (machine === true)
      notes.push({
        text: 'Later logins, by key and around the clock or at one time of day, show that it is a job; those are left out',
      })
    else if (key === true)
      notes.push({ text: 'All by key, as a job would: if it is one, whitelist its address or set other hours' })
    return {
      title: `${cut(String(user))} logged in from ${from} in the quiet hours`,
      reasons: [...reasons, ...notes],
      ...(key === true ? { confidence: 0.3 } : {}),
      ...(machine === true || nightly ? { severity: 'info' as const } : {}),
      recommendations: [advise(`Ask ${cut(String(user))} whether that was them.`)],
    }
  },
  examples: () => ({
    fires: [
      { name: 'half past two at night', lines: [login(' 4 02:30:00')], accuses: ['203.0.113.7'], severity: 'low' },
      { name: 'as configured', lines: [login(' 4 02:30:00')], options: { severity: 'medium' }, severity: 'medium' },
      { name: 'the first minute', lines: [login(' 4 23:00:00')] },
      { name: 'in another zone', lines: [login(' 4 16:30:00')], options: { timezone: 'Asia/Tokyo' } },
      {
        name: 'a job that runs every hour, put right once that is clear',
        lines: Array.from({ length: 20 }, (_, i) =>
          login(` ${4 + Math.floor(i / 24)} ${String(i).padStart(2, '0')}:15:00`, 'sync', 'publickey'),
        ),
        severity: 'info',
      },
      {
        name: 'a backup every night, put right once that is clear',
        lines: [4, 5, 6, 7].map(day => login(` ${day} 02:4${day}:00`, 'backup', 'publickey')),
        severity: 'info',
      },
      {
        name: 'an account of many people is one finding more',
        lines: Array.from({ length: 40 }, (_, i) =>
          login(` 4 02:${String(i + 10)}:00`, 'git', 'publickey', `10.${i}.0.7`),
        ),
      },
      {
        name: 'backups of six networks every night, put right once that is clear',
        lines: [4, 5, 6, 7].flatMap(day =>
          Array.from({ length: 6 }, (_, i) => login(` ${day} 02:4${i}:00`, 'backup', 'publickey', `10.${i}.0.7`)),
        ),
        severity: 'info',
      },
      { name: 'hours that do not wrap', lines: [login(' 4 13:30:00')], options: { start: 12, end: 14 } },
    ],
    quiet: [
      { name: 'six in the morning', lines: [login(' 4 06:00:00')] },
      { name: 'noon', lines: [login(' 4 12:00:00')] },
      { name: 'no hours', lines: [login(' 4 02:30:00')], options: { start: 3, end: 3 } },
      {
        name: 'a failure at night',
        lines: ['Mar  4 02:30:00 web-1 sshd[4321]: Failed password for ana from 203.0.113.7 port 41000 ssh2'],
      },
    ],
  }),
  falsePositives: ['People in other time zones, and jobs at night until they are recognised.'],
})
