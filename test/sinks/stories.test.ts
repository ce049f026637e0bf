import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Report } from '../../src/core/report.ts'
import { columns } from '../../src/core/text.ts'
import { explainFinding } from '../../src/sinks/reports/explain.ts'
import { redact } from '../../src/sinks/reports/redact.ts'
import { parseReport } from '../../src/sinks/reports/schema.ts'
import { entriesOf, findingsOf } from '../../src/sinks/reports/stories.ts'
import { context, finding, report } from '../fixtures/reports/build.ts'
import { breakIn, hostileStories, incident, storyReport } from '../fixtures/reports/stories.ts'
import { parseCsv, parsePage, render } from './helpers.ts'

const flat = (text: string): string => text.replace(/\s+/g, ' ')
const alone = (each: Report): Report => ({ ...each, incidents: [] })
const explain = (each: Report, id: string): string => [...explainFinding(each, id, context())].join('')

describe('entries', () => {
  it('have every finding once, the worst first, whatever a report says of its incidents', () => {
    const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'none')
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1 }),
        fc.array(fc.array(ids, { maxLength: 5 }), { maxLength: 4 }),
        fc.array(fc.constantFrom('critical', 'medium', 'info'), { minLength: 6, maxLength: 6 }),
        (known, groups, severities) => {
          const findings = known.map((id, i) => finding({ id, severity: severities[i] }))
          const incidents = groups.map((group, i) => ({ ...incident(`i${i}`, findings), findings: group }))
          const entries = entriesOf(report(findings, { incidents }))
          expect(
            findingsOf(entries)
              .map(({ id }) => id)
              .sort(),
          ).toEqual([...known].sort())
          const ranks = entries.map(({ worst }) => ['critical', 'medium', 'info'].indexOf(worst.severity))
          expect(ranks).toEqual([...ranks].sort())
          for (const { worst, story } of entries) {
            if (story === undefined) continue
            expect(story.findings.length).toBeGreaterThan(1)
            expect(story.findings).toContain(worst)
          }
        },
      ),
    )
  })
})

describe('in the terminal', () => {
  it('a story is one block: its stages, its findings in order of time, the proof of the worst', () => {
    const text = render('terminal', storyReport)
    expect(flat(text)).toContain(`◆ CRITICAL ${breakIn.title} risk 97 of 100 · 4 findings`)
    expect(flat(text)).toContain('access attempt → access → persistence')
    const places = ['40 failed SSH logins ', '40 failed logins, then', 'account svc-agent was', 'joined the group'].map(
      said => text.indexOf(said, text.indexOf('  what')),
    )
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places[0]).toBeGreaterThan(0)
    for (const said of ['why the break-in is one', 'Accepted password', 'sudo passwd root'])
      expect(text).toContain(said)
    // A story of little weight is a line, as a finding of little weight is.
    expect(text).toMatch(/^○ LOW {7}198\.51\.100\.9 probed the web site 3 times {2}2 findings +ffff1111$/m)
    expect(text).toMatch(/^○ LOW {7}9 connections from 192\.0\.2\.4 +cccc1111$/m)
  })

  it('is shorter to read than its findings apart', () => {
    for (const verbosity of [0, 1] as const) {
      const lines = (each: Report): number => render('terminal', each, context(verbosity)).split('\n').length
      expect(lines(storyReport)).toBeLessThan(lines(alone(storyReport)))
    }
  })

  it('is a line where a summary is wanted', () => {
    const text = render('terminal', storyReport, context(0))
    expect(text.match(/^[◆▲●○·] [A-Z]+ .*$/gmu)?.map(line => line.slice(-8))).toEqual([
      'dddd1111',
      'cccc1111',
      'ffff1111',
    ])
    expect(text).toMatch(/^◆ CRITICAL {2}203\.0\.113\.7 got in as root after 40 failed.*… {2}4 findings {2}dddd1111$/m)
  })

  it('has every finding in full with -vv, marked at the edge', () => {
    const text = render('terminal', storyReport, context(2))
    for (const { title } of storyReport.findings) expect(flat(text.replaceAll('│', ''))).toContain(title)
    expect(text.match(/^│ [◆▲●○] [A-Z]+ {2}/gmu)).toHaveLength(6)
    expect(text).toContain('together host web-1, after the break-in')
  })

  it('counts the stories and findings that it does not show', () => {
    const findings = Array.from({ length: 24 }, (_, i) => finding({ id: `id${i}xxxxxxxx`, severity: 'low' }))
    const incidents = Array.from({ length: 12 }, (_, i) => incident(`inc${i}xxxxxxx`, findings.slice(2 * i, 2 * i + 2)))
    const text = render('terminal', report(findings, { incidents }))
    expect(text.match(/^○ LOW/gm)).toHaveLength(3)
    expect(text).toContain('… and 9 more stories of 18 findings (low)')
  })

  it.each([0, 1, 2] as const)('fits 80 columns at verbosity %i', verbosity => {
    for (const line of render('terminal', storyReport, context(verbosity)).split('\n'))
      expect(columns(line), line).toBeLessThanOrEqual(80)
  })

  it('shows of a long story the worst, and what it is about', () => {
    const many = Array.from({ length: 50 }, (_, i) =>
      finding({ id: `p${i}xxxxxxxxx`, severity: 'medium', title: `probe ${i}`, risk: 50 }),
    )
    const campaign = finding({
      id: 'campaignxxxx',
      kind: 'campaign',
      severity: 'low',
      risk: 10,
      title: 'the campaign',
      reasons: [{ text: 'why it is one' }],
    })
    const all = [...many, campaign]
    const text = render('terminal', report(all, { incidents: [incident('longxxxxxxxx', all)] }))
    expect(text).toContain('the campaign')
    expect(text).toContain('why it is one')
    expect(text.match(/● probe \d+/g)).toHaveLength(5)
    expect(text).toContain('45 lesser findings of it with -vv')
  })
})

