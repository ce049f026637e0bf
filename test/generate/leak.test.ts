/**
 * The leak test: attacks must be found by what they add up to, never by how a single line of theirs looks. A classifier
 * that sees one event at a time, trained on some logs, must do no better than chance on others.
 */
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/core/random.ts'
import { generate } from '../../src/generate/index.ts'
import type { Sample } from './classifier.ts'
import { auroc, balance, logistic, neighbours } from './classifier.ts'
import { readCombined, readSystemLine } from './read-back.ts'

const START = Date.UTC(2026, 1, 2)
/** Many logs with one campaign each: the hour at which a campaign happens to run must not pass for a trait of its lines. */
const SEEDS = 160

/** One sample a connection: what its own lines show. Only sources with one connection count, on both sides. */
function connectionsOf(seed: number, known: boolean): Sample[] {
  const { lines, truth } = generate({
    entries: 1100,
    days: 7,
    seed,
    start: START,
    format: 'syslog-rfc3339',
    newSourcesPerDay: 6,
    profiles: [{ id: 'botnet', share: 0.2 }],
  })
  const injected = new Set(truth.attacks[0].sources)
  const strangers = new Set(truth.background.strangers)
  const byPid = new Map<number, { time: number; message: string }[]>()
  for (const { time, pid, program, message } of [...lines].map(readSystemLine)) {
    if (program !== 'sshd') continue
    const said = byPid.get(pid) ?? []
    said.push({ time, message })
    byPid.set(pid, said)
  }
  const bySource = new Map<string, Sample[]>()
  for (const [pid, said] of byPid) {
    const failed = said.find(one => one.message.startsWith('Failed password'))
    const found = /^Failed password for (invalid user )?\S+ from (\S+) port (\d+)/.exec(failed?.message ?? '')
    if (found === null || failed === undefined) continue
    const [, invalid, source, port] = found
    if ((invalid === undefined) !== known || !(injected.has(source) || strangers.has(source))) continue
    const first = said[0].time
    const end = said.findLast(one => /preauth/.test(one.message))?.message ?? ''
    const features = [
      said.length,
      pid % 2,
      pid % 10,
      Number(port),
      (first % 1000) / 1000,
      (first / 1000) % 60,
      (first / 3_600_000) % 24,
      Math.log(failed.time - first),
      Math.log(1 + said[said.length - 1].time - first),
      said.filter(one => one.message.startsWith('Failed')).length,
      end.startsWith('Connection closed') ? 1 : 0,
      end.startsWith('Disconnected') ? 1 : 0,
      end.startsWith('Connection reset') ? 1 : 0,
      said.some(one => one.message.includes(':11: Bye')) ? 1 : 0,
      source.includes(':') ? 1 : 0,
      Number(source.split('.')[2] ?? -1),
    ]
    const samples = bySource.get(source) ?? []
    samples.push({ features, injected: injected.has(source) })
    bySource.set(source, samples)
  }
  return [...bySource.values()].filter(samples => samples.length === 1).flat()
}

/** One sample a request, of sources that sent one request. */
function requestsOf(seed: number): Sample[] {
  const { lines, truth } = generate({
    entries: 600,
    days: 7,
    seed,
    start: START,
    format: 'nginx',
    newSourcesPerDay: 6,
    profiles: [{ id: 'spray-scan', share: 0.08 }],
  })
  const injected = new Set(truth.attacks[0].sources)
  const strangers = new Set(truth.background.strangers)
  const bySource = new Map<string, Sample[]>()
  for (const { source, time, method, target, status, bytes, agent } of [...lines].map(readCombined)) {
    if (!injected.has(source) && !strangers.has(source)) continue
    const features = [
      (time / 1000) % 60,
      (time / 3_600_000) % 24,
      method.length,
      target.length,
      target.split('/').length,
      status,
      Math.log(1 + bytes),
      agent.length,
      agent.startsWith('Mozilla') ? 1 : 0,
      source.includes(':') ? 1 : 0,
      Number(source.split('.')[2] ?? -1),
      target.includes('.') ? 1 : 0,
    ]
    const samples = bySource.get(source) ?? []
    samples.push({ features, injected: injected.has(source) })
    bySource.set(source, samples)
  }
  return [...bySource.values()].filter(samples => samples.length === 1).flat()
}

/** Even seeds teach, odd seeds test. Both sides are cut to `most` samples of each class, drawn by seed. */
function split(make: (seed: number) => Sample[], most: number): { train: Sample[]; test: Sample[] } {
  const random = createRandom(5, 'leak')
  const half = (parity: number): Sample[] => {
    const all = Array.from({ length: SEEDS }, (_, seed) => seed)
      .filter(seed => seed % 2 === parity)
      .flatMap(make)
    return balance(all, most, random)
  }
  return { train: half(0), test: half(1) }
}

describe('nothing can be told from a single event', () => {
  const cases = [
    { name: 'attempts on names the host lacks', make: (seed: number) => connectionsOf(seed, false) },
    { name: 'attempts on names the host has', make: (seed: number) => connectionsOf(seed, true) },
    { name: 'web probes', make: requestsOf },
  ]
  for (const { name, make } of cases) {
    it(name, () => {
      const { train, test } = split(make, 900)
      expect(test.filter(one => one.injected).length).toBeGreaterThan(300)
      expect(test.filter(one => !one.injected).length).toBeGreaterThan(300)
      expect(auroc(logistic(train), test)).toBeLessThan(0.55)
      expect(auroc(neighbours(train, 15), test)).toBeLessThan(0.55)
    })
  }

  it('would see a leak if there were one', () => {
    const { train, test } = split(seed => connectionsOf(seed, false), 400)
    const spoil = (samples: Sample[]): Sample[] =>
      samples.map(one => ({ ...one, features: [...one.features, one.injected ? 1 : 0.2] }))
    expect(auroc(logistic(spoil(train)), spoil(test))).toBeGreaterThan(0.9)
  })
})
