/**
 * Writes what docs/ reads from the declarations: docs/rules/*.md, docs/config.md, docs/formats.md, docs/events.md; and
 * the manual pages and completions of packaging/.
 * With --check it writes nothing and fails where a file is not up to date.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { completionScript } from '../src/commands/completion.ts'
import { createProgram } from '../src/commands/program.ts'
import { commandPage, configManual } from './docs-man.ts'
import { configPage, detectorPages, eventPage, formatPage, rulePages } from './pages.ts'

const root = join(import.meta.dirname, '..')
const check = process.argv.includes('--check')
const program = createProgram(new AbortController().signal).command

const pages = new Map<string, string>([
  ...[
    ...rulePages(),
    ...detectorPages(),
    ['config.md', configPage()] as const,
    ['formats.md', formatPage()] as const,
    ['events.md', eventPage()] as const,
  ].map(([name, text]): [string, string] => [`docs/${name}`, text]),
  ['packaging/man/vpsguard.1', commandPage()],
  ['packaging/man/vpsguard.toml.5', configManual()],
  ['packaging/completions/vpsguard.bash', completionScript('bash', program)],
  ['packaging/completions/_vpsguard', completionScript('zsh', program)],
  ['packaging/completions/vpsguard.fish', completionScript('fish', program)],
])

const stale: string[] = []
for (const [name, text] of pages) {
  const path = join(root, name)
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
  stale.push(name)
  if (check) continue
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
}
const folder = join(root, 'docs', 'rules')
for (const name of existsSync(folder) ? readdirSync(folder) : []) {
  if (pages.has(`docs/rules/${name}`)) continue
  stale.push(`docs/rules/${name} (of no rule)`)
  if (!check) rmSync(join(folder, name))
}

if (check && stale.length > 0) {
  process.stderr.write(`Not up to date: ${stale.join(', ')}\nRun: npm run docs\n`)
  process.exitCode = 1
} else
  process.stderr.write(
    check ? `${pages.size} generated pages are up to date\n` : `${stale.length} of ${pages.size} pages written\n`,
  )