describe('on the page', () => {
  const page = render('html', storyReport)
  const { tags, text } = parsePage(page)

  it('a story holds its findings in order of time, with the chain of its stages', () => {
    const from = page.indexOf('<details class="story critical" id="i-dddd1111breakin0" open>')
    const story = page.slice(from, page.indexOf('class="story low"'))
    expect(from).toBeGreaterThan(0)
    expect(story).toContain('<b>access attempt</b><i>→</i><b>access</b><i>→</i><b>persistence</b>')
    const order = [...story.matchAll(/<details class="finding \w+" id="f-(\w+)"/g)].map(([, id]) => id)
    expect(order.slice(0, 4)).toEqual(breakIn.findings)
    expect(flat(text)).toContain(
      'Together because of: host web-1, after the break-in; source 203.0.113.7; user svc-agent',
    )
  })

  it('can be filtered by story', () => {
    const select = tags.find(({ attributes }) => attributes.get('aria-label') === 'Story')
    expect(select?.name).toBe('select')
    const values = tags
      .filter(({ name, end }) => name === 'option' && !end)
      .map(({ attributes }) => attributes.get('value'))
    for (const value of ['i-dddd1111breakin0', 'i-ffff1111probes00']) {
      expect(values).toContain(value)
      expect(page).toContain(` id="${value}"`)
    }
    expect(render('html', alone(storyReport))).not.toContain('aria-label="Story"')
  })
})

describe('in other formats', () => {
  it('Markdown tells the stories first, in order of time', () => {
    const text = render('markdown', storyReport)
    expect(text).toMatch(
      /## Stories[\s\S]*### CRITICAL: 203\\?\.0[\s\S]*1\. [^\n]*40 failed SSH[\s\S]*1\. [^\n]*joined the group[\s\S]*\| low \| 198/,
    )
    expect(render('markdown', alone(storyReport))).not.toContain('## Stories')
  })

  it('CSV and JSON Lines name the incident of each finding', () => {
    const [head, ...rows] = parseCsv(render('csv', storyReport))
    const column = head.indexOf('incident')
    const byId = new Map(rows.map(row => [row[0], row[column]]))
    const [header, ...lines] = render('jsonl', storyReport)
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(header).not.toHaveProperty('incidents')
    for (const { id, findings } of storyReport.incidents ?? []) {
      for (const one of findings) {
        expect(byId.get(one)).toBe(id)
        expect(lines.find(line => line.id === one)?.incident).toBe(id)
      }
    }
  })

  it('JSON has them, and they are read again', () => {
    expect(parseReport(render('json', storyReport), 'r.json').incidents).toEqual(storyReport.incidents)
    const wrong = { ...storyReport, incidents: [{ id: 'x' }] }
    expect(() => parseReport(JSON.stringify(wrong), 'r.json')).toThrow(/incidents\.0/)
  })
})

