import { describe, expect, it } from 'vitest'
import { SEVERITIES } from '../../src/core/finding.ts'
import { columns } from '../../src/core/text.ts'
import { context, finding, report } from '../fixtures/reports/build.ts'
import { busyReport } from '../fixtures/reports/busy.ts'
import { hostileReport } from '../fixtures/reports/hostile.ts'
import { emptyReport, quietReport } from '../fixtures/reports/quiet.ts'
import { render } from './helpers.ts'

const REPORTS = { busy: busyReport, quiet: quietReport, empty: emptyReport, hostile: hostileReport }
const plain = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, '')

describe('the terminal report', () => {
  for (const [name, each] of Object.entries(REPORTS)) {
    it.each([0, 1, 2] as const)(`fits 80 columns: ${name} at verbosity %i`, verbosity => {
      for (const line of render('terminal', each, context(verbosity)).split('\n')) {
        // A word of a shell line that is wider than the page is not broken: a cut command is worse than a long line.
        if (name === 'hostile' && /^ {11}(?:# |echo )?\s*(?:'|x{60}|漢{20}|🦊{20})/u.test(line)) continue
        expect(columns(line), line).toBeLessThanOrEqual(80)
      }
    })
  }

  it('says severity by word and shape; colour only repeats it', () => {
    for (const verbosity of [0, 1, 2] as const) {
      const colored = render('terminal', busyReport, context(verbosity, true))
      expect(colored).not.toBe(plain(colored))
      expect(plain(colored)).toBe(render('terminal', busyReport, context(verbosity)))
    }
    expect(render('terminal', busyReport)).toMatch(/◆ CRITICAL {2}Break-in/)
  })

  it('puts the worst first', () => {
    const text = render('terminal', busyReport, context(0))
    const places = SEVERITIES.map(severity => text.indexOf(` ${severity.toUpperCase()} `))
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places[0]).toBeGreaterThan(0)
  })

  it('counts what it does not show, so that shown and counted make all', () => {
    for (const verbosity of [0, 1] as const) {
      const text = render('terminal', busyReport, context(verbosity))
      const shown = [...text.matchAll(/^[◆▲●○·] [A-Z]+ /gmu)].length
      const counted = [...text.matchAll(/… and ([\d,]+) more \S+ finding/g)].reduce(
        (sum, [, count]) => sum + Number(count.replaceAll(',', '')),
        0,
      )
      expect(shown + counted).toBe(busyReport.findings.length)
    }
    expect([...render('terminal', busyReport, context(2)).matchAll(/^[◆▲●○·] [A-Z]+ /gmu)]).toHaveLength(
      busyReport.findings.length,
    )
  })

  it('says who it was, where no address is told, without words that ask for one', () => {
    const named = { id: 'named0000000', sources: [], users: ['root', 'admin'], hosts: ['web-1'] }
    expect(render('terminal', report([finding(named)]), context(2))).toMatch(/^ {2}who +root, admin on web-1$/m)
    const nameless = { ...named, users: [] }
    expect(render('terminal', report([finding(nameless)]), context(2))).toMatch(/^ {2}who +somebody on web-1$/m)
  })

  it('never hides a critical finding', () => {
    const many = report(Array.from({ length: 40 }, (_, i) => finding({ id: `crit${i}xxxx`, severity: 'critical' })))
    for (const verbosity of [0, 1] as const)
      expect(render('terminal', many, context(verbosity)).match(/◆ CRITICAL/g)).toHaveLength(40)
  })

  it('shows everything at verbosity 2', () => {
    const text = render('terminal', busyReport, context(2))
    const campaign = busyReport.findings.find(({ kind }) => kind === 'campaign')
    for (const source of campaign?.sources ?? []) expect(text).toContain(source)
    expect(text).toContain('Participants')
    expect(text).toContain('99.9 %')
  })

  it('says plainly that nothing was found, and what was looked at', () => {
    for (const verbosity of [0, 1, 2] as const) {
      const text = render('terminal', quietReport, context(verbosity))
      expect(text).toContain('Nothing found: 96 security events, no sign of an attack')
      expect(text).toContain('812 lines of 1 log')
      expect(text).toContain('auth.log')
    }
    expect(render('terminal', emptyReport)).toContain('Nothing to judge')
    const hidden = report([], { summary: { omitted_findings: 3 } })
    expect(render('terminal', hidden)).toContain('Nothing as severe as asked for; 3 lesser findings not listed')
  })

  it('tells how the input was read and what the result rests on', () => {
    const text = render('terminal', busyReport)
    for (const said of [
      '12 not understood',
      'Europe/Berlin',
      'The archive is cut off',
      'Budget 1 false alarm a week',
      '0.2 to 2.7 a week',
      '412 events of whitelisted',
    ]) {
      expect(text.replace(/\s+/g, ' ')).toContain(said)
    }
  })

  it('ends with the next step', () => {
    expect(render('terminal', busyReport, context(0)).trimEnd()).toMatch(
      /Next[\s\S]*--format html[\s\S]*vpsguard explain/,
    )
  })

  it('breaks a shell line so that it still is the same command', () => {
    const text = render('terminal', busyReport)
    const command = /do {7}(sudo ufw deny from 192[\s\S]*?)\n\n/.exec(text)?.[1] ?? ''
    expect(command.replace(/ \\\n\s+/g, ' ')).toBe(
      'sudo ufw deny from 192.0.2.0/25 && sudo ufw deny from 198.51.100.0/24 && sudo ufw deny from 203.0.113.128/25',
    )
  })
})
