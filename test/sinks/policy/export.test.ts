/** Blocks for other programs: read back by those programs where they are here, and harmless whatever a reason says. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { Block } from '../../../src/core/decision.ts'
import { Problem } from '../../../src/core/errors.ts'
import { HOUR } from '../../../src/core/time.ts'
import { EXPORT_FORMATS, exportBlocks } from '../../../src/sinks/policy/export.ts'
import { Network, whyNoNetwork } from '../responders/network.ts'
import { NOW } from './findings.ts'

const PREFIXES = ['203.0.113.7', '203.0.113.0/24', '198.51.100.0/25', '2001:db8:0:1::/64', '2001:db8:2::/48']
const HOSTILE = [
  'plain',
  'ends in a backslash \\',
  'new\nline\r\nALL: ALL',
  '"; }} table inet x { } #',
  '</RequireAll>\nRequire all granted',
  '$(touch /tmp/vpg-owned) `id` ; reboot',
  '=HYPERLINK("http://x")',
  '\u2028deny all;\u202e\u0000\u0085',
]

const blockOf = (prefix: string, reason: string, expires: number | null = NOW + HOUR): Block => ({
  id: prefix,
  prefix,
  state: 'active',
  created: NOW,
  expires,
  ended: null,
  rule: 'brute-force',
  reason,
  origin: 'policy',
  level: 0,
  evidenceUntil: NOW,
})

const write = (reason: string, format: (typeof EXPORT_FORMATS)[number], prefixes = PREFIXES): string[] => [
  ...exportBlocks(
    prefixes.map((prefix, i) => blockOf(prefix, reason, i === 0 ? null : NOW + HOUR)),
    format,
  ),
]

/** What a program acts on: the lines without comments. */
const acting = (lines: readonly string[]): string[] =>
  lines.map(line => line.replace(/\s*#.*$/, '')).filter(line => line.trim() !== '')

describe('an export', () => {
  it.each([
    ['nginx', 'deny 203.0.113.7;', 'deny 2001:db8:0:1::/64;'],
    ['apache', '  Require not ip 203.0.113.7', '  Require not ip 2001:db8:0:1::/64'],
    ['htaccess', '  Require not ip 203.0.113.0/24', '</RequireAll>'],
    ['hosts-deny', 'ALL: 203.0.113.7', 'ALL: 198.51.100.0/255.255.255.128', 'ALL: [2001:db8:0:1::]/64'],
    ['fail2ban', 'fail2ban-client set "$jail" banip 203.0.113.7'],
    ['iptables', 'ip6tables -w -t raw -A vpsguard-export -s 2001:db8:0:1::/64 -j DROP'],
    ['nft', '      203.0.113.7,'],
    ['csv', '"203.0.113.7","active","2026-03-04T12:00:00Z","","brute-force","policy","0","plain"'],
  ] as const)('for %s says %s', (format, ...expected) => {
    expect(acting(write('plain', format))).toEqual(expect.arrayContaining([...expected]))
  })

  it.each(EXPORT_FORMATS.filter(format => format !== 'csv'))(
    'for %s does the same whatever the reasons say',
    format => {
      const plain = acting(write('plain', format))
      fc.assert(
        fc.property(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 60 })), reason => {
          const lines = write(reason, format)
          expect(acting(lines)).toEqual(plain)
          for (const line of lines) {
            expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]|\\$/)
          }
        }),
        { seed: 1, numRuns: 300 },
      )
    },
  )

  it('as CSV has one row a block, and no formulas', () => {
    for (const reason of HOSTILE) {
      const lines = write(reason, 'csv')
      expect(lines).toHaveLength(1 + PREFIXES.length)
      for (const line of lines) expect(line).not.toMatch(/(^|,)"?[=+@]/)
    }
  })

  it('refuses a block that is none', () => {
    expect(() => [...exportBlocks([blockOf('203.0.113.7; reboot', '')], 'iptables')]).toThrow(Problem)
  })

  it('of nothing is valid too', () => {
    for (const format of EXPORT_FORMATS) expect(acting(write('', format, [])).join('\n')).not.toContain('undefined')
  })
})

const why = whyNoNetwork('nft', 'iptables', 'ip6tables')

describe.skipIf(why !== undefined)(why === undefined ? 'read back' : `read back (skipped: ${why})`, () => {
  const network = why === undefined ? new Network() : undefined
  const folder = mkdtempSync(join(tmpdir(), 'vpg-export-'))
  afterAll(async () => {
    await network?.end()
    rmSync(folder, { recursive: true })
  })
  const run = async (program: string, ...args: string[]): Promise<string> => {
    if (network === undefined) throw new Error('no network')
    const result = await network.run(program, args)
    expect(result.stderr).toBe('')
    expect(result.code).toBe(0)
    return result.stdout
  }
  const file = (name: string, lines: readonly string[]): string => {
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
    return join(folder, name)
  }

  it('by nft: every network, twice over, and of nothing', async () => {
    for (const reason of HOSTILE) {
      const path = file('export.nft', write(reason, 'nft'))
      await run('nft', '-f', path)
      await run('nft', '-f', path)
      const table = await run('nft', 'list', 'table', 'inet', 'vpsguard_export')
      // The address is inside its network: the set has merged them.
      for (const text of ['203.0.113.0/24', '198.51.100.0/25', '2001:db8:0:1::/64', '2001:db8:2::/48'])
        expect(table).toContain(text)
    }
    await run('nft', '-f', file('empty.nft', write('', 'nft', [])))
  })

  it('by iptables: every network, twice over, and gone again', async () => {
    for (const reason of HOSTILE) {
      const path = file('export.sh', write(reason, 'iptables'))
      await run('sh', path)
      await run('sh', path)
      const rules = (await run('iptables', '-t', 'raw', '-S')).split('\n')
      expect(rules.filter(rule => rule.startsWith('-A vpsguard-export'))).toHaveLength(3)
      expect(rules.filter(rule => rule.endsWith('-j vpsguard-export'))).toHaveLength(1)
      expect(await run('ip6tables', '-t', 'raw', '-S')).toContain('-A vpsguard-export -s 2001:db8:2::/48 -j DROP')
      await run('sh', path, 'remove')
      expect(await run('iptables', '-t', 'raw', '-S')).not.toContain('vpsguard')
    }
  })

  it('by a shell, for fail2ban: only its client is called', () => {
    chmodSync(file('fail2ban-client', ['#!/bin/sh', 'echo "$*"']), 0o755)
    for (const reason of HOSTILE) {
      const path = file('fail2ban.sh', write(reason, 'fail2ban'))
      const { stdout, stderr } = spawnSync('sh', [path, 'mine'], {
        encoding: 'utf8',
        env: { PATH: `${folder}:/usr/bin:/bin` },
      })
      expect(stderr).toBe('')
      expect(stdout.trim().split('\n')).toEqual(PREFIXES.map(prefix => `set mine banip ${prefix}`))
    }
  })
})