describe('explained', () => {
  it('an incident is told from its first finding to its last', () => {
    const text = flat(explain(storyReport, 'dddd'))
    for (const said of [
      breakIn.title,
      '4 findings in',
      'access attempt → access → persistence',
      'user svc-agent',
      'sudo passwd root',
    ])
      expect(text).toContain(said)
    expect(text.indexOf('40 failed SSH logins')).toBeLessThan(text.indexOf('joined the group'))
    // One that is alone in its incident is told under both ids.
    expect(explain(storyReport, 'eeee1111alone000')).toBe(explain(storyReport, 'cccc1111'))
  })

  it('a finding names its story and the others in it', () => {
    const text = flat(explain(storyReport, 'aaaa2222'))
    expect(text).toContain(`Part of a story dddd1111 ${breakIn.title}`)
    for (const id of ['aaaa1111', 'aaaa3333', 'aaaa4444']) expect(text).toContain(id)
    expect(text).not.toContain('Seen with it')
    expect(explain(storyReport, 'cccc1111')).not.toContain('Part of a story')
  })
})

describe('redacted', () => {
  it('an incident has the placeholders of its findings', () => {
    const told = redact(storyReport)
    const [story] = told.incidents ?? []
    const breach = told.findings.find(({ rule }) => rule === 'breach-detection')
    const source = breach?.sources[0] ?? ''
    expect(source).toMatch(/^ip-\d+$/)
    const account = told.findings.find(({ rule }) => rule === 'account-created')?.users[0]
    expect(story.title).toBe(
      `${source} got in as root after 40 failed logins in 5 min, created the account ${account} and made it an administrator`,
    )
    expect(story.links).toContain(`source ${source}`)
    expect(story.links).toContain(`user ${account}`)
    expect(story.sources).toEqual([source])
    expect(story.users).toEqual(['root', account])
    expect(story.findings).toContain(breach?.id)
    const text = JSON.stringify(told)
    expect(/203\.0\.113|svc-agent|web-1/.exec(text)?.[0]).toBeUndefined()
    for (const { id } of [...storyReport.findings, ...(storyReport.incidents ?? [])])
      expect(text).not.toContain(id.slice(0, 8))
    expect(entriesOf(told).filter(({ story: one }) => one !== undefined)).toHaveLength(2)
  })

  it('a long name is hidden also where a title cuts it', () => {
    const name = `jqx8${'longname'.repeat(8)}`
    const one = finding({ id: 'oneone000001', users: [name], title: 'x' })
    const cut = `${name.slice(0, 31)}…`
    const told = redact(
      report([one], { incidents: [incident('incinc00001', [one], { title: `tried to log in as ${cut} once` })] }),
    )
    expect(told.incidents?.[0].title).toBe(`tried to log in as ${told.findings[0].users[0]} once`)
  })
})

/** Anything that steers a terminal, hides or reorders text; line ends are the report's own. */
const UNSEEN = /(?![\n\r])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u{e0000}-\u{e0fff}]/u

describe('hostile texts of incidents', () => {
  it.each(['terminal', 'markdown', 'html', 'csv', 'json', 'jsonl'])('stay visible and inert in %s', id => {
    for (const verbosity of [0, 1, 2] as const) {
      const text = render(id, hostileStories, context(verbosity))
      expect(UNSEEN.exec(text)?.index).toBeUndefined()
    }
  })

  it('fit 80 columns', () => {
    for (const line of render('terminal', hostileStories, context(0)).split('\n'))
      expect(columns(line), line).toBeLessThanOrEqual(80)
  })

  it('make no element, attribute or script in the page, and all is closed in order', () => {
    const { tags, raw } = parsePage(render('html', hostileStories))
    expect(raw.get('script')).toHaveLength(1)
    const open: string[] = []
    for (const { name, end, empty, attributes } of tags) {
      if (end) expect(open.pop()).toBe(name)
      else if (!empty) open.push(name)
      expect(name).not.toBe('img')
      for (const [key, value] of attributes) {
        expect(key).not.toMatch(/^on|^style$|^src$/)
        if (key === 'href') expect(value).toMatch(/^#/)
      }
    }
    expect(open).toEqual([])
    const ids = tags.flatMap(({ attributes }) => attributes.get('id') ?? [])
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('are no formula in CSV', () => {
    for (const row of parseCsv(render('csv', hostileStories)))
      for (const cell of row) expect(cell).not.toMatch(/^\s*[=+\-@＝＋－＠]/)
  })

  it('can be explained and redacted', () => {
    for (const each of [hostileStories, redact(hostileStories)]) {
      const told = new Set(each.findings.map(({ id }) => id))
      for (const { id, findings } of each.incidents ?? []) {
        if (!findings.some(one => told.has(one))) continue
        expect(UNSEEN.test(explain(each, id))).toBe(false)
      }
    }
  })
})
