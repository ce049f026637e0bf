/** What Prometheus can ask (docs/watch.md). No label carries an address, a name or a path that a log's writer chose. */
import { createServer, type Server } from 'node:http'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { EXIT, Problem } from '../../core/errors.ts'
import type { EventKind } from '../../core/event.ts'
import type { BoardView } from '../../rates/index.ts'
import type { LiveFigures } from './figures.ts'
import type { Change } from './judge.ts'
import type { Pumped } from './lane.ts'

const outcomeOf = (kind: EventKind): string =>
  kind.endsWith('.failed') || kind === 'ssh.user.invalid'
    ? 'failure'
    : kind.endsWith('.accepted') || kind.endsWith('.opened')
      ? 'success'
      : 'unknown'

/**
 * The registry of one daemon: counters are raised as things happen, gauges are read at every scrape, and `text` is
 * what the endpoint answers.
 */
export class Metrics {
  readonly #registry = new Registry()
  readonly linesRead = this.#counter('lines_read_total', 'Lines read.', ['source'])
  readonly linesUnparsed = this.#counter('lines_unparsed_total', 'Lines that no parser understood.', ['source'])
  readonly events = this.#counter('events_total', 'Events by kind and outcome.', ['kind', 'outcome'])
  readonly findings = this.#counter('findings_total', 'Findings raised.', ['rule', 'severity'])
  readonly notifications = this.#counter('notifications_total', 'Messages by what became of them.', [
    'channel',
    'result',
  ])
  readonly lastEvent = this.#gauge('source_last_event_timestamp_seconds', 'When the last line of a source was read.', [
    'source',
  ])
  /** Signs of drift that the detectors tell of the model; 0 where there is none. */
  readonly drift = this.#gauge('model_drift_score', 'Signs of drift from the model.', [])
  readonly latency = new Histogram({
    name: 'vpsguard_detection_latency_seconds',
    help: 'From reading a line to telling what was found in it.',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60],
    registers: [this.#registry],
  })

  /** Read once a scrape. */
  #figures: LiveFigures | undefined

  /** @param readFigures asked at every scrape */
  constructor(version: string, budgetPerWeek: number, readFigures: () => LiveFigures) {
    const figures = (): LiveFigures => {
      this.#figures ??= readFigures()
      return this.#figures
    }
    this.#gauge('build_info', 'The version that runs.', ['version']).set({ version }, 1)
    this.#read('campaigns_active', 'Campaigns that are going on.', () => figures().campaignsActive)
    this.#read(
      'alert_budget_used_ratio',
      'Campaigns, anomalies and rates of the last week, by the false alarms that the budget allows.',
      () => figures().alarmsThisWeek / budgetPerWeek,
    )
    const blocks = this.#gauge('blocks_active', 'Blocks in force.', ['scope'])
    blocks.collect = () => blocks.set({ scope: 'host' }, figures().blocksActive)
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `vpsguard_${name}`, help, labelNames, registers: [this.#registry] })
  }

  #gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
  ): Gauge<Label> & { collect?: () => void } {
    return new Gauge({ name: `vpsguard_${name}`, help, labelNames, registers: [this.#registry] })
  }

  #read(name: string, help: string, value: () => number): void {
    new Gauge({
      name: `vpsguard_${name}`,
      help,
      registers: [this.#registry],
      collect() {
        this.set(value())
      },
    })
  }

  /** The rates of the last minute, asked for at every scrape. */
  showRates(rates: () => BoardView | undefined): void {
    const gauge = this.#gauge('rate_per_minute', 'Events of the last 60 seconds, and what is usual.', [
      'measure',
      'value',
    ])
    gauge.collect = () => {
      for (const { measure, observed, expected } of rates()?.series ?? []) {
        gauge.set({ measure, value: 'observed' }, observed)
        gauge.set({ measure, value: 'expected' }, expected)
      }
    }
  }

  /** A chunk of a log. `now` milliseconds. */
  read(source: string, { lines, unknown }: Pumped, now: number): void {
    this.linesRead.inc({ source }, lines)
    if (unknown > 0) this.linesUnparsed.inc({ source }, unknown)
    this.lastEvent.set({ source }, now / 1000)
  }

  event(kind: EventKind): void {
    this.events.inc({ kind, outcome: outcomeOf(kind) })
  }

  /** What was told; `arrived` is when the last bytes came. */
  found(changes: readonly Change[], arrived: number, now: number): void {
    for (const { finding, change } of changes) {
      if (change === 'new') this.findings.inc({ rule: finding.rule, severity: finding.severity })
    }
    if (Number.isFinite(arrived)) this.latency.observe(Math.max(0, now - arrived) / 1000)
  }

  sent(channel: string, result: 'sent' | 'failed'): void {
    this.notifications.inc({ channel, result })
  }

  /** The text that Prometheus scrapes. */
  text(): Promise<string> {
    this.#figures = undefined
    return this.#registry.metrics()
  }
}

/**
 * Serves `/metrics` at `host:port`. @throws Problem (exit 3) where the address is not this machine's own or is taken
 */
export async function serveMetrics(metrics: Metrics, listen: string): Promise<Server> {
  const match = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]):(\d{1,5})$/.exec(listen)
  if (match === null) {
    throw new Problem(EXIT.config, `[metrics] listen: "${listen}" is not an address of this machine's own`, {
      expected: 'a loopback address and a port, such as 127.0.0.1:9477',
      hint: 'put a proxy with authentication before it, to read it from elsewhere',
    })
  }
  const server = createServer((request, response) => {
    if (request.url !== '/metrics' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('only /metrics is here\n')
      return
    }
    metrics.text().then(
      text => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  server.headersTimeout = 5000
  server.maxConnections = 16
  await new Promise<void>((done, fail) => {
    server.once('error', cause =>
      fail(new Problem(EXIT.config, `[metrics] listen: ${listen} cannot be taken (${cause.message})`, { cause })),
    )
    server.listen(Number(match[2]), match[1].replace(/[[\]]/g, ''), done)
  })
  // Too many open files at a moment must not end the daemon.
  server.on('error', () => undefined)
  server.unref()
  return server
}
