import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Problem } from '../../src/core/errors.ts'
import { redact } from '../../src/sinks/reports/redact.ts'
import { parseReport, reportJsonSchema } from '../../src/sinks/reports/schema.ts'
import { busyReport } from '../fixtures/reports/busy.ts'
import { hostileReport } from '../fixtures/reports/hostile.ts'
import { emptyReport, quietReport } from '../fixtures/reports/quiet.ts'
import { storyReport } from '../fixtures/reports/stories.ts'
import { render } from './helpers.ts'

describe('docs/report.schema.json', () => {
  it('is up to date (vitest -u writes it)', async () => {
    await expect(reportJsonSchema()).toMatchFileSnapshot('../../docs/report.schema.json')
  })

  const published = z.fromJSONSchema(JSON.parse(reportJsonSchema()))
  it.each(
    [busyReport, quietReport, emptyReport, hostileReport, redact(busyReport), storyReport, redact(storyReport)].map(
      report => [report],
    ),
  )('accepts what the reports write', report => {
    const json = render('json', report)
    expect(published.safeParse(JSON.parse(json)).error?.issues ?? []).toEqual([])
    expect(parseReport(json, 'report.json')).toEqual(JSON.parse(JSON.stringify(report)))
  })

  it('refuses what is no report', () => {
    const [first] = busyReport.findings
    for (const wrong of [
      {},
      { ...busyReport, findings: [{ ...first, severity: 'dire' }] },
      { ...busyReport, generated_at: 'yesterday' },
    ]) {
      expect(published.safeParse(wrong).success).toBe(false)
    }
  })
})

describe('parseReport', () => {
  it('says what is wrong, where, and what to do', () => {
    const caught = (text: string): unknown => {
      try {
        return parseReport(text, 'r.json')
      } catch (error) {
        return error
      }
    }
    for (const [text, message] of [
      ['{"a":', 'not JSON'],
      ['{}', 'schema_version'],
      ['[]', 'the document'],
    ]) {
      const problem = caught(text)
      expect(problem).toBeInstanceOf(Problem)
      expect(problem).toMatchObject({
        exitCode: 4,
        message: expect.stringContaining(message),
        hint: expect.stringContaining('--format json'),
      })
    }
  })

  it('keeps what a later version added', () => {
    const later = { ...quietReport, schema_version: 2, news: { a: 1 } }
    expect(parseReport(JSON.stringify(later), 'r.json')).toHaveProperty('news.a', 1)
  })
})
