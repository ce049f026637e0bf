/** The commands about what is remembered of attacks: findings, incidents, labels, history, reports, storage, verify. */

import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { parseReport } from '../../src/sinks/reports/schema.ts'
import { openStore } from '../../src/store/index.ts'
import { makeBlock } from '../store/records.ts'
import { IS_ROOT, NOBODY, type Ran, run, workspace } from '../support/cli.ts'
import { fill, HOSTILE, HOUR, hostileFinding, seen } from './remembered.ts'

const { path: cwd } = workspace()
const STATE = join(cwd, '.state')
const GUESSING = seen('aaaa000000000001', 3 * HOUR)
const OTHER = seen('aaaa000000000002', 50 * HOUR, { sources: ['198.51.100.9'], users: ['deploy'] })
const OLD = seen('aaaa000000000003', 9 * 24 * HOUR, { sources: ['198.51.100.77'], severity: 'low' })
const OVER = seen('cccc000000000001', HOUR, { sources: ['198.51.100.10'], users: ['ann'] })

fill(STATE, (store, now) => {
  for (const finding of [GUESSING, OTHER, OLD, OVER, hostileFinding()]) store.findings.upsert(finding, now)
  store.findings.setStatus([OVER.id], 'closed')
  store.blocks.addBlock(
    makeBlock('block-1', { finding: GUESSING.id, created: now - HOUR, expires: now + HOUR, reason: `why ${HOSTILE}` }),
  )
})

/** A memory of one's own to change. */
function copy(name: string): string {
  const folder = join(cwd, name)
  cpSync(STATE, join(folder, '.state'), { recursive: true })
  return folder
}

const json = ({ stdout, stderr }: Ran) => {
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}
/** Nothing that steers a terminal: the program's own colours are off in a pipe. */
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/

