/** The manual pages, rendered by mandoc as a reader's man does. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createProgram } from '../../src/commands/program.ts'
import { RULES } from '../../src/rules/index.ts'

const MAN = resolve(import.meta.dirname, '../../packaging/man')
const HAS_MANDOC = spawnSync('mandoc', ['-T', 'ascii', '/dev/null']).error === undefined

/** The page as text, without the overstrikes that make it bold. */
function rendered(page: string): string {
  const { stdout } = spawnSync('mandoc', ['-T', 'utf8', '-O', 'width=80', join(MAN, page)], { encoding: 'utf8' })
  return stdout.replace(/.\x08/g, '')
}

describe.skipIf(!HAS_MANDOC)(`manual pages${HAS_MANDOC ? '' : ' (skipped: mandoc is not installed)'}`, () => {
  it.each(['vpsguard.1', 'vpsguard.toml.5'])('%s has nothing that mandoc minds', page => {
    const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'style', join(MAN, page)], { encoding: 'utf8' })
    // Whether the pages they refer to are installed here says nothing about the pages.
    const words = stdout.split('\n').filter(line => line !== '' && !/referenced manual not found|mandoc\.db/.test(line))
    expect(words).toEqual([])
  })

  it('vpsguard(1) tells every command with its flags', () => {
    const page = rendered('vpsguard.1')
    const { command } = createProgram(new AbortController().signal)
    const verbs = command.commands.flatMap(verb => (verb.commands.length > 0 ? verb.commands : [verb]))
    for (const verb of verbs) {
      const name = verb.parent === command ? verb.name() : `${verb.parent?.name()} ${verb.name()}`
      expect(page).toContain(`vpsguard ${name}\n`)
      for (const { long } of verb.options) expect(page).toContain(long)
    }
    expect(page).toMatch(/130\s+Interrupted\./)
    expect(page).toContain('journalctl -o json | vpsguard analyze -')
  })

  it('vpsguard.toml(5) tells every key of every rule', () => {
    const page = rendered('vpsguard.toml.5')
    for (const rule of RULES) {
      expect(page).toContain(`rules.${rule.id.replaceAll('-', '_')}\n`)
      for (const key of Object.keys(rule.schema.shape)) expect(page).toContain(`${key}`)
    }
    expect(page.replace(/\s+/g, ' ')).toContain('Default: "1/week"')
  })

  it('a backslash or a leading dot of a description is printed as it is', () => {
    for (const page of ['vpsguard.1', 'vpsguard.toml.5']) {
      const bare = readFileSync(join(MAN, page), 'utf8').split('\n')
      expect(bare.filter(line => /^['.](?![A-Z][a-z]{1,2}\b|\\")/.test(line))).toEqual([])
    }
  })
})
