/** What Prometheus can ask (docs/metrics.md). No label carries an address, a name or a path that a log's writer chose. */
import { createServer, type Server } from 'node:http'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { EXIT, Problem } from '../../core/errors.ts'

/** Figures that are read when somebody asks. */
export interface LiveFigures {
  campaignsActive: number
  blocksActive: number
  budgetUsed: number
  drift: number
}

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
  readonly latency = new Histogram({
    name: 'vpsguard_detection_latency_seconds',
    help: 'From reading a line to telling what was found in it.',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60],
    registers: [this.#registry],
  })

  constructor(version: string, figures: () => LiveFigures) {
    this.#gauge('build_info', 'The version that runs.', ['version']).set({ version }, 1)
    this.#read('campaigns_active', 'Campaigns that are going on.', () => figures().campaignsActive)
    this.#read('alert_budget_used_ratio', 'Alarms of the last week, against the budget.', () => figures().budgetUsed)
    this.#read('model_drift_score', 'Share of the features that have drifted from the model.', () => figures().drift)
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

  /** The text that Prometheus scrapes. */
  text(): Promise<string> {
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
  server.unref()
  return server
}
