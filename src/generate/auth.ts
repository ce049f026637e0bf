/** Puts an sshd host's log together. */
import { createRandom } from '../core/random.ts'
import { createAddressPool } from './addresses.ts'
import { micro } from './law.ts'
import type { AuthFormat, GenerateOptions } from './options.ts'
import { inOrder } from './order.ts'
import type { AuthProfile } from './profiles/define.ts'
import { planBackground } from './ssh/background.ts'
import * as envelope from './ssh/envelope.ts'
import { createHost } from './ssh/host.ts'
import { numberScenes } from './ssh/number.ts'
import type { AuthPlan } from './ssh/plan.ts'
import { createAuthPlan } from './ssh/plan.ts'
import { EL9, JAMMY, JOURNAL, NOBLE, renderScene } from './ssh/render.ts'
import type { Connection, Dialect, Entry, Scene } from './ssh/scene.ts'
import { stampMillis } from './stamp.ts'
import type { AttackTruth, Generated, Truth } from './truth.ts'

const DIALECTS: Record<AuthFormat, Dialect> = {
  auth: JAMMY,
  secure: EL9,
  'syslog-rfc3339': NOBLE,
  'syslog-rfc5424': NOBLE,
  'journald-json': JOURNAL,
}

export interface AuthShare {
  readonly profile: AuthProfile
  readonly share: number
}

/**
 * Plans the attacks by their shares (0 to 1) of `entries`, fills up with background, and answers lines in order of
 * time up to `end` (milliseconds) with the truth about them. Lines are rendered each time they are iterated over,
 * alike.
 */
export function generateAuth(
  options: GenerateOptions,
  format: AuthFormat,
  shares: readonly AuthShare[],
  end: number,
): Generated {
  const { seed, start, entries } = options
  const host = createHost(createRandom(seed, 'host'), options.host ?? 'web-1')
  const stage = { host, dialect: DIALECTS[format] }
  const addresses = createAddressPool(createRandom(seed, 'addresses'))
  const planOf = (stream: string): AuthPlan =>
    createAuthPlan({ random: createRandom(seed, stream), start, end, stage, addresses })

  const attacks = shares.map(({ profile, share }, index): Connection[] =>
    profile.plan(planOf(`attack ${index} ${profile.id}`), share * entries).map(scene => ({ ...scene, attack: index })),
  )
  const render = (scene: Scene): Entry[] => renderScene(scene, stage)
  const truths = attacks.map((scenes, index) =>
    tellAttack(shares[index].profile.id, scenes, scene => render(scene).filter(entry => entry.time <= end)),
  )
  const attackLines = truths.reduce((sum, truth) => sum + truth.lines, 0)
  const background = planBackground(
    planOf('background'),
    Math.max(0, entries - attackLines),
    options.newSourcesPerDay ?? 5,
  )

  const scenes = [...background.scenes, ...attacks.flat()].sort((a, b) => a.time - b.time)
  numberScenes(scenes, start, createRandom(seed, 'numbers'))
  const strangers = new Set(background.strangers)
  const friends = background.scenes
    .filter(scene => scene.kind === 'connection')
    .filter(scene => !strangers.has(scene.source))
  const truth: Truth = {
    seed,
    start: stampMillis(start),
    end: stampMillis(end),
    lines: background.scenes.reduce((sum, scene) => sum + linesBy(render(scene), end), attackLines),
    attacks: truths,
    background: {
      sources: strangers.size,
      strangers: [...strangers].sort(),
      legitimate: {
        users: host.accounts.map(account => account.name),
        addresses: [...new Set(friends.map(scene => scene.source))].sort(),
      },
    },
  }
  return { truth, lines: { [Symbol.iterator]: () => writeLines(scenes, render, end, writerOf(format, options)) } }
}

function linesBy(entries: readonly Entry[], end: number): number {
  return entries.reduce((count, entry) => (entry.time <= end ? count + 1 : count), 0)
}

function writerOf(format: AuthFormat, options: GenerateOptions): envelope.WriteEntry {
  const host = options.host ?? 'web-1'
  switch (format) {
    case 'auth':
    case 'secure':
      return envelope.writeClassic(host)
    case 'syslog-rfc3339':
      return envelope.writeRfc3339(host)
    case 'syslog-rfc5424':
      return envelope.writeRfc5424(host)
    case 'journald-json':
      return envelope.writeJournal(host, options.seed, options.start)
  }
}

function* writeLines(
  scenes: readonly Scene[],
  render: (scene: Scene) => Entry[],
  end: number,
  write: envelope.WriteEntry,
): Generator<string> {
  for (const entry of inOrder(scenes, render, end)) yield write(entry)
}

function tellAttack(profile: string, scenes: readonly Connection[], render: (scene: Scene) => Entry[]): AttackTruth {
  let first = Infinity
  let last = -Infinity
  let lines = 0
  let attempts = 0
  let breached: AttackTruth['breached']
  for (const scene of scenes) {
    const entries = render(scene)
    lines += entries.length
    attempts += scene.tries + (scene.session === undefined && scene.probe === undefined ? 0 : 1)
    for (const { time, message } of entries) {
      if (time < first) first = time
      if (time > last) last = time
      if (message.startsWith('Accepted '))
        breached = { user: scene.user, source: scene.source, time: stampMillis(micro(time)) }
    }
  }
  return {
    profile,
    first: stampMillis(first),
    last: stampMillis(last),
    sources: [...new Set(scenes.map(scene => scene.source))].sort(),
    users: [...new Set(scenes.filter(scene => scene.probe === undefined).map(scene => scene.user))].sort(),
    attempts,
    lines,
    ...(breached === undefined ? {} : { breached }),
  }
}
