/**
 * A finding's `details` as blocks that any report can show. What a kind of finding puts there is its own business
 * (participants, prefixes, intervals, scores ...), so the shape decides how it is shown, never a list of known keys.
 */
import { formatNumber, formatShare } from './words.ts'

interface DetailFact {
  label: string
  value: string
}

interface DetailColumn {
  key: string
  title: string
  numeric: boolean
}

/** A cell; `share` (0 to 1) where the figure is a probability or a share, so that a page can draw it. */
interface DetailCell {
  text: string
  share?: number
}

export type DetailBlock =
  | { shape: 'facts'; title: string; facts: DetailFact[] }
  | { shape: 'list'; title: string; items: string[] }
  | { shape: 'table'; title: string; columns: DetailColumn[]; rows: DetailCell[][] }

type LocalTime = (rfc3339: string) => string

const TITLES: Readonly<Record<string, string>> = {
  asn: 'Network (AS)',
  glue: 'What they share',
  kinds: 'Kind',
  names: 'Names tried',
  posterior: 'Probability',
  prefixes: 'Prefixes that cover them',
  seen: 'Seen',
  expected: 'Usual',
  tokens: 'What they share',
}
const SHARES =
  /^(?:posterior|probability|share|confidence|coverage|precision|recall)$|_(?:share|probability|posterior)$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null

/** `first_seen` -> `First seen`; a key that is no identifier (a log's own word) stays as it is. */
function titleOf(key: string): string {
  const known = Object.hasOwn(TITLES, key) ? TITLES[key] : undefined
  if (known !== undefined) return known
  if (!/^[a-z][a-z0-9_]*$/.test(key)) return key
  return key[0].toUpperCase() + key.slice(1).replaceAll('_', ' ')
}

function textOf(key: string, value: unknown, localTime: LocalTime): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'number')
    return SHARES.test(key) && value >= 0 && value <= 1 ? formatShare(value) : formatNumber(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return TIME.test(value) ? localTime(value) : value
  if (Array.isArray(value)) return value.map(item => textOf(key, item, localTime)).join(', ')
  if (isRecord(value))
    return Object.entries(value)
      .map(([name, item]) => `${name} ${textOf(name, item, localTime)}`)
      .join(', ')
  return String(value)
}

function cellOf(key: string, value: unknown, localTime: LocalTime): DetailCell {
  const text = textOf(key, value, localTime)
  return typeof value === 'number' && SHARES.test(key) && value >= 0 && value <= 1 ? { text, share: value } : { text }
}

function tableOf(key: string, records: readonly Record<string, unknown>[], localTime: LocalTime): DetailBlock {
  const keys = [...new Set(records.flatMap(record => Object.keys(record)))]
  return {
    shape: 'table',
    title: titleOf(key),
    columns: keys.map(name => ({
      key: name,
      title: titleOf(name),
      numeric: records.every(
        record => record[name] === undefined || record[name] === null || typeof record[name] === 'number',
      ),
    })),
    rows: records.map(record => keys.map(name => cellOf(name, record[name], localTime))),
  }
}

/** Two records with the same figures, one as seen and one as usual, are read side by side. */
function comparison(
  seen: Record<string, unknown>,
  expected: Record<string, unknown>,
  localTime: LocalTime,
): DetailBlock {
  const keys = [...new Set([...Object.keys(seen), ...Object.keys(expected)])]
  return {
    shape: 'table',
    title: 'Seen against usual',
    columns: [
      { key: 'measure', title: 'Measure', numeric: false },
      { key: 'seen', title: TITLES.seen, numeric: true },
      { key: 'expected', title: TITLES.expected, numeric: true },
    ],
    rows: keys.map(key => [
      { text: titleOf(key) },
      cellOf(key, seen[key], localTime),
      cellOf(key, expected[key], localTime),
    ]),
  }
}

/** Turns `details` into blocks: single values together first, then lists and tables in the order they were given. */
export function detailBlocks(details: Record<string, unknown> | undefined, localTime: LocalTime): DetailBlock[] {
  const facts: DetailFact[] = []
  const blocks: DetailBlock[] = []
  const { seen, expected, ...rest } = details ?? {}
  const compared = isRecord(seen) && isRecord(expected)
  if (compared) blocks.push(comparison(seen, expected, localTime))
  for (const [key, value] of Object.entries(compared ? rest : (details ?? {}))) {
    if (isScalar(value)) {
      facts.push({ label: titleOf(key), value: textOf(key, value, localTime) })
    } else if (Array.isArray(value)) {
      if (value.length === 0) continue
      const records = value.filter(isRecord)
      if (records.length === value.length) blocks.push(tableOf(key, records, localTime))
      else blocks.push({ shape: 'list', title: titleOf(key), items: value.map(item => textOf(key, item, localTime)) })
    } else if (isRecord(value)) {
      const inner = Object.entries(value).map(([name, item]) => ({ label: name, value: textOf(name, item, localTime) }))
      if (inner.length > 0) blocks.push({ shape: 'facts', title: titleOf(key), facts: inner })
    }
  }
  return facts.length === 0 ? blocks : [{ shape: 'facts', title: 'Details', facts }, ...blocks]
}
