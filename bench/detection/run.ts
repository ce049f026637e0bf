/**
 * `node bench/detection/run.ts [--short | --full] [--seeds N] [--background real|generated] [--output FOLDER]`: plays the grid and
 * writes detection.json, detection.md and stealth.svg. The real background is used where VPSGUARD_DATA (by default
 * ../shared/data beside the checkout) has it; without it a generated one takes its place, and the page says so.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { hasCode } from '../../src/core/errors.ts'
import { formatSpan } from '../../src/core/time.ts'
import type { Detector } from './attempt.ts'
import type { RealBlocks } from './background.ts'
import { takeApart } from './background.ts'
import { BASELINES } from './baselines.ts'
import type { CampaignPlan } from './campaign.ts'
import type { Grid, Sweep } from './grid.ts'
import { fullGrid, shortGrid, usualGrid } from './grid.ts'
import type { Played } from './play.ts'
import { playGrid } from './play.ts'
import { readAttempts, readKnocks } from './real-log.ts'
import type { Panel } from './stealth-svg.ts'
import { drawStealth } from './stealth-svg.ts'
import { SUBJECTS } from './subject.ts'
import type { Line } from './summary.ts'
import { probability, summarise, summariseCell, toMarkdown, usualAlarms } from './summary.ts'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
/** The log begins in the middle of a wave of two days; that is a campaign, and no background. */
const WAVE_DAYS = 2
const LOG_YEAR = 2017

/** The real background, or undefined where it is not on this machine. */
export function loadReal(): RealBlocks | undefined {
  const folder = process.env.VPSGUARD_DATA ?? join(ROOT, '..', 'shared', 'data')
  try {
    const text = readFileSync(join(folder, 'auth', 'elastic-ec2-2017.log'), 'utf8')
    // Its owners tried out break-ins on accounts made for that; these are neither strangers nor owners.
    return takeApart(
      readAttempts(text, LOG_YEAR),
      WAVE_DAYS,
      user => user.startsWith('elastic_user_'),
      readKnocks(text, LOG_YEAR),
    )
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES')) return undefined
    throw error
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      seeds: { type: 'string' },
      background: { type: 'string', default: 'real' },
      output: { type: 'string' },
    },
  })
  const seeds = values.seeds === undefined ? undefined : Number(values.seeds)
  if (seeds !== undefined && !(Number.isInteger(seeds) && seeds > 0))
    throw new Error('--seeds takes a whole number above 0')
  if (values.background !== 'real' && values.background !== 'generated')
    throw new Error('--background is real or generated')
  const size = values.short ? 'Short' : values.full ? 'Full' : 'Usual'
  const grid = { Short: shortGrid, Usual: usualGrid, Full: fullGrid }[size](seeds)
  const real = values.background === 'real' ? loadReal() : undefined
  if (values.background === 'real' && real === undefined)
    console.error('The real log is not here (VPSGUARD_DATA): skipped; a generated background takes its place.')
  const detectors = [...SUBJECTS, ...BASELINES]
  const played = await playGrid(grid, detectors, real, (done, of) =>
    console.error(`${done} of ${of} backgrounds played`),
  )
  publish(played, grid, detectors, real, size, values.output ?? join(ROOT, 'bench', 'results'))
}

function publish(
  played: Played,
  grid: Grid,
  detectors: readonly Detector[],
  real: RealBlocks | undefined,
  size: string,
  folder: string,
): void {
  const lines = summarise(played, detectors)
  const what = [
    `${size} grid: ${grid.cells.length} cells, ${grid.seeds} seeds.`,
    real === undefined
      ? "Background by the generator's law."
      : `Background resampled from a real server's log (${real.strangers.length} strangers, the wave of its first days left out).`,
    SUBJECTS.length === 0 ? 'Baselines alone: no detector is wired for the test.' : '',
    'Made by `npm run bench:detection`.',
  ]
    .filter(text => text !== '')
    .join(' ')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'detection.json'),
    `${JSON.stringify({ schema_version: 1, what, lines, cells: played.cells.map(summariseCell), nulls: played.nulls, knocks: played.knocks, chaos: played.chaos })}\n`,
  )
  writeFileSync(join(folder, 'detection.md'), toMarkdown(lines, played, what))
  writeFileSync(
    join(folder, 'stealth.svg'),
    drawStealth(
      panelsOf(played, detectors, lines),
      '100 addresses, 20 strangers a day; each point is the share of campaigns found',
    ),
  )
  console.log(
    `Written: ${['detection.json', 'detection.md', 'stealth.svg'].map(name => join(folder, name)).join(', ')}`,
  )
}

/** Ticks that would run into their neighbours. */
const UNLABELLED = new Set([2, 20, 50])

function panelsOf(played: Played, detectors: readonly Detector[], lines: readonly Line[]): Panel[] {
  const panel = (
    sweep: Sweep,
    xOf: (plan: CampaignPlan) => number,
    textOf: (x: number) => string,
  ): Omit<Panel, 'title' | 'axis'> => {
    const cells = played.cells.filter(one => one.cell.sweep === sweep && (one.budget === undefined || one.budget === 1))
    const xs = [...new Set(cells.map(one => xOf(one.cell.plan)))].sort((a, b) => a - b)
    const curves = detectors.map(detector => ({
      title: `${detector.title}: ${alarmsOf(lines, detector)}`,
      subject: SUBJECTS.includes(detector),
      points: cells
        .filter(one => one.detector === detector.id)
        .map(one => ({ x: xOf(one.cell.plan), probability: probability(one) }))
        .sort((a, b) => a.x - b.x),
    }))
    return { ticks: xs.filter(x => !UNLABELLED.has(x)).map(x => ({ x, text: textOf(x) })), curves }
  }
  return [
    {
      title: 'Within one day',
      axis: 'connections each address makes, of one or two tries',
      ...panel('stealth-visits', plan => plan.visits, String),
    },
    {
      title: 'One connection an address',
      axis: 'how long the campaign takes',
      ...panel('stealth-duration', plan => plan.duration, formatSpan),
    },
  ]
}

/** Recall says nothing without what it costs. */
function alarmsOf(lines: readonly Line[], detector: Detector): string {
  const line = lines.find(one => one.detector === detector.id && (one.budget === undefined || one.budget === 1))
  return `${line === undefined ? '-' : usualAlarms(line).toFixed(1)} alarms a week without one`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
