/** `vpsguard label ID fp|tp`: what a person says of a finding, and the suppression that may follow from it. */

import { matches, suppressible, valuesOf } from '../app/suppressions.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { escapeTerminal } from '../core/text.ts'
import { DAY } from '../core/time.ts'
import { randomBytes } from '../sinks/hashing.ts'
import { plural } from '../sinks/reports/words.ts'
import type { Store, StoredFinding, Suppression, Verdict } from '../store/index.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { findingRow, findStored } from './findings.ts'
import { numberFlag } from './flags.ts'
import { writeStream } from './output.ts'
import { type JsonFlag, localTime, openPage, reading, stampOf, writeJson, writing } from './remembered.ts'

export interface LabelFlags extends CommonFlags, JsonFlag {
  note?: string
  suppress?: boolean
  days?: string
  field?: string
}

export interface SuppressionsFlags extends CommonFlags, JsonFlag {
  remove?: string
}

const DAYS = 30
const MOST_DAYS = 366
const AMONG = 10_000
const SHOWN = 10

/**
 * Records the verdict; `fp` says which suppression would fit and what it would have hidden, and makes it with
 * --suppress (for --days); `tp` ends the suppressions that hide the finding.
 * @throws Problem where there is no such finding, the suppression asked for would hide one that is labelled true, or
 * the store refuses
 */
export async function labelCommand(
  id: string,
  verdict: Verdict,
  flags: LabelFlags,
  env: CommandEnvironment,
): Promise<number> {
  if (verdict === 'tp' && flags.suppress === true) {
    throw new Problem(EXIT.usage, '--suppress goes with fp: what is true is not to be hidden', {
      hint: `vpsguard label ${id} fp --suppress`,
    })
  }
  const days = numberFlag('--days', flags.days, 1, MOST_DAYS) ?? DAYS
  await reading(env, store => findStored(store, id))
  return await writing(env, flags, async store => {
    const now = env.now()
    const stored = findStored(store, id)
    const { finding } = stored
    const proposal = verdict === 'tp' ? undefined : propose(stored, flags, days, now)
    const hidden = proposal === undefined ? [] : hiddenBy(proposal, store)
    const trueOnes = hidden.filter(
      one => store.labels.get(one.finding.id)?.verdict === 'tp' && one.finding.id !== finding.id,
    )
    if (flags.suppress === true) refuseWide(proposal, trueOnes, stored)
    // What is true must not stay hidden.
    const lifted = verdict === 'fp' ? [] : store.labels.suppressions(now).filter(one => matches(one, finding))
    store.transaction(() => {
      for (const one of lifted) store.labels.unsuppress(one.id)
      store.labels.set({ finding: finding.id, verdict, note: flags.note ?? '', at: now })
      if (flags.suppress === true && proposal !== undefined) store.labels.suppress(proposal)
    })
    if (flags.json === true) {
      await writeJson(env, {
        finding: finding.id,
        verdict,
        suppression: proposal === undefined ? null : suppressionJson(proposal),
        suppressed: flags.suppress === true,
        ended: lifted.map(suppressionJson),
        would_have_hidden: hidden.map(one => one.finding.id),
      })
      return EXIT.ok
    }
    const page = openPage(env, flags)
    const lines: string[] = [
      `${finding.id.slice(0, page.idLength)} is labelled ${verdict === 'fp' ? 'a false alarm' : 'true'}: ${escapeTerminal(finding.title)}\n`,
    ]
    if (lifted.length > 0) lines.push(`${plural(lifted.length, 'suppression')} of its like ended.\n`)
    if (verdict === 'fp') {
      lines.push(
        ...(proposal === undefined
          ? ['It is about several sources, users and paths: no narrow suppression fits it.\n']
          : tellProposal(proposal, flags.suppress === true, days)),
        ...hidden.slice(0, SHOWN).map(one => findingRow(one.finding, page)),
        ...(hidden.length > SHOWN ? [`… and ${hidden.length - SHOWN} more\n`] : []),
        ...(trueOnes.length > 0 ? [`${plural(trueOnes.length, 'of these is', 'of these are')} labelled true.\n`] : []),
        ...(proposal === undefined || flags.suppress === true
          ? []
          : [
              `To make it: vpsguard label ${finding.id.slice(0, page.idLength)} fp --suppress --field ${proposal.field}\n`,
            ]),
      )
    }
    await writeStream(env.stdout, lines, env.signal)
    return EXIT.ok
  })
}

