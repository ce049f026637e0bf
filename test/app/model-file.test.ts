import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openAnalyzers } from '../../src/app/detection.ts'
import { DETECTORS } from '../../src/app/detectors.ts'
import { digest, loadModel, type ModelContent, parseModel, printModel } from '../../src/app/model-file.ts'
import { modelNotes } from '../../src/app/model-notes.ts'
import { defaultModelPath, modelInForce, saveModel } from '../../src/app/model-store.ts'
import { stateFolder } from '../../src/app/state-folder.ts'
import { AddressTable } from '../../src/core/addresses.ts'
import { canonical } from '../../src/core/canonical.ts'
import { EXIT, Problem } from '../../src/core/errors.ts'
import { DAY } from '../../src/core/time.ts'

const folder = mkdtempSync(join(tmpdir(), 'vpsguard-model-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const MODEL: Omit<ModelContent, 'format' | 'schema_version'> = {
  tool_version: '0.1.0',
  created: '2026-02-01T00:00:00Z',
  seed: 1,
  budget_per_week: 1,
  period: { first: '2026-01-01T00:00:00Z', last: '2026-01-31T00:00:00Z' },
  hosts: ['web-1'],
  inputs: [{ path: 'auth.log', format: 'syslog', lines: 10, events: 5 }],
  events: 5,
  sources: 3,
  excluded: { sources: 1, by_rule: { 'brute-force': 1 } },
  rule_config: 'x',
  sections: {
    'window-anomaly': {
      version: 1,
      summary: ['s'],
      calibrated: true,
      band: [0, 1],
      notes: [],
      body: { a: [1.5, 1e-300] },
    },
  },
}
const TEXT = printModel(MODEL)

function problemOf(act: () => unknown): Problem {
  try {
    act()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('no problem was thrown')
}

/** A model whose checksum fits, whatever stands in it. */
function sealed(model: object): string {
  return `{"checksum":"sha256:${digest(canonical(model))}","model":${canonical(model)}}`
}

describe('a model file', () => {
  it('comes back as it was, and equal models are equal bytes', () => {
    expect(parseModel(TEXT, 'm')).toEqual({ format: 'vpsguard-model', schema_version: 1, ...MODEL })
    const reversed = Object.fromEntries(Object.entries(MODEL).reverse())
    expect(printModel({ ...MODEL, ...reversed })).toBe(TEXT)
  })

  const inner: unknown = JSON.parse(TEXT).model
  it.each([
    ['an empty file', '', /empty/],
    ['a file cut in the middle', TEXT.slice(0, TEXT.length / 2), /cut or is no JSON/],
    ['no JSON', 'not a model', /no JSON/],
    ['other JSON', '{"a":1}', /not a model file/],
    ['a list', '[]', /not a model file/],
    ['an altered figure', TEXT.replace('"events":5', '"events":6'), /altered: its checksum/],
    ['an altered checksum', TEXT.replace('sha256:', 'sha256:0'), /altered: its checksum/],
    [
      'another schema version',
      sealed({ ...Object(inner), schema_version: 99 }),
      /schema version 99; this program reads 1/,
    ],
    ['another format', sealed({ ...Object(inner), format: 'other' }), /not a model file/],
    ['a part too few', sealed({ format: 'vpsguard-model', schema_version: 1 }), /lacks a part/],
  ])('refuses %s with exit code 6 and what to do', (_, text, expected) => {
    const problem = problemOf(() => parseModel(text, 'state/model.json'))
    expect(problem.exitCode).toBe(EXIT.model)
    expect(problem.message).toMatch(expected)
    expect(problem.message).toMatch(/^state\/model\.json: /)
    expect(problem.hint).toMatch(/vpsguard train/)
  })

  it('that is absent or a folder is told with exit code 6', () => {
    expect(problemOf(() => loadModel(join(folder, 'none.json')))).toMatchObject({ exitCode: EXIT.model })
    expect(problemOf(() => loadModel(folder)).message).toMatch(/is a folder/)
  })

  it('of other features is refused by the detector it is for', () => {
    const section = { ...MODEL.sections['window-anomaly'], version: 99 }
    const model = parseModel(printModel({ ...MODEL, sections: { 'window-anomaly': section } }), 'm')
    const settings = { enabled: true, budgetPerWeek: 1, seed: 1, options: {}, model: { path: 'm.json', model } }
    const problem = problemOf(() => openAnalyzers(settings, new AddressTable(), { host: {} }))
    expect(problem.exitCode).toBe(EXIT.model)
    expect(problem.message).toMatch(/other features of window-anomaly \(version 99/)
  })
})

describe('the model store', () => {
  it('writes whole files that others may not change, and makes the folder', () => {
    const path = join(folder, 'deep', 'state', 'model.json')
    saveModel(path, TEXT)
    expect(readFileSync(path, 'utf8')).toBe(TEXT)
    expect(statSync(path).mode & 0o027).toBe(0)
    expect(readdirSync(join(folder, 'deep', 'state'))).toEqual(['model.json'])
  })

  it('keeps the three latest', () => {
    const path = join(folder, 'generations', 'model.json')
    for (const text of ['first', 'second', 'third', 'fourth']) saveModel(path, text)
    const read = (name: string): string => readFileSync(join(folder, 'generations', name), 'utf8')
    expect([read('model.json'), read('model.1.json'), read('model.2.json')]).toEqual(['fourth', 'third', 'second'])
    expect(readdirSync(join(folder, 'generations'))).toHaveLength(3)
  })

  it('says where it cannot write, and leaves nothing behind', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(problemOf(() => saveModel(join(folder, 'file', 'model.json'), TEXT)).exitCode).toBe(EXIT.usage)
    mkdirSync(join(folder, 'taken.json'))
    expect(problemOf(() => saveModel(join(folder, 'taken.json'), TEXT)).exitCode).toBe(EXIT.usage)
    expect(readdirSync(folder).filter(name => name.endsWith('.tmp'))).toEqual([])
  })

  it('finds the state folder as documented', () => {
    const of = (environment: Record<string, string>, uid = 1000): string | undefined =>
      stateFolder({ environment, uid })
    expect(of({ VPSGUARD_STATE: '/s', HOME: '/h' }, 0)).toBe('/s')
    expect(of({ HOME: '/root' }, 0)).toBe('/var/lib/vpsguard')
    expect(of({ XDG_STATE_HOME: '/x', HOME: '/h' })).toBe('/x/vpsguard')
    expect(of({ HOME: '/h' })).toBe('/h/.local/state/vpsguard')
    expect(of({})).toBeUndefined()
    expect(defaultModelPath({ environment: { VPSGUARD_STATE: '/s' }, uid: 0 })).toBe('/s/model.json')
  })

  it('takes the model asked for, else the one in the state folder, else none', () => {
    const environment = { VPSGUARD_STATE: join(folder, 'state') }
    const whose = { environment, uid: 1000 }
    expect(modelInForce(undefined, whose)).toBeUndefined()
    saveModel(join(folder, 'state', 'model.json'), TEXT)
    expect(modelInForce(undefined, whose)?.path).toBe(join(folder, 'state', 'model.json'))
    expect(problemOf(() => modelInForce(join(folder, 'no'), whose)).exitCode).toBe(EXIT.model)
    expect(existsSync(join(folder, 'no'))).toBe(false)
  })
})

describe('notes on a model', () => {
  const inForce = { path: 'm.json', model: parseModel(TEXT, 'm') }
  const first = Date.parse(MODEL.period.first)
  const last = Date.parse(MODEL.period.last)
  const about = (from: number, to: number, hosts = ['web-1'], now = to): string =>
    modelNotes(inForce, { first: from, last: to, hosts, now }).join('\n')

  it('say what a reader must know of its time and host', () => {
    expect(about(last + DAY, last + 2 * DAY)).toBe(
      'judged by the model m.json, which learned from 2026-01-01 to 2026-01-31',
    )
    expect(about(first - 9 * DAY, first - DAY)).toMatch(/ends before the model's time/)
    expect(about(first + DAY, last + DAY)).toMatch(/has learned from a part of this log's time/)
    expect(about(last + DAY, last + 2 * DAY, ['db-1'])).toMatch(/learned from web-1, and this log is of db-1/)
    expect(about(last + DAY, last + 2 * DAY, ['web-1'], last + 90 * DAY)).toMatch(/90 days old/)
  })
})

it('every detector has an id of its own, and the budget is shared out at most once', () => {
  expect(new Set(DETECTORS.map(({ id }) => id)).size).toBe(DETECTORS.length)
  expect(DETECTORS.reduce((sum, { budgetShare }) => sum + budgetShare, 0)).toBeLessThanOrEqual(1 + 1e-9)
})
