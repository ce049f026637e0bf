/**
 * Form spam that never stops: a botnet that posts to a form from the first line of the log to the last stands out from
 * no other time. It stands out from what forms are for: most who come to the site post to it, and fetch nothing that a
 * browser would (style, scripts, pictures), each once or twice.
 */
import { DAY } from '../core/time.ts'
import type { Arrivals } from './arrivals.ts'
import type { Campaign } from './find.ts'
import { alikeMembership, type Participant, participantOf } from './participants.ts'
import type { Test } from './scan.ts'
import type { AttemptStore } from './store.ts'
import { SURFACE } from './surfaces.ts'
import { surprise } from './surprise.ts'
import { isMachineDoor, namesAProgram, PATH, pathClass } from './web-tokens.ts'

/** Addresses a day that post to a form without a browser on an ordinary site; give or take a factor ten. */
const USUAL_A_DAY = 1
const USUAL_SHAPE = 0.5
/** Addresses from which on a form is looked at, and their least share of all visitors. */
const LEAST_POSTERS = 20
const LEAST_SHARE = 0.3
/** Posters of a form that are named. */
const MOST_NAMED = 30_000
/** Pages for each post beyond which it is a reader who also posts. */
const PAGES_PER_POST = 6

/**
 * Campaigns on the forms of the given surfaces' arrivals whose score is at least `threshold`. Space is a few bytes a
 * source: lists are made of the posters of forms alone that enough of the visitors post to, 30,000 of each.
 */
export function findFormSpam(store: AttemptStore, surfaces: readonly Arrivals[], threshold: number): Campaign[] {
  const posts = new Posts(store, surfaces)
  const taken = new Set<number>()
  const campaigns: Campaign[] = []
  for (const { form, surface } of posts.crowded(Math.max(LEAST_POSTERS, LEAST_SHARE * store.visits.visitors))) {
    const { rows, more } = posts.posters(form, taken)
    const count = rows.size + more
    if (count < LEAST_POSTERS || count < LEAST_SHARE * store.visits.visitors) continue
    const members = [...rows].map(([source, own]) => participantOf(store, source, 1, own))
    const campaign = weigh(store, surface, form, members, more, threshold)
    if (campaign === undefined) continue
    campaigns.push(campaign)
    for (const source of rows.keys()) taken.add(source)
  }
  return campaigns
}

/**
 * Whether a campaign on forms is the traffic of programs that found what they came for: most of its members call themselves
 * something else than a browser or a script, and most of what they post to has no name that forms for people have.
 */
export function isProgramsTraffic({ names, tokens, visits }: AttemptStore, campaign: Campaign): boolean {
  const { members, names: doors } = campaign.membership
  if (campaign.surface !== SURFACE['web-form']) return false
  let forms = 0
  let others = 0
  for (const [name, sources] of doors) {
    if (!names.isRest(name) && pathClass(names.text(name)) === PATH.FORM) forms += sources
    else others += sources
  }
  if (forms >= others) return false
  const programs = members.filter(({ source }) => {
    const agent = tokens.textId('agent', source)
    return agent > 0 && namesAProgram(tokens.text('agent', agent)) && !visits.isProber(source)
  })
  return programs.length * 2 > members.length
}

/** Who posts where without a browser. */
class Posts {
  readonly #store: AttemptStore
  readonly #surfaces: readonly Arrivals[]
  /** Posters of each form, and posts of each source. */
  readonly #posters = new Map<number, { surface: number; count: number }>()
  #posts = new Uint32Array(1024)

  constructor(store: AttemptStore, surfaces: readonly Arrivals[]) {
    this.#store = store
    this.#surfaces = surfaces
    for (const [arrivals, i] of this.#rows()) {
      const name = arrivals.name[i]
      const form = this.#posters.get(name)
      if (form === undefined) this.#posters.set(name, { surface: arrivals.surface, count: 1 })
      else form.count++
      const source = arrivals.source[i]
      if (source >= this.#posts.length) this.#grow(source)
      this.#posts[source] += store.count[arrivals.row[i]]
    }
  }

  /** Forms with at least so many posters, the most first. */
  crowded(least: number): { form: number; surface: number }[] {
    const { names } = this.#store
    return [...this.#posters]
      .filter(([, { count }]) => count >= least)
      .sort((a, b) => b[1].count - a[1].count || (names.text(a[0]) < names.text(b[0]) ? -1 : 1))
      .map(([form, { surface }]) => ({ form, surface }))
  }

  /** The form's posters that are no readers, without those that are `taken`: the rows of the first's posts to any form. */
  posters(form: number, taken: ReadonlySet<number>): { rows: Map<number, number[]>; more: number } {
    const rows = new Map<number, number[]>()
    let more = 0
    const { visits } = this.#store
    for (const [{ name, source }, i] of this.#rows()) {
      const reads = visits.pages(source[i]) > PAGES_PER_POST * this.#posts[source[i]]
      if (name[i] !== form || taken.has(source[i]) || reads) continue
      if (rows.size < MOST_NAMED) rows.set(source[i], [])
      else more++
    }
    for (const [{ source, row }, i] of this.#rows()) rows.get(source[i])?.push(row[i])
    return { rows, more }
  }

  /** Arrivals on forms of sources that are no browsers. */
  *#rows(): IterableIterator<[Arrivals, number]> {
    const { names, visits } = this.#store
    for (const arrivals of this.#surfaces) {
      for (let i = 0; i < arrivals.length; i++) {
        const name = arrivals.name[i]
        if (names.isRest(name) || visits.isBrowser(arrivals.source[i]) || isMachineDoor(names.text(name))) continue
        yield [arrivals, i]
      }
    }
  }

  #grow(source: number): void {
    let size = this.#posts.length
    while (size <= source) size *= 2
    const grown = new Uint32Array(size)
    grown.set(this.#posts)
    this.#posts = grown
  }
}

function weigh(
  store: AttemptStore,
  surface: number,
  form: number,
  posters: Participant[],
  more: number,
  threshold: number,
): Campaign | undefined {
  const members = posters.sort((a, b) => a.first - b.first || a.source - b.source)
  const start = members[0].first
  const end = members.reduce((most, { last }) => Math.max(most, last), start)
  let firstAlarm: number | undefined
  let best: Test | undefined
  for (let i = LEAST_POSTERS; i <= members.length; i++) {
    const time = members[i - 1].first
    const expected = Math.max(0.01, (USUAL_A_DAY * (time - start)) / DAY)
    const { score, tail } = surprise(i, { mean: expected, shape: USUAL_SHAPE })
    if (score >= threshold) firstAlarm ??= time
    // The whole is what is told; where the alarm came first is another matter.
    best = { time, scale: Math.max(1000, time - start), count: i, expected, shape: USUAL_SHAPE, score, tail }
  }
  if (firstAlarm === undefined || best === undefined) return undefined
  const background = (USUAL_A_DAY * (end - start)) / DAY
  const posterior = Math.max(0.5, 1 - background / members.length)
  return {
    surface,
    interval: { start, end },
    firstAlarm,
    key: form,
    best,
    keys: [{ key: form, test: best }],
    membership: { ...alikeMembership(store, members, posterior), background, more },
    expected: background,
    waves: [],
  }
}