describe.concurrent('findings', () => {
  it('list: the open ones, last seen first, and what was said of them', async () => {
    const { stdout, code } = await run(['findings', 'list'], { cwd })
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(5)
    expect(lines[0]).toMatch(/CRITICAL .*bbbb0000/)
    expect(lines[3]).toContain('aaaa0000')
    expect(lines[4]).toBe('4 findings: 1 critical, 2 high, 1 low; last seen first')
  })

  it.each([
    [['--all'], 5],
    [['--severity', 'critical'], 1],
    [['--rule', 'brute-force'], 3],
    [['--source', '198.51.100.9'], 1],
    [['--source', '::ffff:198.51.100.9'], 1],
    [['--since', '-4h'], 2],
    [['--until', '-8d'], 1],
    [['--limit', '2'], 2],
    [['--source', 'no such'], 0],
  ])('list %j', async (flags, count) => {
    expect(json(await run(['findings', 'list', '--json', ...flags], { cwd })).findings).toHaveLength(count)
  })

  it('show: the finding with its proof, the blocks that answered it, where it is recorded', async () => {
    const { stdout } = await run(['findings', 'show', GUESSING.id], { cwd })
    expect(stdout).toContain('Repeated login failures from one source')
    expect(stdout).toContain('/var/log/auth.log')
    expect(stdout).toMatch(/answered with 1 block: 203\.0\.113\.7 active/)
    expect(json(await run(['findings', 'show', 'bbbb', '--json'], { cwd }))).toMatchObject({
      id: 'bbbb000000000001',
      status: 'open',
      users: [HOSTILE],
    })
  })

  it('explain: in words, with the story that it is part of', async () => {
    const { stdout, code } = await run(['findings', 'explain', GUESSING.id], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(/What happened[\s\S]*Part of a story\n[\s\S]* bbbb0000/)
  })

  it.each([
    ['zzzz', /no finding has the id zzzz/],
    ['aaaa', /aaaa is the beginning of several ids in findings/],
    ['aaaa00000000000l', /did you mean aaaa000000000001\?/],
    [HOSTILE, /no finding has the id \\x1b/],
  ])('an id that means none: %j', async (id, says) => {
    const { stderr, code } = await run(['findings', 'show', id], { cwd })
    expect(stderr).toMatch(says)
    expect(stderr).not.toMatch(UNSAFE)
    expect(code).toBe(2)
  })
})

describe.concurrent('what attackers wrote', () => {
  it.each([
    ['findings', 'list'],
    ['findings', 'show', 'bbbb'],
    ['findings', 'explain', 'bbbb'],
    ['findings', 'show', 'bbbb', '--json'],
    ['incidents', 'list'],
    ['history'],
    ['report', '--period', 'week'],
    ['blocks', 'list'],
    ['blocks', 'why', '203.0.113.7'],
    ['blocks', 'export', '--format', 'nginx'],
  ])('steers no terminal: %s %s', async (...words) => {
    const { stdout, code } = await run(words, { cwd })
    expect(code).toBe(0)
    expect(stdout).not.toBe('')
    expect(stdout).not.toMatch(UNSAFE)
  })
})

describe.concurrent('incidents', () => {
  it('tie findings of one source into one story, tell it in order of time, and keep it', async () => {
    const folder = copy('incidents')
    const { incidents } = json(await run(['incidents', 'list', '--json'], { cwd: folder }))
    const story = incidents.find(({ findings }: { findings: string[] }) => findings.includes(GUESSING.id))
    expect(story.findings).toEqual([GUESSING.id, 'bbbb000000000001'])
    expect(story.severity).toBe('critical')
    const { timeline } = json(await run(['incidents', 'timeline', story.id, '--json'], { cwd: folder }))
    expect(timeline.map(({ what }: { what: string }) => what)).toEqual(['begins', 'ends', 'begins', 'ends', 'blocked'])
    const times = timeline.map(({ time }: { time: string }) => Date.parse(time))
    expect(times).toEqual([...times].sort((a, b) => a - b))
    const { stdout } = await run(['incidents', 'show', story.id.slice(0, 6)], { cwd: folder })
    expect(stdout).toMatch(/tied by +source 203\.0\.113\.7/)
    const { store } = openStore(join(folder, '.state'), { readOnly: true, now: Date.now })
    expect(store.incidents.get(story.id)?.findings).toEqual(story.findings)
    store.close()
  })

  it('with an id that means none', async () => {
    const { stderr, code } = await run(['incidents', 'show', 'zzzz'], { cwd })
    expect(stderr).toMatch(/no incident of the last 30 days has the id zzzz/)
    expect(code).toBe(2)
  })
})

describe('label', () => {
  it('previews what a narrow suppression would have hidden, makes it, and a later truth ends it', async () => {
    const folder = copy('label')
    const preview = json(await run(['label', GUESSING.id, 'fp', '--json'], { cwd: folder }))
    expect(preview).toMatchObject({
      suppression: { rule: 'brute-force', field: 'source', value: '203.0.113.7' },
      suppressed: false,
      would_have_hidden: [GUESSING.id],
    })
    expect(json(await run(['suppressions', '--json'], { cwd: folder })).suppressions).toEqual([])
    const made = json(await run(['label', GUESSING.id, 'fp', '--suppress', '--days', '3', '--json'], { cwd: folder }))
    const [kept] = json(await run(['suppressions', '--json'], { cwd: folder })).suppressions
    expect(kept).toEqual(made.suppression)
    expect(Date.parse(kept.expires) - Date.parse(kept.created)).toBe(3 * 24 * HOUR)
    const report = json(await run(['report', '--period', 'week', '--json'], { cwd: folder }))
    expect(report.findings.map(({ id }: { id: string }) => id)).not.toContain(GUESSING.id)
    const truth = json(await run(['label', GUESSING.id, 'tp', '--note', 'it was real', '--json'], { cwd: folder }))
    expect(truth.ended).toEqual([kept])
    expect(json(await run(['suppressions', '--json'], { cwd: folder })).suppressions).toEqual([])
    expect(json(await run(['findings', 'show', GUESSING.id, '--json'], { cwd: folder })).label).toMatchObject({
      verdict: 'tp',
      note: 'it was real',
    })
  })

  it('hides nothing that was labelled true', async () => {
    const folder = copy('truth')
    fill(join(folder, '.state'), (store, now) => {
      store.findings.upsert(seen('aaaa000000000009', HOUR), now)
      store.labels.set({ finding: 'aaaa000000000009', verdict: 'tp', note: '', at: now })
    })
    const ran = await run(['label', GUESSING.id, 'fp', '--suppress'], { cwd: folder })
    expect(ran.stderr).toMatch(/it would have hidden 1 finding that you labelled true/)
    expect(ran.code).toBe(2)
  })

  it.each([
    [['aaaa000000000001', 'maybe'], /Allowed choices are fp, tp/],
    [['zzzz', 'fp'], /no finding has the id zzzz/],
    [['aaaa000000000001', 'tp', '--suppress'], /--suppress goes with fp/],
    [['aaaa000000000001', 'fp', '--field', 'path'], /--field path: the finding is not about exactly one/],
    [['aaaa000000000001', 'fp', '--days', '0'], /--days 0: not a number that fits/],
  ])('%j is refused', async (words, says) => {
    const ran = await run(['label', ...words], { cwd })
    expect(ran.stderr).toMatch(says)
    expect(ran.code).toBe(2)
  })
})

describe.concurrent('history and reports', () => {
  it('history: this week against last', async () => {
    const history = json(await run(['history', '--json'], { cwd }))
    const ids = (list: { id: string }[]): string[] => list.map(({ id }) => id)
    expect(ids(history.new)).toEqual(expect.arrayContaining([GUESSING.id, OTHER.id, 'bbbb000000000001']))
    expect(ids(history.gone)).toEqual([OLD.id])
    expect(history.rules).toContainEqual({ rule: 'brute-force', last_week: 1, this_week: 3 })
    expect(history.days).toHaveLength(14)
  })

  it('report: the format of every report, by name and by ending', async () => {
    const week = parseReport((await run(['report', '--period', 'week', '--json'], { cwd })).stdout, 'stdout')
    expect(week.summary).toMatchObject({ findings: 3, by_severity: { critical: 1, high: 2 } })
    const day = parseReport((await run(['report', '--json'], { cwd })).stdout, 'stdout')
    expect(day.summary.findings).toBe(2)
    expect((await run(['report', '-o', 'r.html', '-q'], { cwd })).code).toBe(0)
    expect(readFileSync(join(cwd, 'r.html'), 'utf8')).toMatch(/^<!doctype html>/i)
    const { stdout } = await run(['report', '--period', 'week'], { cwd })
    expect(stdout).toContain('3 findings from memory, of 2 sources')
    expect((await run(['report', '--fail-on', 'critical', '-o', '/dev/null'], { cwd })).code).toBe(1)
  })

  it.each([[['--period', 'year']], [['-f', 'pdf']]])('report %j is refused', async words => {
    expect((await run(['report', ...words], { cwd })).code).toBe(2)
  })
})

describe.concurrent('storage', () => {
  it('stats, prune and vacuum tell what takes room and remove nothing young', async () => {
    const folder = copy('storage')
    const stats = json(await run(['storage', 'stats', '--json'], { cwd: folder }))
    expect(stats.tables).toContainEqual(expect.objectContaining({ name: 'findings', rows: 5 }))
    expect(json(await run(['storage', 'prune', '--json'], { cwd: folder })).removed).toEqual({})
    expect((await run(['storage', 'vacuum'], { cwd: folder })).stdout).toMatch(/KiB before, .* after\./)
  })

  it('clear asks first, and the chain tells that findings went', async () => {
    const folder = copy('clear')
    const asked = await run(['storage', 'clear', 'findings'], { cwd: folder })
    expect(asked.code).toBe(2)
    expect(asked.stderr).toContain('vpsguard storage clear findings --yes')
    expect(json(await run(['storage', 'clear', 'findings', '--yes', '--json'], { cwd: folder })).rows).toBe(5)
    expect(json(await run(['findings', 'list', '--all', '--json'], { cwd: folder })).findings).toEqual([])
    expect((await run(['findings', 'list'], { cwd: folder })).stdout).toBe('No such finding is remembered.\n')
    expect(json(await run(['verify', '--json'], { cwd: folder }))).toMatchObject({ intact: true, findings: 0, from: 6 })
    expect((await run(['storage', 'clear', 'findngs', '--yes'], { cwd: folder })).stderr).toContain('clear findings')
  })
})

describe.concurrent('verify', () => {
  it('holds the chain against a head that was kept elsewhere', async () => {
    const { head } = json(await run(['verify', '--json'], { cwd }))
    expect((await run(['verify', '--head', `${head.sequence}:${head.hash}`], { cwd })).code).toBe(0)
    expect((await run(['verify', '--head', head.hash], { cwd })).code).toBe(0)
    const other = await run(['verify', '--head', '0'.repeat(63).concat('1')], { cwd })
    expect(other.stdout).toMatch(/no entry has the hash that was told/)
    expect(other.code).toBe(1)
    expect((await run(['verify', '--head', 'abc'], { cwd })).code).toBe(2)
  })

  it('finds a finding that was changed', async () => {
    const folder = copy('changed')
    const database = new DatabaseSync(join(folder, '.state', 'vpsguard.db'))
    database
      .prepare("UPDATE findings SET body = replace(body, 'brute-force', 'quiet-hours') WHERE id = ?")
      .run(OTHER.id)
    database.close()
    const { stdout, code } = await run(['verify'], { cwd: folder })
    expect(stdout).toMatch(
      /does not hold[\s\S]*finding aaaa000000000002: the finding was changed after it was recorded/,
    )
    expect(code).toBe(1)
  })
})

describe.concurrent('maintenance', () => {
  it('begins, is told, and ends', async () => {
    const folder = copy('maintenance')
    const began = await run(['maintenance', 'start', '--minutes', '5', '--reason', 'upgrade'], { cwd: folder })
    expect(began.stdout).toMatch(/another 5 min.*upgrade/)
    expect(json(await run(['maintenance', 'status', '--json'], { cwd: folder })).windows).toHaveLength(1)
    expect((await run(['maintenance', 'end'], { cwd: folder })).code).toBe(0)
    expect((await run(['maintenance', 'status'], { cwd: folder })).stdout).toMatch(/No maintenance is on/)
  })
})

describe.concurrent('where there is no memory', () => {
  it.each([
    ['findings list'],
    ['incidents list'],
    ['label aaaa fp'],
    ['history'],
    ['report'],
    ['verify'],
    ['storage prune'],
    ['storage clear findings --yes'],
    ['blocks list'],
    ['maintenance status'],
  ])('%s says so, and makes none', async line => {
    const folder = join(cwd, line.replace(/\W/g, '-'))
    mkdirSync(folder)
    const { stderr, code } = await run(line.split(' '), { cwd: folder })
    expect(stderr).toMatch(/there is no memory yet\n {2}try: it begins with the first run of `vpsguard watch`/)
    expect(code).toBe(4)
    expect(existsSync(join(folder, '.state'))).toBe(false)
  })

  it('an empty one has nothing to tell', async () => {
    const folder = join(cwd, 'empty')
    fill(join(folder, '.state'), () => undefined)
    expect((await run(['findings', 'list'], { cwd: folder })).stdout).toBe('No such finding is remembered.\n')
    expect((await run(['incidents', 'list'], { cwd: folder })).stdout).toBe('No such incident in the last 30 days.\n')
    expect((await run(['report'], { cwd: folder })).stdout).toContain('Nothing found in this time')
    expect((await run(['verify'], { cwd: folder })).code).toBe(0)
    expect((await run(['history'], { cwd: folder })).stdout).toContain('0 new, 0 growing, 0 gone')
  })

  it.runIf(IS_ROOT)("somebody else's is not read", async () => {
    const state = join(cwd, 'of-root', '.state')
    fill(state, () => undefined)
    for (const verb of [['findings', 'list'], ['status'], ['verify']]) {
      const { stdout, stderr, code } = await run(verb, { cwd: '/', env: { VPSGUARD_STATE: state }, uid: NOBODY })
      expect(stderr).toMatch(/ may not be looked into\n {2}try: run it as root/)
      expect(stdout).toBe('')
      expect(code).toBe(5)
    }
  })
})
