import { z } from 'zod'
import { DAY, formatSpan } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import { defineRule, type RuleContext } from '../kit/define-rule.ts'
import { advise, inspectAccount, lockAccount } from '../kit/recommend.ts'
import { isGuessable } from './support/logins.ts'
import { cut, listed, many } from './support/words.ts'

/** Networks remembered a user; whoever has so many is many people, or always somewhere else. */
const MOST_NETWORKS = 32
/** A user of whose logins this share came from a network of its own is on the move: a new one says nothing. */
const MOVING_SHARE = 0.25

/** What a user's logins have taught. */
interface Habit {
  readonly first: number
  readonly logins: number
  readonly networks: readonly string[]
  readonly providers: readonly number[]
  readonly [key: string]: number | readonly string[] | readonly number[]
}

const login = (day: number, hour = 9, source = '203.0.113.7', user = 'ana', how = 'password'): string =>
  `Mar ${String(day).padStart(2)} ${String(hour).padStart(2, '0')}:00:00 web-1 sshd[${4000 + day}]: Accepted ${how} for ${user} from ${source} port 41000 ssh2`
const week = (user = 'ana', source = '203.0.113.7'): string[] =>
  Array.from({ length: 12 }, (_, i) => login(1 + Math.floor(i / 2), 9 + (i % 2) * 6, source, user))

/** The list with the value at its end, so that the ones no longer used go first. */
function withLatest<T>(list: readonly T[], value: T): readonly T[] {
  if (list.at(-1) === value) return list
  return [...list.filter(one => one !== value), value].slice(-MOST_NETWORKS)
}

/** What two nodes have learnt of one user. */
function together(mine: Habit, theirs: Habit): Habit {
  return {
    first: Math.min(mine.first, theirs.first),
    logins: mine.logins + theirs.logins,
    networks: [...new Set([...mine.networks, ...theirs.networks])].slice(-MOST_NETWORKS),
    providers: [...new Set([...mine.providers, ...theirs.providers])].slice(-MOST_NETWORKS),
  }
}

class Habits {
  readonly #context: RuleContext
  readonly #habits

  constructor(context: RuleContext) {
    this.#context = context
    this.#habits = context.state.memory<Habit>('habits', { keep: 180 * DAY, cap: 20_000, combine: together })
  }

  /** Takes a login in; answers what was known of the user before it. */
  learn(user: string, network: string, provider: number | undefined, time: number): Habit | undefined {
    const known = this.#habits.get(user, time)
    this.#habits.set(
      user,
      {
        first: known?.first ?? time,
        logins: (known?.logins ?? 0) + 1,
        networks: withLatest(known?.networks ?? [], network),
        providers: provider === undefined ? (known?.providers ?? []) : withLatest(known?.providers ?? [], provider),
      },
      time,
    )
    return known
  }

  provider(event: EventView): number | undefined {
    const { address } = event
    return address === undefined ? undefined : this.#context.services.geo?.network(address)?.asn
  }
}

export default defineRule({
  id: 'new-source-for-user',
  title: 'A user logs in from a network never seen for them',
  severity: 'medium',
  confidence: 0.5,
  techniques: ['T1078'],
  cleansTraining: false,
  description:
    'Learns from which networks (IPv4 /24, IPv6 /48) a user logs in, and tells the first login from another. It takes some ' +
    'logins over some days before it speaks, and stays silent for users who are always somewhere else. By key, from an ' +
    'internal network or from a provider known for the user, it is told low.',
  on: ['ssh.auth.accepted', 'panel.auth.accepted'],
  options: {
    learn_logins: z.int().min(1).max(10_000).default(8).describe('Logins of the user before a new network is told.'),
    learn_days: z
      .number()
      .min(0)
      .max(365)
      .default(3)
      .describe("Days of the user's history before a new network is told."),
  },
  detect: ({ learn_logins, learn_days }, context) => {
    const habits = new Habits(context)
    return {
      observe(event, raise) {
        const { user, source, time } = event
        if (user === undefined || source < 0) return
        const network = context.addresses.formatNetwork(source)
        const provider = habits.provider(event)
        const known = habits.learn(user, network, provider, time)
        if (known === undefined || known.networks.includes(network)) return
        if (known.logins < learn_logins || time - known.first < learn_days * DAY) return
        // What does not fit into the list is forgotten: this one may have been seen.
        if (known.networks.length >= MOST_NETWORKS) return
        if (known.networks.length > 2 && known.networks.length > known.logins * MOVING_SHARE) return
        raise.hit(`${user} ${network}`, event, {
          facts: {
            user,
            network,
            logins: known.logins,
            history: time - known.first,
            networks: known.networks,
            method: event.method ?? '',
            usualProvider: provider !== undefined && known.providers.includes(provider),
            internal: context.addresses.internal(source),
          },
        })
      },
    }
  },
  explain: (story, { learn_logins }) => {
    const { user, network, logins, history, networks, method, usualProvider, internal } = story.facts
    const account = String(user)
    const known = Array.isArray(networks) ? networks : []
    const harmless = usualProvider === true || internal === true || (method !== '' && !isGuessable(String(method)))
    const reasons = [
      {
        text: `${many(Number(logins), 'login')} in ${formatSpan(Number(history))} came from ${many(known.length, 'network')} (${listed(known)}); this one from ${String(network)}`,
        feature: 'network',
        observed: String(network),
        expected: listed(known),
      },
    ]
    return {
      title: `${cut(account)} logged in from ${story.sources[0] ?? 'a source'}, a network never seen for them`,
      reasons:
        usualProvider === true
          ? [...reasons, { text: 'Its provider is one that the user has come from before' }]
          : reasons,
      ...(harmless ? { severity: 'low' as const } : {}),
      confidence: Number(logins) >= 5 * learn_logins && !harmless ? 0.65 : 0.5,
      recommendations: [
        harmless ? advise(`Ask ${cut(account)} whether that was them.`) : lockAccount(account),
        inspectAccount(account),
      ],
    }
  },
  examples: () => ({
    fires: [
      {
        name: 'after a week at one place',
        lines: [...week(), login(7, 3, '198.51.100.20')],
        accuses: ['198.51.100.20'],
        severity: 'medium',
      },
      { name: 'by key', lines: [...week(), login(7, 3, '198.51.100.20', 'ana', 'publickey')], severity: 'low' },
    ],
    quiet: [
      {
        name: 'an account of forty people, each from a network of their own',
        lines: Array.from({ length: 400 }, (_, i) =>
          login(1 + Math.floor(i / 40), Math.floor((i % 40) / 2), `203.0.${i % 40}.7`, 'git'),
        ),
      },
      { name: 'another address of the same network', lines: [...week(), login(7, 3, '203.0.113.200')] },
      { name: 'a user without history', lines: [...week(), login(7, 3, '198.51.100.20', 'bo')] },
      {
        name: 'a user who is somewhere else every time',
        lines: Array.from({ length: 12 }, (_, i) => login(1 + i, 9, `2001:db8:${i + 1}::7`)),
      },
    ],
  }),
  falsePositives: ['Travel, a new provider, a new office.'],
})