/** The narrowest suppression of findings like this one. @throws Problem (exit 2) where the field that is asked for does not fit */
function propose({ finding }: StoredFinding, flags: LabelFlags, days: number, now: number): Suppression | undefined {
  const fields = suppressible(finding)
  const field = flags.field === undefined ? fields[0] : fields.find(one => one === flags.field)
  if (field === undefined && flags.field !== undefined) {
    throw new Problem(EXIT.usage, `--field ${flags.field}: the finding is not about exactly one of that`, {
      expected: fields.length === 0 ? 'a finding of one source, user or path' : fields.join(' or '),
    })
  }
  if (field === undefined) return undefined
  return {
    id: randomBytes(8).toString('hex'),
    rule: finding.rule,
    field,
    value: valuesOf(field, finding)[0],
    created: now,
    expires: now + days * DAY,
    reason: flags.note ?? `finding ${finding.id} was a false alarm`,
  }
}

const hiddenBy = (proposal: Suppression, store: Store): StoredFinding[] =>
  store.findings.list({ rule: proposal.rule, limit: AMONG }).filter(({ finding }) => matches(proposal, finding))

function refuseWide(
  proposal: Suppression | undefined,
  trueOnes: readonly StoredFinding[],
  { finding }: StoredFinding,
): void {
  if (proposal === undefined) {
    throw new Problem(
      EXIT.usage,
      'the finding is about several sources, users and paths: hiding its like would hide too much',
      {
        hint: `vpsguard rules show ${finding.rule} lists its settings; a source that is yours belongs on the whitelist`,
      },
    )
  }
  if (trueOnes.length === 0) return
  throw new Problem(EXIT.usage, `it would have hidden ${plural(trueOnes.length, 'finding')} that you labelled true`, {
    where: trueOnes
      .slice(0, SHOWN)
      .map(one => one.finding.id)
      .join(', '),
    hint: 'choose another --field, or leave it',
  })
}

function* tellProposal({ rule, field, value, id }: Suppression, made: boolean, days: number): Iterable<string> {
  const what = `findings of ${rule} about the ${field} ${value} alone`
  yield escapeTerminal(
    made
      ? `For ${days} days ${what} are recorded, but neither told nor answered (suppression ${id.slice(0, 8)}).`
      : `A suppression for ${days} days would hide ${what}.`,
  )
  yield '\nOf what is remembered, that would have hidden:\n'
}

const suppressionJson = ({ id, rule, field, value, created, expires, reason }: Suppression) => ({
  id,
  rule,
  field,
  value,
  created: stampOf(created),
  expires: stampOf(expires),
  reason,
})

/** `vpsguard suppressions`: those in force; --remove ends one. */
export async function suppressionsCommand(flags: SuppressionsFlags, env: CommandEnvironment): Promise<number> {
  const { remove } = flags
  if (remove !== undefined) {
    await reading(env, () => undefined)
    return await writing(env, flags, store => {
      if (!store.labels.unsuppress(remove)) {
        throw new Problem(EXIT.usage, `no suppression has the id ${escapeTerminal(remove)}`, {
          hint: 'vpsguard suppressions',
        })
      }
      if (flags.json !== true) env.stdout.write('The suppression is ended.\n')
      return EXIT.ok
    })
  }
  return await reading(env, async store => {
    const now = env.now()
    const suppressions = store.labels.suppressions(now)
    if (flags.json === true) {
      await writeJson(env, { suppressions: suppressions.map(suppressionJson) })
      return EXIT.ok
    }
    const page = openPage(env, flags)
    const lines = suppressions.map(
      ({ id, rule, field, value, expires, reason }) =>
        `${id.slice(0, page.idLength)}  ${escapeTerminal(`${rule}, ${field} ${value}`)}  ${expires === null ? 'for good' : `until ${localTime(page, expires).slice(0, 16)}`}  ${escapeTerminal(reason)}\n`,
    )
    await writeStream(env.stdout, lines.length === 0 ? ['Nothing is suppressed.\n'] : lines, env.signal)
    return EXIT.ok
  })
}
