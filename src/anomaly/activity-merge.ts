/** The hours of two nodes put together: rows of one pair of one hour add up, and the hours stand in their order. */
import { HOURS_LIMIT, type ActivitySnapshot } from './activity.ts'
import { COLUMN_NAMES, ROW } from './activity-columns.ts'

type Columns = ActivitySnapshot['columns']

/** A row as it was on its node, and the text of its first line where it was kept. */
interface Part {
  columns: Columns
  row: number
  text: string | undefined
}

/**
 * Both snapshots as one; those of one another's numbers are translated already. Counts are exact. Connections are those
 * that each node told apart, and a row shows the program that its earlier part shows. Of more rows than `limit` the
 * oldest hours are forgotten.
 */
export function joinActivities(mine: ActivitySnapshot, theirs: ActivitySnapshot, limit: number): ActivitySnapshot {
  const parts = new Map<number, Part[]>()
  for (const saved of [mine, theirs]) gatherParts(parts, saved)
  const columns: Columns = Object.fromEntries(COLUMN_NAMES.map(name => [name, []]))
  const texts: [number, string][] = []
  const joined = [...parts].sort((a, b) => a[0] - b[0]).map(([hour, list]) => ({ hour, rows: joinParts(list) }))
  let rows = joined.reduce((sum, one) => sum + one.rows.length, 0)
  let dropped = 0
  while (joined.length > 1 && (rows > limit || joined.length > HOURS_LIMIT)) {
    const [oldest] = joined.splice(0, 1)
    rows -= oldest.rows.length
    dropped += oldest.rows.length
  }
  const forgotten = mine.forgotten + theirs.forgotten + dropped
  const hours: ActivitySnapshot['hours'] = []
  for (const { hour, rows: list } of joined) {
    const from = columns.source.length
    for (const pieces of list) {
      const text = pieces[0].text
      if (text !== undefined) texts.push([forgotten + columns.source.length, text])
      appendRow(columns, pieces)
    }
    hours.push({ hour, from, to: columns.source.length })
  }
  return { columns, hours, forgotten, texts, passing: [...new Set([...mine.passing, ...theirs.passing])] }
}

function gatherParts(parts: Map<number, Part[]>, { columns, hours, forgotten, texts }: ActivitySnapshot): void {
  const textOf = new Map(texts)
  for (const { hour, from, to } of hours) {
    const list = parts.get(hour) ?? []
    parts.set(hour, list)
    for (let row = from; row < to; row++) list.push({ columns, row, text: textOf.get(forgotten + row) })
  }
}

/** The parts of each row, the earlier first; rows in the order of their first lines. */
function joinParts(parts: readonly Part[]): Part[][] {
  const pairs = new Map<string, Part[]>()
  const secondOf = ({ columns, row }: Part): number => columns.second[row]
  for (const part of [...parts].sort((a, b) => secondOf(a) - secondOf(b))) {
    const { columns, row } = part
    const key = `${columns.source[row]} ${columns.token[row]} ${columns.bits[row] & ROW.ACCEPTED}`
    const known = pairs.get(key)
    if (known === undefined) pairs.set(key, [part])
    else known.push(part)
  }
  return [...pairs.values()]
}

const SUMS = ['count', 'marked', 'part', 'bytes'] as const

function appendRow(columns: Columns, parts: readonly Part[]): void {
  const [{ columns: own, row }] = parts
  for (const name of COLUMN_NAMES) columns[name].push(own[name][row])
  const at = columns.source.length - 1
  for (const { columns: more, row: from } of parts.slice(1)) {
    for (const name of SUMS) columns[name][at] += more[name][from]
    columns.bits[at] |= more.bits[from]
  }
}
