/** A detector that fails by an error of its own costs its own findings: the report is made without it, and says so. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parseModel, printModel } from '../../src/app/model-file.ts'
import { generate } from '../../src/generate/index.ts'
import { parseReport } from '../../src/sinks/reports/schema.ts'
import { run, workspace } from '../support/cli.ts'

const { path: cwd, write } = workspace()
const YEAR = ['--year', '2026']
const log = (days: number, start: number, seed: number): string =>
  `${[...generate({ entries: days * 60, profiles: [{ id: 'brute', share: 0.2 }], format: 'auth', start, days, seed, host: 'web-1', newSourcesPerDay: 6 }).lines].join('\n')}\n`

it('is told in a note of a whole report; the exit code says that something broke', async () => {
  write('january.log', log(28, Date.UTC(2026, 0, 5), 1))
  write('march.log', log(10, Date.UTC(2026, 2, 2), 2))
  expect((await run(['train', 'january.log', '--model', 'model.json', ...YEAR], { cwd })).code).toBe(0)
  const { format, schema_version, ...model } = parseModel(readFileSync(join(cwd, 'model.json'), 'utf8'), 'model.json')
  // A true checksum over counts that nobody can have made: more edges than the bins between them.
  const text = JSON.stringify(model.sections).replace(/"edges":\[[^\]]*\]/g, '"edges":[1,2,3,4,5,6,7]')
  const sections: typeof model.sections = JSON.parse(text)
  write('broken.json', printModel({ ...model, sections }))

  const judged = await run(['analyze', 'march.log', '--model', 'broken.json', '--format', 'json', ...YEAR], { cwd })
  expect(judged.code).toBe(70)
  expect(judged.stderr).toContain('an error of its own, please report it')
  const report = parseReport(judged.stdout, 'the report')
  expect(report.notes?.join('\n')).toContain('window-anomaly failed, its comparison with the model is missing')
  expect(report.findings.map(({ rule }) => rule)).toContain('brute-force')
  expect(report.detection?.notes.join('\n')).toContain('judged by the model broken.json')
})
