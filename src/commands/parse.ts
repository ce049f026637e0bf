/** `vpsguard parse`: the events that lines say. */

import { describeInput } from '../app/input-report.ts'
import { startPool } from '../app/parse-pool.ts'
import { runPipeline } from '../app/pipeline.ts'
import { loadConfigInForce } from '../app/setup.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { CLOCK_KINDS, EVENT_KINDS, KIND } from '../core/event.ts'
import { type EventJson, eventToJson } from '../core/event-json.ts'
import { csvCell, escapeJson, escapeTerminal } from '../core/text.ts'
import type { EventView } from '../core/view.ts'
import { familiesOf } from '../kit/payloads/index.ts'
import { FORMATS } from '../parsers/index.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { type InputFlags, readInputFlags } from './input-flags.ts'
import { openInputs } from './open-inputs.ts'
import { createSink, type Sink } from './sink.ts'

export interface ParseFlags extends CommonFlags, InputFlags {
  format?: string
  json?: boolean
  stats?: boolean
  formats?: boolean
  output?: string
}

const COLUMNS = [
  'time',
  'kind',
  'source',
  'port',
  'user',
  'method',
  'path',
  'query',
  'status',
  'bytes',
  'agent',
  'detail',
  'host',
  'service',
  'line',
] as const

const CLOCK: ReadonlySet<string> = new Set(CLOCK_KINDS)

/**
 * Writes events as JSON lines, CSV or a table, or with --stats what was understood of each log. Answers 0, or the
 * exit code of the first log that could not be read.
 * @throws Problem for flags or a config that cannot be used, and where no log can be read
 */
export async function parseCommand(logs: string[], flags: ParseFlags, env: CommandEnvironment): Promise<number> {
  if (flags.formats === true) {
    env.stdout.write(FORMATS.map(format => `${format.id.padEnd(18)} ${format.title}\n`).join(''))
    return EXIT.ok
  }
  const format = flags.json === true ? 'json' : (flags.format ?? (flags.stats === true ? 'table' : 'json'))
  if (format !== 'json' && format !== 'csv' && format !== 'table') {
    throw new Problem(EXIT.usage, `--format ${format}: no such form of events`, { expected: 'json, csv or table' })
  }
  const { config } = loadConfigInForce(flags.config, env)
  const choice = readInputFlags(logs, flags, config, env.now())
  const { sources, problems, failed } = await openInputs(choice.request, flags, env)
  const pool = startPool(choice.settings, sources)
  const counts = new Float64Array(EVENT_KINDS.length)
  const sink = createSink(flags.output, env)
  const write =
    flags.stats === true
      ? undefined
      : writer(
          format,
          sink,
          sources.map(source => source.path),
        )
  try {
    const run = await runPipeline(
      { ...choice, sources, now: env.now(), pool, signal: env.signal, onFailure: failed },
      event => {
        if (CLOCK.has(event.kind)) return
        counts[KIND[event.kind]] += event.count
        write?.(event)
      },
    )
    if (flags.stats === true) {
      const inputs = run.inputs.map(input => describeInput(input, run.formats))
      const kinds = Object.fromEntries(
        EVENT_KINDS.flatMap((kind, index) => (counts[index] > 0 ? [[kind, counts[index]]] : [])),
      )
      sink.write(
        flags.json === true || flags.format === 'json'
          ? `${escapeJson(JSON.stringify({ inputs, kinds }, null, 2))}\n`
          : statsTable(inputs, kinds),
      )
    }
    await sink.end()
    return problems[0]?.exitCode ?? EXIT.ok
  } catch (error) {
    sink.discard()
    throw error
  } finally {
    await pool?.stop()
  }
}

function writer(format: 'json' | 'csv' | 'table', sink: Sink, paths: readonly string[]): (event: EventView) => void {
  const json = (event: EventView): EventJson => eventToJson(event, paths[event.input] ?? '', familiesOf(event.traits))
  if (format === 'json') return event => sink.write(`${escapeJson(JSON.stringify(json(event)))}\n`)
  const cells = (event: EventView): string[] => {
    const row: Record<string, unknown> = { ...json(event), line: event.ref.line }
    return COLUMNS.map(column => (row[column] === undefined ? '' : String(row[column])))
  }
  if (format === 'csv') {
    sink.write(`${COLUMNS.join(',')}\r\n`)
    return event => sink.write(`${cells(event).map(csvCell).join(',')}\r\n`)
  }
  return event => {
    const [time, kind, source, , user, method, path, query, status, , , detail] = cells(event)
    const what =
      kind === 'web.request'
        ? `${method} ${path}${query === '' ? '' : `?${query}`} ${status}`
        : [user, method, detail].filter(text => text !== '').join(' ')
    sink.write(`${time.padEnd(24)} ${kind.padEnd(20)} ${source.padEnd(15)} ${escapeTerminal(what)}\n`)
  }
}

function statsTable(inputs: ReturnType<typeof describeInput>[], kinds: Record<string, number>): string {
  const lines: string[] = []
  for (const input of inputs) {
    lines.push(`${escapeTerminal(input.path)}`)
    lines.push(
      `  format ${input.format}, ${input.lines} lines, ${input.events} events, ${input.irrelevant ?? 0} not security relevant`,
    )
    lines.push(`  not understood ${input.unknown ?? 0}, cut or garbled ${input.malformed ?? 0}`)
    lines.push(
      `  from ${input.first ?? '-'} to ${input.last ?? '-'}${input.clock?.zone === undefined ? '' : `, zone ${input.clock.zone}`}${input.clock?.year === undefined ? '' : `, year ${input.clock.year}`}`,
    )
    for (const note of input.notes ?? []) lines.push(`  ${escapeTerminal(note)}`)
    for (const sample of input.samples ?? []) lines.push(`  > ${escapeTerminal(sample)}`)
  }
  lines.push('', 'events')
  for (const [kind, count] of Object.entries(kinds).sort((a, b) => b[1] - a[1]))
    lines.push(`  ${String(count).padStart(10)}  ${kind}`)
  return `${lines.join('\n')}\n`
}
