/** The house's import rules (ARCHITECTURE.md), and what the inner rooms must not touch. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = resolve(import.meta.dirname, '../../src')

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => join(entry.parentPath, entry.name))
}

/** Rooms that each may import; its own room always. `cli.ts` and `index.ts` stand above all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  kit: ['core'],
  sources: ['core', 'kit'],
  parsers: ['core', 'kit'],
  rules: ['core', 'kit'],
  rates: ['core', 'kit'],
  anomaly: ['core', 'kit'],
  campaigns: ['core', 'kit'],
  engine: ['core', 'kit'],
  intel: ['core', 'kit'],
  sinks: ['core', 'kit'],
  store: ['core', 'kit'],
  generate: ['core', 'kit'],
  config: ['core', 'kit'],
}

/** These see the world through their arguments only. */
const PURE = ['core', 'kit', 'parsers', 'rules', 'rates', 'anomaly', 'campaigns', 'engine', 'generate']

const room = (file: string): string => relative(SRC, file).split('/')[0]

const importsOf = (text: string): string[] =>
  [
    ...text.matchAll(/^\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\('([^']+)'\)/gm),
  ].map(match => match[1] ?? match[2] ?? match[3])

const files = filesBelow(SRC)

describe('the house', () => {
  it('has files to look at', () => {
    expect(files.length).toBeGreaterThan(100)
  })

  it.each(Object.keys(MAY_IMPORT))('%s imports only what it may', name => {
    const allowed = new Set([name, ...MAY_IMPORT[name]])
    const broken = files
      .filter(file => room(file) === name)
      .flatMap(file =>
        importsOf(readFileSync(file, 'utf8'))
          .filter(target => target.startsWith('.'))
          .map(target => resolve(dirname(file), target))
          .filter(target => !allowed.has(room(target)))
          .map(target => `${relative(SRC, file)} -> ${relative(SRC, target)}`),
      )
    expect(broken).toEqual([])
  })

  it('nothing but the command line and the composition root knows app and commands', () => {
    const broken = files
      .filter(file => !['app', 'commands', 'cli.ts', 'index.ts'].includes(room(file)))
      .filter(file => importsOf(readFileSync(file, 'utf8')).some(target => /\/(app|commands)\//.test(target)))
    expect(broken.map(file => relative(SRC, file))).toEqual([])
  })

  it.each(PURE)('%s touches no clock, timer, process, console or file', name => {
    const forbidden =
      /\bDate\.now\b|\bnew Date\(\)|\bsetTimeout\b|\bsetInterval\b|\bprocess\.|\bconsole\.|\bMath\.random\b|from 'node:(fs|child_process|worker_threads|os|net|http)/
    const broken = files
      .filter(file => room(file) === name)
      .flatMap(file =>
        readFileSync(file, 'utf8')
          .split('\n')
          .map((line, index) => ({ line, place: `${relative(SRC, file)}:${index + 1}` }))
          .filter(({ line }) => !/^\s*(\*|\/\/|\/\*)/.test(line) && forbidden.test(line)),
      )
    expect(broken).toEqual([])
  })

  it('only the command line ends the process', () => {
    const broken = files.filter(file => room(file) !== 'cli.ts' && /\bprocess\.exit\(/.test(readFileSync(file, 'utf8')))
    expect(broken.map(file => relative(SRC, file))).toEqual([])
  })

  it('files stay short enough to read', () => {
    const long = files
      .map(file => ({ file: relative(SRC, file), lines: readFileSync(file, 'utf8').split('\n').length }))
      .filter(({ lines }) => lines > 400)
    expect(long).toEqual([])
  })
})
