/** "Add a rule in one file": what CONTRIBUTING.md tells is done here, word by word. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { testRule } from '../../src/app/rule-samples.ts'
import type { Rule } from '../../src/kit/define-rule.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'vpsguard-rule-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function exampleRule(): string {
  const text = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')
  const block = /```ts\n([\s\S]*?)```/.exec(text)
  if (block === null) throw new TypeError('CONTRIBUTING.md has no example')
  // The file would stand in src/rules; here its imports are made to point there.
  return block[1]
    .replaceAll("'../", `'${pathToFileURL(join(ROOT, 'src')).href}/`)
    .replace("from 'zod'", `from '${import.meta.resolve('zod')}'`)
}

describe('the rule of CONTRIBUTING.md', () => {
  it('loads, and its samples behave as declared', async () => {
    const file = join(folder, 'service-login.ts')
    writeFileSync(file, exampleRule())
    const { default: rule }: { default: Rule } = await import(file)
    expect(rule.id).toBe('service-login')
    const results = testRule(rule, { host: {} })
    expect(results.filter(result => !result.passed)).toEqual([])
    expect(results.map(result => result.expected)).toEqual(['fires', 'quiet'])
  })
})
