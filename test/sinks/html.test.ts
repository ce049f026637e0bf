import { createHash } from 'node:crypto'
import { Script } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { at, finding, report } from '../fixtures/reports/build.ts'
import { busyReport } from '../fixtures/reports/busy.ts'
import { hostileReport } from '../fixtures/reports/hostile.ts'
import { emptyReport, quietReport } from '../fixtures/reports/quiet.ts'
import { parsePage, render } from './helpers.ts'

const pages = { busy: busyReport, quiet: quietReport, empty: emptyReport, hostile: hostileReport }

describe.each(Object.entries(pages))('the page of the %s report', (_name, each) => {
  const page = render('html', each)
  const { tags, text, raw } = parsePage(page)

  it('is well-formed: every element is closed, in order', () => {
    const open: string[] = []
    for (const { name, end, empty } of tags) {
      if (end) expect(open.pop()).toBe(name)
      else if (!empty) open.push(name)
    }
    expect(open).toEqual([])
  })

  it('asks nobody for anything', () => {
    const policy =
      tags
        .find(({ attributes }) => attributes.get('http-equiv') === 'Content-Security-Policy')
        ?.attributes.get('content') ?? ''
    expect(policy).toMatch(/^default-src 'none'; /)
    for (const [name, source] of [
      ['style', raw.get('style')?.[0]],
      ['script', raw.get('script')?.[0]],
    ] as const) {
      expect(policy).toContain(
        `${name}-src 'sha256-${createHash('sha256')
          .update(source ?? '')
          .digest('base64')}'`,
      )
    }
    expect(policy).not.toContain('unsafe')
    for (const { name, attributes } of tags) {
      expect(['link', 'img', 'iframe', 'object', 'embed', 'base', 'audio', 'video']).not.toContain(name)
      for (const key of ['src', 'style', 'action', 'srcset']) expect(attributes.has(key)).toBe(false)
    }
    expect(raw.get('style')?.[0]).not.toMatch(/url\(|@import/)
    expect(raw.get('script')?.[0]).not.toMatch(/fetch|XMLHttpRequest|innerHTML|document\.write|eval|localStorage/)
  })

  it('has a script that parses', () => {
    expect(() => new Script(raw.get('script')?.[0] ?? '')).not.toThrow()
  })

  it('links only to places it has, each named once', () => {
    const ids = tags.flatMap(({ attributes }) => attributes.get('id') ?? [])
    expect(new Set(ids).size).toBe(ids.length)
    for (const { attributes } of tags) {
      const target = attributes.get('href')
      if (target !== undefined && each.findings.length > 0) expect(ids).toContain(decodeURI(target.slice(1)))
    }
  })

  it('has all content without the script', () => {
    expect(
      tags.filter(
        ({ name, end, attributes }) => name === 'details' && !end && attributes.get('class')?.startsWith('finding '),
      ),
    ).toHaveLength(each.findings.length)
    for (const { id } of each.findings.slice(0, 3)) if (/^\w+$/.test(id)) expect(text).toContain(id)
    for (const { path } of each.inputs) if (/^[\w/.]+$/.test(path)) expect(text).toContain(path)
  })

  it('names its controls', () => {
    for (const { name, end, attributes } of tags) {
      if (!end && (name === 'input' || name === 'select') && attributes.get('type') !== 'checkbox')
        expect(attributes.get('aria-label')).toBeTruthy()
    }
  })
})

describe('the page', () => {
  it('marks what a line accuses', () => {
    const page = render('html', busyReport)
    expect(page).toContain('Accepted password for <mark>admin</mark> from <mark>203.0.113.161</mark> port')
    // A prefix accuses each address in it.
    expect(page).toContain('from <mark>2001:db8:51:9::2f</mark> port')
  })

  it('shows a campaign: participants with probability, prefixes, names, seen against usual', () => {
    const { text } = parsePage(render('html', busyReport))
    const flat = text.replace(/\s+/g, ' ')
    for (const said of [
      'Participants (47)',
      '99.9 %',
      '203.0.113.128/25',
      'Seen against usual',
      'New addresses 47 0.02',
      'What they share',
    ])
      expect(flat).toContain(said)
  })

  it('carries the digest of the JSON report', () => {
    expect(render('html', busyReport)).toContain(createHash('sha256').update(render('json', busyReport)).digest('hex'))
  })

  it('copes with 5,000 findings', () => {
    const many = report(
      Array.from({ length: 5000 }, (_, i) =>
        finding({
          id: `id${i}`,
          severity: i % 50 === 0 ? 'high' : 'low',
          sources: [`198.51.100.${i % 250}`],
          first_seen: at(i),
          last_seen: at(i + 3),
          evidence: [
            { path: '/var/log/auth.log', line: i, offset: i, text: `Invalid user x from 198.51.100.${i % 250}` },
          ],
        }),
      ),
    )
    const page = render('html', many)
    expect(page.length).toBeLessThan(12_000_000)
    // The lanes of the timeline do not draw 4,900 marks one by one.
    expect(page.match(/<rect class="low/g)?.length ?? 0).toBeLessThan(400)
  })
})
