/** From outcomes to what is published. */
import { createRandom } from '../../src/core/random.ts'
import { DAY, formatSpan, HOUR } from '../../src/core/time.ts'
import type { Detector } from './attempt.ts'
import type { Cell } from './grid.ts'
import { USUAL_NOISE } from './grid.ts'
import type { Estimate, Outcome } from './metrics.ts'
import { bootstrap, frontier, mean, median, weeklyRate } from './metrics.ts'
import type { CellResult, NullResult, Played } from './play.ts'
import { TEST_WEEKS } from './protocol.ts'

interface AlarmRate {
  readonly noise: number
  readonly perWeek: Estimate
}

/** One detector's line of the table. All shares lie between 0 and 1. */
export interface Line {
  readonly detector: string
  readonly title: string
  readonly budget?: number
  /** N = 100, one connection of one or two tries each, up to 24 h, all strategies, up to 100 strangers a day. */
  readonly recall100: Estimate
  /** N = 30, the same, up to 24 h, all strategies, up to 20 strangers a day. */
  readonly recall30: Estimate
  /** Right alarms' time, for campaigns of an hour and more. */
  readonly medianFraction: number
  readonly medianMinutes: number
  readonly medianAttempts: number
  /** Participants' F1 as a share of what can be had. */
  readonly f1OfCeiling: number
  readonly breachRecall: number
  readonly falseAlarms: readonly AlarmRate[]
  /** The same with connections that name nobody; empty for detectors that do not hear them. */
  readonly withKnocks: readonly AlarmRate[]
  readonly ownersAccused: number
  /** Recall without and with 5 and 20 % of the training poisoned. */
  readonly poison: readonly { readonly share: number; readonly recall: number }[]
  readonly frontier: readonly {
    readonly noise: number
    readonly duration: number
    readonly sources: number | undefined
  }[]
}

const same = (a: { detector: string; budget?: number }, b: { detector: string; budget?: number }): boolean =>
  a.detector === b.detector && a.budget === b.budget

/** A line for each detector and budget, in the detectors' order. */
export function summarise(played: Played, detectors: readonly Detector[]): Line[] {
  const lines: Line[] = []
  for (const detector of detectors) {
    const budgets = new Set(played.nulls.filter(one => one.detector === detector.id).map(one => one.budget))
    for (const budget of budgets) lines.push(lineOf(played, detector, budget))
  }
  return lines
}

function lineOf(played: Played, { id, title }: Detector, budget: number | undefined): Line {
  const who = budget === undefined ? { detector: id } : { detector: id, budget }
  const cells = played.cells.filter(one => same(one, who))
  const core = cells.filter(one => one.cell.sweep === 'core')
  const few = core.filter(({ cell: { plan } }) => plan.visits === 1 && plan.duration <= DAY)
  const recall = (list: readonly CellResult[]): Estimate => bootstrap(bySeed(list), createRandom(1, 'bootstrap'))
  const right = core
    .filter(one => one.cell.plan.duration >= HOUR)
    .flatMap(one => one.outcomes)
    .filter(one => one.detected)
  const breaches = cells
    .filter(one => one.cell.sweep === 'breach')
    .flatMap(one => one.outcomes)
    .filter(one => one.breach !== undefined)
  const chaos = played.chaos.find(one => same(one, who))
  return {
    ...who,
    title,
    recall100: recall(few.filter(({ cell }) => cell.plan.sources === 100 && cell.noise <= 100)),
    recall30: recall(few.filter(({ cell }) => cell.plan.sources === 30 && cell.noise <= 20)),
    medianFraction: median(right.map(one => one.fraction ?? 1)),
    medianMinutes: median(right.map(one => one.minutes ?? Number.NaN)),
    medianAttempts: median(right.map(one => one.attempts ?? Number.NaN)),
    f1OfCeiling: mean(
      core
        .flatMap(one => one.outcomes)
        .filter(one => one.detected)
        .map(shareOfCeiling),
    ),
    breachRecall: mean(breaches.map(one => (one.breach === true ? 1 : 0))),
    falseAlarms: ratesOf(played.nulls.filter(one => same(one, who))),
    withKnocks: ratesOf(played.knocks.filter(one => same(one, who))),
    ownersAccused: chaos === undefined ? Number.NaN : mean(chaos.accused),
    poison: poisonOf(cells),
    frontier: frontierOf(core),
  }
}

function ratesOf(results: readonly NullResult[]): AlarmRate[] {
  return results.map(({ noise, alarms }) => ({
    noise,
    perWeek: weeklyRate(
      alarms.reduce((a, b) => a + b, 0),
      alarms.length * TEST_WEEKS,
    ),
  }))
}

