/**
 * How well the payload families tell attacks from ordinary values, on a labelled collection of request parameters
 * (payloads/http-params.csv of the shared data, found by VPSGUARD_DATA). Prints a table and writes
 * bench/results/payloads.json. The collection is cut in two halves by a digest of each value: one that the families may
 * be worked on with, and one that is only ever measured.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { classifyText } from '../src/kit/payloads/index.ts'

const DATA = process.env.VPSGUARD_DATA ?? resolve(import.meta.dirname, '../../shared/data')
const FILE = join(DATA, 'payloads/http-params.csv')
const RESULTS = resolve(import.meta.dirname, 'results')

/** Which of our families answer to a label of the collection. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  sqli: ['sql_injection'],
  xss: ['xss'],
  'path-traversal': ['path_traversal', 'lfi_file_read'],
  cmdi: ['command_injection', 'cgi_shell_traversal', 'shellshock'],
}

interface Row {
  payload: string
  label: string
}

/** Reads RFC 4180 records; the first names the columns. */
function readCsv(text: string): Row[] {
  const records: string[][] = []
  let record: string[] = []
  let field = ''
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (quoted) {
      if (char !== '"') field += char
      else if (text[i + 1] === '"') field += text[++i]
      else quoted = false
    } else if (char === '"') quoted = true
    else if (char === ',' || char === '\n') {
      record.push(field)
      field = ''
      if (char === '\n') {
        records.push(record)
        record = []
      }
    } else if (char !== '\r') field += char
  }
  const [head, ...rows] = records
  const payload = head.indexOf('payload')
  const label = head.indexOf('attack_type')
  return rows.filter(row => row.length === head.length).map(row => ({ payload: row[payload], label: row[label] }))
}

interface Score {
  label: string
  rows: number
  precision: number
  recall: number
  /** Ordinary values taken for this attack. */
  false_alarms: number
  /** Other attacks taken for this one. */
  confused: number
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 1 : Math.round((part / whole) * 1e5) / 1e5)

function score(rows: readonly Row[]): { families: Score[]; overall: Score } {
  const found = rows.map(row => new Set(classifyText(row.payload)))
  const families = Object.entries(ANSWERS).map(([label, answers]): Score => {
    let hits = 0
    let total = 0
    let falseAlarms = 0
    let confused = 0
    for (const [index, row] of rows.entries()) {
      const fired = answers.some(id => found[index].has(id))
      if (row.label === label) total++
      if (!fired) continue
      if (row.label === label) hits++
      else if (row.label === 'norm') falseAlarms++
      else confused++
    }
    return {
      label,
      rows: total,
      precision: ratio(hits, hits + falseAlarms + confused),
      recall: ratio(hits, total),
      false_alarms: falseAlarms,
      confused,
    }
  })
  const attacks = rows.filter(row => row.label !== 'norm').length
  const caught = rows.filter((row, index) => row.label !== 'norm' && found[index].size > 0).length
  const alarms = rows.filter((row, index) => row.label === 'norm' && found[index].size > 0).length
  const overall = {
    label: 'any attack',
    rows: attacks,
    precision: ratio(caught, caught + alarms),
    recall: ratio(caught, attacks),
    false_alarms: alarms,
    confused: 0,
  }
  return { families, overall }
}

if (!existsSync(FILE)) {
  process.stdout.write(`skipped: ${FILE} is not there (set VPSGUARD_DATA)\n`)
} else {
  const rows = readCsv(readFileSync(FILE, 'utf8'))
  const half = (row: Row): number => createHash('sha256').update(row.payload).digest()[0] & 1
  const halves = {
    worked_on: rows.filter(row => half(row) === 0),
    held_out: rows.filter(row => half(row) === 1),
    all: rows,
  }
  const results = Object.fromEntries(Object.entries(halves).map(([name, part]) => [name, score(part)]))
  for (const [name, { families, overall }] of Object.entries(results)) {
    process.stdout.write(
      `${name.replace('_', ' ')}: ${halves[name === 'all' ? 'all' : name === 'held_out' ? 'held_out' : 'worked_on'].length} values\n`,
    )
    process.stdout.write(
      `  ${'label'.padEnd(16)}${'values'.padStart(8)}${'precision'.padStart(11)}${'recall'.padStart(9)}${'false alarms'.padStart(14)}${'confused'.padStart(10)}\n`,
    )
    for (const one of [...families, overall]) {
      process.stdout.write(
        `  ${one.label.padEnd(16)}${String(one.rows).padStart(8)}${one.precision.toFixed(4).padStart(11)}${one.recall.toFixed(4).padStart(9)}` +
          `${String(one.false_alarms).padStart(14)}${String(one.confused).padStart(10)}\n`,
      )
    }
  }
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(
    join(RESULTS, 'payloads.json'),
    `${JSON.stringify({ collection: 'HttpParamsDataset', results }, null, 2)}\n`,
  )
}
