/** The folder, the index and the declarations agree. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RULES } from '../../src/rules/index.ts'
import { isWithin } from '../../src/rules/quiet-hours.ts'

const folder = new URL('../../src/rules/', import.meta.url)
const files = readdirSync(folder, { withFileTypes: true })
  .filter(entry => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== 'index.ts')
  .map(entry => entry.name.slice(0, -3))

describe('rules', () => {
  it('are one a file, and all in the index', () => {
    expect(RULES.map(rule => rule.id).sort()).toEqual(files.sort())
  })

  it.each(RULES.map(rule => ({ id: rule.id, rule })))('$id is told in full', ({ rule }) => {
    expect(rule.id).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(rule.title.length).toBeGreaterThan(10)
    expect(rule.description.length).toBeGreaterThan(50)
    expect(rule.falsePositives.length).toBeGreaterThan(0)
    expect(rule.techniques.length).toBeGreaterThan(0)
    for (const technique of rule.techniques) expect(technique).toMatch(/^T\d{4}(\.\d{3})?$/)
    expect(rule.on.length).toBeGreaterThan(0)
    expect(rule.confidence).toBeGreaterThan(0)
    expect(rule.confidence).toBeLessThanOrEqual(1)
    const names = [...rule.examples().fires, ...rule.examples().quiet].map(sample => sample.name)
    expect(new Set(names).size).toBe(names.length)
    for (const [key, option] of Object.entries(rule.schema.shape)) {
      expect(key).toMatch(/^[a-z]+(_[a-z]+)*$/)
      expect('description' in option ? option.description : undefined, `${rule.id}.${key} is described`).toBeTruthy()
    }
    expect(rule.schema.parse({})).toMatchObject({ severity: rule.severity })
    expect(() => rule.schema.parse({ no_such_key: 1 })).toThrow()
  })

  it('samples use documentation addresses only', () => {
    for (const file of files) {
      const text = readFileSync(new URL(`${file}.ts`, folder), 'utf8')
      for (const [address] of text.matchAll(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g)) {
        expect(address, `${file}.ts`).toMatch(
          /^(192\.0\.2|198\.51\.100|203\.0\.113|10\.\d+\.\d+|127\.0\.0|172\.(1[6-9]|2\d|3[01])\.\d+|192\.168\.\d+|169\.254\.\d+)\.\d+$/,
        )
      }
    }
  })
})

it('hours wrap midnight', () => {
  const quiet = (start: number, end: number): number[] =>
    Array.from({ length: 24 }, (_, hour) => hour).filter(hour => isWithin(hour, start, end))
  expect(quiet(23, 6)).toEqual([0, 1, 2, 3, 4, 5, 23])
  expect(quiet(1, 3)).toEqual([1, 2])
  expect(quiet(4, 4)).toEqual([])
  expect(quiet(0, 23)).toHaveLength(23)
})