function shareOfCeiling(one: Outcome): number {
  return Math.min(1, (one.participants?.f1 ?? 0) / one.ceilingF1)
}

/** Seeds are what varies: the share of cells in which a seed's campaign was found, for each seed. */
function bySeed(list: readonly CellResult[]): number[] {
  if (list.length === 0) return []
  return list[0].outcomes.map((_, seed) => mean(list.map(one => (one.outcomes[seed].detected ? 1 : 0))))
}

/** How often a cell's campaign was found. */
export function probability({ outcomes }: CellResult): number {
  return mean(outcomes.map(one => (one.detected ? 1 : 0)))
}

function poisonOf(cells: readonly CellResult[]): Line['poison'] {
  const arm = cells.filter(one => one.cell.sweep === 'poison')
  const shares = [...new Set(arm.map(one => one.cell.poison))].sort((a, b) => a - b)
  return shares.map(share => ({ share, recall: mean(arm.filter(one => one.cell.poison === share).map(probability)) }))
}

/** For each noise and duration: the smallest N whose hardest strategy is still found; one connection each. */
function frontierOf(core: readonly CellResult[]): Line['frontier'] {
  const single = core.filter(one => one.cell.plan.visits === 1)
  const places = new Map(
    single.map(({ cell }) => [
      `${cell.noise} ${cell.plan.duration}`,
      { noise: cell.noise, duration: cell.plan.duration },
    ]),
  )
  return [...places.values()].map(({ noise, duration }) => {
    const here = single.filter(({ cell }) => cell.noise === noise && cell.plan.duration === duration)
    const sizes = [...new Set(here.map(one => one.cell.plan.sources))]
    const hardest = sizes.map(sources => ({
      sources,
      probability: Math.min(...here.filter(one => one.cell.plan.sources === sources).map(probability)),
    }))
    return { noise, duration, sources: frontier(hardest) }
  })
}

/** Alarms a week without a campaign at the usual noise. */
export function usualAlarms(line: Line): number {
  return line.falseAlarms.find(one => one.noise === USUAL_NOISE)?.perWeek.value ?? Number.NaN
}

const share = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(2))
const band = ({ value, lower, upper }: Estimate): string =>
  Number.isNaN(value) ? '-' : `${value.toFixed(2)} (${lower.toFixed(2)}-${upper.toFixed(2)})`

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const nameOf = (line: Line): string => (line.budget === undefined ? line.title : `${line.title}, ${line.budget} a week`)

/** The published page. `what` says which background and grid. */
export function toMarkdown(lines: readonly Line[], played: Played, what: string): string {
  const noises = [...new Set(played.nulls.map(one => one.noise))]
  const parts = [
    '# Detection bench',
    what,
    '## Found, and how soon',
    "Recall with its 95 % interval over seeds; N = 100 at up to 100 strangers a day, N = 30 at up to 20; one or two tries each, up to 24 hours, all strategies. A detector that keeps alarming finds everything: read recall beside the alarms it raises a week where no campaign is (at 20 strangers a day). A campaign counts as found when alarms within six hours have named three of its addresses. Time to detection over campaigns of an hour and more. F1 is the participants' as a share of what can be had.",
    table(
      [
        'detector',
        'alarms a week',
        'recall N=100',
        'recall N=30',
        'median min',
        'median tries',
        'of the campaign',
        'F1 / ceiling',
        'breach',
      ],
      lines.map(line => [
        nameOf(line),
        share(usualAlarms(line)),
        band(line.recall100),
        band(line.recall30),
        share(line.medianMinutes),
        share(line.medianAttempts),
        share(line.medianFraction),
        share(line.f1OfCeiling),
        share(line.breachRecall),
      ]),
    ),
    '## Alarms without a campaign',
    'Alarms a week as a person counts them (those within six hours, or about the same addresses, are one) with the exact Poisson interval, by strangers a day; owners accused in the chaos arm; recall with 0, 5 and 20 % of the training poisoned. A per-address tool that bans a stubborn stranger is right to do so; what is counted here is how often a person who looks for campaigns is called.',
    table(
      ['detector', ...noises.map(noise => `${noise} a day`), 'owners accused', 'poisoned 0 / 5 / 20 %'],
      lines.map(line => [
        nameOf(line),
        ...noises.map(noise => rateAt(line.falseAlarms, noise)),
        share(line.ownersAccused),
        line.poison.map(one => share(one.recall)).join(' / '),
      ]),
    ),
    '### With connections that name nobody',
    'The same weeks with as many addresses that only knock, for each that tries a name, as the background has.',
    table(
      ['detector', ...noises.map(noise => `${noise} a day`)],
      lines
        .filter(line => line.withKnocks.length > 0)
        .map(line => [nameOf(line), ...noises.map(noise => rateAt(line.withKnocks, noise))]),
    ),
    '## The frontier',
    'The smallest number of addresses, one connection each, of which nine campaigns in ten are found whatever names they try; "-" where none of the sizes is.',
    frontierTable(lines),
    '## By size and length',
    "Share of campaigns found, over all strategies (in brackets: of the hardest one), and after how many of the campaign's tries; one connection an address. Every cell, with the side sweeps, stands in detection.json.",
    ...lines
      .filter(line => line.budget === undefined || line.budget === 1)
      .map(line => `### ${nameOf(line)}\n\n${coreTable(line, played)}`),
  ]
  return `${parts.join('\n\n')}\n`
}

