/** The hours of two nodes put together: rows of one pair of one hour add up, and the hours stand in their order. */
import { type ActivitySnapshot, HOURS_LIMIT } from './activity.ts'
import { COLUMN_NAMES, ROW } from './activity-columns.ts'

type Columns = ActivitySnapshot['columns']

/** What a table of hours has room for, and the shared row of a pair that finds none in its hour. */
interface Room {
  readonly limit: number
  readonly hourLimit: number
  restOf(source: number, token: number): number
}

/** A row as it was on its node, the pair it counts for, and the text of its first line where it was kept. */
interface Part {
  columns: Columns
  row: number
  source: number
  token: number
  text: string | undefined
}

/**
 * Both snapshots as one; those of one another's numbers are translated already. Counts are exact. Connections are those
 * that each node told apart, and a row shows the program that its earlier part shows. Of more rows than there is room for
 * the oldest hours are forgotten; what is too much for one hour shares a few rows, as it does when it is counted.
 */
export function joinActivities(mine: ActivitySnapshot, theirs: ActivitySnapshot, room: Room): ActivitySnapshot {
  const parts = new Map<number, Part[]>()
  for (const saved of [mine, theirs]) gatherParts(parts, saved)
  const columns: Columns = Object.fromEntries(COLUMN_NAMES.map(name => [name, []]))
  const texts: [number, string][] = []
  const joined = [...parts].sort((a, b) => a[0] - b[0]).map(([hour, list]) => ({ hour, rows: joinParts(list, room) }))
  let rows = joined.reduce((sum, one) => sum + one.rows.length, 0)
  let dropped = 0
  while (joined.length > 1 && (rows > room.limit || joined.length > HOURS_LIMIT)) {
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
    for (let row = from; row < to; row++) {
      const [source, token] = [columns.source[row], columns.token[row]]
      list.push({ columns, row, source, token, text: textOf.get(forgotten + row) })
    }
  }
}

/** The parts of each row, the earlier first; rows in the order of their first lines. */
function joinParts(parts: readonly Part[], room: Room): Part[][] {
  const pairs = new Map<string, Part[]>()
  const secondOf = ({ columns, row }: Part): number => columns.second[row]
  for (const part of [...parts].sort((a, b) => secondOf(a) - secondOf(b))) {
    const known = pairs.get(keyOf(part))
    if (known !== undefined) known.push(part)
    else if (part.source < 0 || pairs.size < room.hourLimit) pairs.set(keyOf(part), [part])
    else {
      const rest = { ...part, source: -1, token: room.restOf(part.source, part.token) }
      const shared = pairs.get(keyOf(rest))
      if (shared === undefined) pairs.set(keyOf(rest), [rest])
      else shared.push(rest)
    }
  }
  return [...pairs.values()]
}

function keyOf({ columns, row, source, token }: Part): string {
  return `${source} ${token} ${columns.bits[row] & ROW.ACCEPTED}`
}

const SUMS = ['count', 'marked', 'part', 'bytes'] as const

function appendRow(columns: Columns, parts: readonly Part[]): void {
  const [{ columns: own, row, source, token }] = parts
  for (const name of COLUMN_NAMES) columns[name].push(own[name][row])
  const at = columns.source.length - 1
  columns.source[at] = source
  columns.token[at] = token
  for (const { columns: more, row: from } of parts.slice(1)) {
    for (const name of SUMS) columns[name][at] += more[name][from]
    columns.bits[at] |= more.bits[from]
  }
}
