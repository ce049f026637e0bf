/**
 * Writes what docs/ reads from the declarations: docs/rules/*.md, docs/config.md, docs/formats.md, docs/events.md.
 * With --check it writes nothing and fails where a file is not up to date.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configPage, detectorPages, eventPage, formatPage, rulePages } from './pages.ts'

const docs = join(import.meta.dirname, '..', 'docs')
const check = process.argv.includes('--check')

const pages = new Map<string, string>([
  ...rulePages(),
  ...detectorPages(),
  ['config.md', configPage()],
  ['formats.md', formatPage()],
  ['events.md', eventPage()],
])

const stale: string[] = []
for (const [name, text] of pages) {
  const path = join(docs, name)
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
  stale.push(name)
  if (check) continue
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
}
const folder = join(docs, 'rules')
for (const name of existsSync(folder) ? readdirSync(folder) : []) {
  if (pages.has(`rules/${name}`)) continue
  stale.push(`rules/${name} (of no rule)`)
  if (!check) rmSync(join(folder, name))
}

if (check && stale.length > 0) {
  process.stderr.write(`docs/ is not up to date: ${stale.join(', ')}\nRun: npm run docs\n`)
  process.exitCode = 1
} else
  process.stderr.write(
    check
      ? `docs/: ${pages.size} generated pages are up to date\n`
      : `docs/: ${stale.length} of ${pages.size} pages written\n`,
  )
