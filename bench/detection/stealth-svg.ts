/** The stealth curves as one picture: how often a campaign is found, against how quiet it keeps. */
import { escapeHtml } from '../../src/core/text.ts'

interface Curve {
  readonly title: string
  /** The detector under test is drawn stronger. */
  readonly subject: boolean
  readonly points: readonly { readonly x: number; readonly probability: number }[]
}

export interface Panel {
  readonly title: string
  readonly axis: string
  /** Where the axis is labelled; the axis is logarithmic. */
  readonly ticks: readonly { readonly x: number; readonly text: string }[]
  readonly curves: readonly Curve[]
}

const WIDTH = 960
const PLOT = { top: 64, height: 250, width: 380, left: [64, 540] } as const
const LEGEND_TOP = 388
const LEGEND_ROW = 22
/** Curves that coincide at nothing or at everything are drawn beside one another, this far apart. */
const BESIDE = 2.5
/** Okabe and Ito's colours, told apart by every eye; dashes tell them apart without colour. */
const STYLES = [
  { colour: '#0072b2', dash: '' },
  { colour: '#d55e00', dash: '7 4' },
  { colour: '#009e73', dash: '2 4' },
  { colour: '#cc79a7', dash: '10 4 2 4' },
  { colour: '#e69f00', dash: '4 2' },
  { colour: '#56b4e9', dash: '1 3' },
  { colour: '#8c6bb1', dash: '12 3' },
  { colour: '#999999', dash: '6 2 2 2' },
  { colour: '#b5542c', dash: '3 2' },
  { colour: '#4d9b8a', dash: '8 2 1 2' },
] as const

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 15px; font-weight: 600 }
  .quiet { fill: #57606a }
  .axis { stroke: #57606a }
  .rule { stroke: #d0d7de; stroke-width: 1 }
  .ground { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .axis { stroke: #9198a1 }
    .rule { stroke: #3d444d }
    .ground { fill: #0d1117 }
  }`

const round = (value: number): string => String(Math.round(value * 10) / 10)

/** Draws panels side by side (two fit), with one legend for both. Curves of one title share a style. */
export function drawStealth(panels: readonly Panel[], caption: string): string {
  const titles = [
    ...new Map(panels.flatMap(panel => panel.curves).map(curve => [curve.title, curve.subject])).entries(),
  ]
  const height = LEGEND_TOP + titles.length * LEGEND_ROW + 36
  const styleOf = (title: string): string => {
    const index = titles.findIndex(([name]) => name === title)
    const { colour, dash } = STYLES[index % STYLES.length]
    const strong = titles[index][1]
    return `stroke="${colour}" stroke-width="${strong ? 4 : 2}"${dash === '' || strong ? '' : ` stroke-dasharray="${dash}"`}`
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escapeHtml(caption)}">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    ...panels.map((panel, index) => drawPanel(panel, PLOT.left[index], styleOf)),
    ...titles.map(([title], index) => drawKey(title, index, styleOf)),
    `<text class="quiet" x="64" y="${height - 14}">${escapeHtml(caption)}</text>`,
    '</svg>',
    '',
  ].join('\n')
}

function drawPanel({ title, axis, ticks, curves }: Panel, left: number, styleOf: (title: string) => string): string {
  const { top, height, width } = PLOT
  const low = Math.log(ticks[0].x)
  const high = Math.log(ticks[ticks.length - 1].x)
  const xOf = (x: number): number => left + ((Math.log(x) - low) / (high - low || 1)) * width
  const yOf = (probability: number): number => top + (1 - probability) * height
  const parts = [`<text class="title" x="${left}" y="${top - 28}">${escapeHtml(title)}</text>`]
  for (const level of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(
      `<line class="rule" x1="${left}" x2="${left + width}" y1="${round(yOf(level))}" y2="${round(yOf(level))}"/>`,
      `<text class="quiet" text-anchor="end" x="${left - 8}" y="${round(yOf(level) + 4)}">${level * 100} %</text>`,
    )
  }
  for (const { x, text } of ticks) {
    parts.push(
      `<line class="axis" x1="${round(xOf(x))}" x2="${round(xOf(x))}" y1="${top + height}" y2="${top + height + 5}"/>`,
    )
    parts.push(
      `<text class="quiet" text-anchor="middle" x="${round(xOf(x))}" y="${top + height + 20}">${escapeHtml(text)}</text>`,
    )
  }
  parts.push(
    `<text class="quiet" text-anchor="middle" x="${left + width / 2}" y="${top + height + 42}">${escapeHtml(axis)}</text>`,
  )
  // The subject is drawn last, so that nothing hides it.
  for (const [index, curve] of [...curves.entries()].toSorted(
    ([, a], [, b]) => Number(a.subject) - Number(b.subject),
  )) {
    const points = curve.points
      .map(
        ({ x, probability }) => `${round(xOf(x))},${round(yOf(probability) + index * BESIDE * (2 * probability - 1))}`,
      )
      .join(' ')
    parts.push(
      `<polyline fill="none" stroke-linejoin="round" ${styleOf(curve.title)} points="${points}"><title>${escapeHtml(curve.title)}</title></polyline>`,
    )
  }
  return parts.join('\n')
}

function drawKey(title: string, index: number, styleOf: (title: string) => string): string {
  const left = PLOT.left[0]
  const y = LEGEND_TOP + index * LEGEND_ROW
  return `<line x1="${left}" x2="${left + 44}" y1="${y}" y2="${y}" ${styleOf(title)}/><text x="${left + 56}" y="${y + 4}">${escapeHtml(title)}</text>`
}
