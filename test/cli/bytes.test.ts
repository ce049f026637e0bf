/** Bytes that are no proper log: analysed as far as it goes, counted and named in inputs[], in bounded memory. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { analyze, failures, login, peakMemory, run, text, workspace } from '../support/cli.ts'

const { path: cwd, write } = workspace()
const attack = failures('203.0.113.7', 12)
const good = text(attack, login('198.51.100.4', 'deploy', 620))
const MEGABYTE = 1 << 20
/** Kilobytes; the program alone takes about half of it. */
const MOST_MEMORY = 300_000

/** The same bytes on every machine, and nothing like text. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

const accuses = (report: Awaited<ReturnType<typeof analyze>>): string[] => [
  ...new Set(report.findings.flatMap(finding => finding.sources)),
]

describe.concurrent('a damaged log', () => {
  it('of random bytes is no reason to stop', async () => {
    write('noise.log', noise(2 * MEGABYTE))
    const ran = await run(['analyze', 'noise.log', '--rules-only'], { cwd })
    expect(ran.code).toBe(0)
    expect(ran.stdout).toMatch(/Nothing to judge/)
    expect(ran.stdout).toMatch(/! only \d\.\d % of its lines are understood/)
    expect(ran.stdout).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]/)
    expect(ran.stderr).toBe('')
  })

  it('with a run of NULs before a line keeps the line', async () => {
    write('nul.log', `${'\0'.repeat(70_000)}${good}${'\0'.repeat(5000)}${attack[0]}\n`)
    const report = await analyze(['nul.log'], { cwd })
    expect(report.inputs).toMatchObject([{ lines: 14, events: 14, unparsed: 0 }])
    expect(accuses(report)).toContain('203.0.113.7')
  })

  it('with NULs inside a line counts that line as torn', async () => {
    write('torn.log', `${good}${attack[0].slice(0, 40)}\0\0\0\0${attack[0].slice(50)}\n`)
    expect((await analyze(['torn.log'], { cwd })).inputs).toMatchObject([{ lines: 14, events: 13, malformed: 1 }])
  })

  it.each(['a', '\0'])('with a line of 50 MB of %j skips it, and holds no more memory', async filler => {
    const name = filler === 'a' ? 'long.log' : 'long-nul.log'
    const bytes = Buffer.alloc(50 * MEGABYTE, filler)
    write(name, Buffer.concat([Buffer.from(text(attack)), bytes, Buffer.from(`\n${good}`)]))
    const ran = await peakMemory(['analyze', '--rules-only', '--json', name], { cwd })
    expect(JSON.parse(ran.stdout).inputs).toMatchObject([{ lines: 26, malformed: 1 }])
    expect(JSON.parse(ran.stdout).findings[0].sources).toEqual(['203.0.113.7'])
    expect(ran.peak).toBeLessThan(MOST_MEMORY)
  })

  it('that unpacks to very much takes no more memory', async () => {
    write('bomb.gz', gzipSync(Buffer.concat([Buffer.from(good), Buffer.alloc(100 * MEGABYTE)])))
    const ran = await peakMemory(['analyze', '--rules-only', '--json', 'bomb.gz'], { cwd })
    expect(JSON.parse(ran.stdout).inputs).toMatchObject([{ lines: 14, malformed: 1 }])
    expect(ran.peak).toBeLessThan(MOST_MEMORY)
  })

  it('in broken UTF-8 is read, and told with replacement characters', async () => {
    const broken = Buffer.from(text(failures('203.0.113.7', 12, { user: 'r##t' })))
    for (let at = broken.indexOf('##'); at >= 0; at = broken.indexOf('##', at)) broken.set([0xff, 0xc3], at)
    write('utf8.log', broken)
    const report = await analyze(['utf8.log'], { cwd })
    expect(report.inputs).toMatchObject([{ lines: 12, events: 12 }])
    expect(report.findings[0].users).toEqual(['r\ufffd\ufffdt'])
    expect(report.findings[0].evidence[0].text).toMatch(/for r\ufffd\ufffdt from/)
  })

  it('packed and cut is used as far as it goes, and says so', async () => {
    const lines = failures('203.0.113.7', 3000)
    const packed = gzipSync(text(lines))
    write('cut.log.gz', packed.subarray(0, Math.floor(packed.length / 2)))
    const report = await analyze(['cut.log.gz'], { cwd })
    const [input] = report.inputs
    expect(input.lines).toBeGreaterThan(500)
    expect(input.lines).toBeLessThan(3000)
    expect(input.notes).toEqual([
      expect.stringMatching(/^cut\.log\.gz is damaged or cut: .*; what could be read of it was used$/),
    ])
    expect(accuses(report)).toEqual(['203.0.113.7'])
  })

  it('packed without the name, or with the name and not packed, is known by its bytes', async () => {
    write('packed.log', gzipSync(good))
    write('plain.gz', good)
    expect((await analyze(['packed.log'], { cwd })).summary.lines).toBe(13)
    expect((await analyze(['plain.gz'], { cwd })).summary.lines).toBe(13)
  })

  it('with Windows line ends and a byte order mark is the same log', async () => {
    write('plain.log', good)
    write('crlf.log', `\ufeff${good.replaceAll('\n', '\r\n')}`)
    const plain = await analyze(['plain.log'], { cwd })
    const crlf = await analyze(['crlf.log'], { cwd })
    expect(crlf.summary).toEqual(plain.summary)
    expect(crlf.findings.map(({ id, rule, sources, count }) => ({ id, rule, sources, count }))).toEqual(
      plain.findings.map(({ id, rule, sources, count }) => ({ id, rule, sources, count })),
    )
    expect(crlf.findings[0].evidence[0].text).toBe(plain.findings[0].evidence[0].text)
  })

  it('without its last line end has a last line', async () => {
    write('unended.log', good.trimEnd())
    expect((await analyze(['unended.log'], { cwd })).summary.lines).toBe(13)
  })

  it('of mixed formats is read line by line, and each format counted', async () => {
    const web = (i: number): string =>
      `198.51.100.9 - - [04/Mar/2026:10:${10 + i}:09 +0000] "GET /page-${i} HTTP/1.1" 200 512 "-" "Mozilla/5.0"`
    write('mixed.log', text(attack.flatMap((line, i) => [line, web(i), 'neither of the two'])))
    const report = await analyze(['mixed.log'], { cwd })
    expect(report.inputs).toMatchObject([
      { lines: 36, events: 24, unknown: 12, formats: { 'syslog-rfc3164': 12, combined: 12 } },
    ])
    expect(report.inputs[0].samples).toEqual(Array.from({ length: 3 }, () => 'neither of the two'))
  })
})

describe.concurrent('a file of which next to nothing is understood', () => {
  write('junk.log', text('hello \x1b[31mworld', 'foo bar', 'baz', 'qux'))

  it('is told with three lines of it and the formats that were tried', async () => {
    const { stdout, code } = await run(['analyze', 'junk.log', '--rules-only'], { cwd })
    const flat = stdout.replaceAll(/\s+/g, ' ')
    expect(flat).toMatch(/only 0\.0 % of its lines are understood; formats tried: syslog-rfc3164, .*combined/)
    expect(flat).toMatch(/not understood: hello \\x1b\[31mworld not understood: foo bar not understood: baz/)
    expect(stdout).not.toMatch(/qux/)
    expect(code).toBe(0)
  })

  it('is told without the list again where another one had it', async () => {
    write('junk-too.log', text('a', 'b', 'c'))
    const { stdout } = await run(['analyze', 'junk.log', 'junk-too.log', '--rules-only'], { cwd })
    expect(stdout.replaceAll(/\s+/g, ' ').match(/formats tried: syslog-rfc3164/g)).toHaveLength(1)
    expect(stdout).toMatch(/understood; the same formats tried\n/)
  })

  it('is told on stderr where the report goes elsewhere, but for --quiet', async () => {
    const told = await run(['analyze', 'junk.log', '--rules-only', '-o', 'junk.html'], { cwd })
    expect(told.stderr).toMatch(/^junk\.log: only 0\.0 % of its lines are understood; formats tried: /)
    expect(told.stderr).toMatch(/\n {2}> hello \\x1b\[31mworld\n {2}> foo bar\n {2}> baz\n/)
    const quiet = await run(['analyze', 'junk.log', '-q', '--rules-only', '-o', 'junk2.html'], { cwd })
    expect(quiet.stderr).toBe('')
  })

  it('names only the format that was forced', async () => {
    const report = await analyze(['junk.log', '--input-format', 'combined'], { cwd })
    expect(report.inputs[0].notes?.join()).toMatch(/formats tried: combined\./)
  })

  it('is not said of a log with a few such lines', async () => {
    write('few.log', text(attack, 'hello'))
    const [input] = (await analyze(['few.log'], { cwd })).inputs
    expect(input).toMatchObject({ lines: 13, events: 12, unknown: 1 })
    expect(input.notes).toBeUndefined()
  })
})