function rateAt(rates: readonly AlarmRate[], noise: number): string {
  const found = rates.find(one => one.noise === noise)
  return found === undefined ? '-' : band(found.perWeek)
}

function frontierTable(lines: readonly Line[]): string {
  const places = lines[0]?.frontier ?? []
  return table(
    ['detector', ...places.map(place => `${place.noise}/day, ${formatSpan(place.duration)}`)],
    lines.map(line => [
      nameOf(line),
      ...line.frontier.map(place => (place.sources === undefined ? '-' : String(place.sources))),
    ]),
  )
}

/** One cell as it is published: what became of its seeds. */
export interface CellSummary {
  readonly detector: string
  readonly budget?: number
  readonly cell: Cell
  /** One character a seed: 1 where the campaign was found. */
  readonly found: string
  readonly minutes: number | null
  readonly attempts: number | null
  readonly fraction: number | null
  readonly precision: number | null
  readonly recall: number | null
  readonly f1OfCeiling: number | null
  readonly wrong: number
  readonly breaches: number | null
}

/** A cell's outcomes in a line; medians of time to detection, means of the rest, null where there is nothing to tell. */
export function summariseCell({ detector, budget, cell, outcomes }: CellResult): CellSummary {
  const right = outcomes.filter(one => one.detected)
  const told = (value: number): number | null => (Number.isNaN(value) ? null : Math.round(value * 1000) / 1000)
  const called = outcomes.filter(one => one.breach !== undefined)
  return {
    detector,
    ...(budget === undefined ? {} : { budget }),
    cell,
    found: outcomes.map(one => (one.detected ? '1' : '0')).join(''),
    minutes: told(median(right.map(one => one.minutes ?? Number.NaN))),
    attempts: told(median(right.map(one => one.attempts ?? Number.NaN))),
    fraction: told(median(right.map(one => one.fraction ?? Number.NaN))),
    precision: told(mean(right.map(one => one.participants?.precision ?? Number.NaN))),
    recall: told(mean(right.map(one => one.participants?.recall ?? Number.NaN))),
    f1OfCeiling: told(mean(right.map(shareOfCeiling))),
    wrong: mean(outcomes.map(one => one.wrong)),
    breaches: told(mean(called.map(one => (one.breach === true ? 1 : 0)))),
  }
}

/** The core cells of one connection each: a row for each noise and N, a column for each duration, over all strategies. */
function coreTable(line: Line, played: Played): string {
  const cells = played.cells.filter(one => same(one, line) && one.cell.sweep === 'core' && one.cell.plan.visits === 1)
  const durations = [...new Set(cells.map(one => one.cell.plan.duration))].sort((a, b) => a - b)
  const rows = new Map(
    cells.map(({ cell }) => [
      `${cell.noise} a day, N = ${cell.plan.sources}`,
      { noise: cell.noise, sources: cell.plan.sources },
    ]),
  )
  return table(
    ['noise, campaign', ...durations.map(formatSpan)],
    [...rows].map(([name, { noise, sources }]) => [
      name,
      ...durations.map(duration => {
        const here = cells.filter(
          ({ cell }) => cell.noise === noise && cell.plan.sources === sources && cell.plan.duration === duration,
        )
        if (here.length === 0) return '-'
        const each = here.map(probability)
        const tries = median(
          here
            .flatMap(one => one.outcomes)
            .flatMap(one => (one.detected && one.attempts !== undefined ? [one.attempts] : [])),
        )
        return `${share(mean(each))} (${share(Math.min(...each))})${Number.isNaN(tries) ? '' : ` @${tries}`}`
      }),
    ]),
  )
}
