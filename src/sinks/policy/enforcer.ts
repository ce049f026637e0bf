/**
 * Carries decisions out. The ledger is written before the firewall and is what counts: whatever goes wrong in between,
 * the next tick makes the firewall what the ledger says.
 */
import { randomUUID } from 'node:crypto'
import type { Block, BlockLedger } from '../../core/decision.ts'
import { EXIT, Problem } from '../../core/errors.ts'
import { type Finding, severityRank } from '../../core/finding.ts'
import { parsePrefix } from '../../core/ip.ts'
import { HOUR } from '../../core/time.ts'
import type { Responder } from '../../kit/define-responder.ts'
import { addByHand, removeByHand } from './by-hand.ts'
import type { ResponseMode, ResponsePolicy } from './config.ts'
import { blockOf, type Decision, decide } from './decide.ts'
import { type Verification, verifyBlocks, type Why, whyBlocked } from './inspect.ts'
import { viewOf, widerPrefixes } from './ledger-view.ts'
import { isOverdue, type ModeState, type ModeStore } from './mode.ts'
import type { Protection } from './protection.ts'
import { changeOf, compare, type Difference, entryOf, writeBlocks } from './reconcile.ts'

export interface EnforcerParts {
  ledger: BlockLedger
  responder: Responder
  /** Asked anew at every tick, and at every answer that may block: who is logged in now? */
  protection: (now: number) => Protection | Promise<Protection>
  /** The part of it that stands whatever happens on the host. */
  standing: () => Protection
  policy: ResponsePolicy
  /** Where the mode is kept, and the config's for when nothing is. */
  modes: ModeStore
  defaultMode: ResponseMode
}

/** What came of a decision. `left-out`: the hour's cap was reached; `refused`: a guard forbids it. */
export interface Outcome {
  state: 'blocked' | 'observed' | 'refused' | 'failed' | 'left-out' | 'none'
  decision: Decision
  block?: Block
  /** What the firewall said, where it failed. */
  error?: string
}

export interface TickReport {
  expired: Block[]
  /** Blocks taken away because they had come to cover what is protected. */
  lifted: { block: Block; why: string }[]
  /** Prefixes that the ledger had and the firewall had not, or with another time. */
  repaired: string[]
  /** Prefixes that stood in our part of the firewall without a block. */
  strays: string[]
  /** Enforcement was not confirmed in time: the mode is observe again and everything of ours is gone. */
  undone: boolean
  /** What the firewall said, where it could not be set right; the next tick tries again. */
  error?: string
}

const notDone = (decision: Decision): Outcome => ({
  state: decision.refused === undefined ? 'none' : 'refused',
  decision,
})

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export class Enforcer {
  readonly #parts: EnforcerParts

  constructor(parts: EnforcerParts) {
    this.#parts = parts
  }

  mode(): ModeState {
    const { modes, defaultMode } = this.#parts
    return modes.read() ?? { mode: defaultMode, confirmBy: null }
  }

  /**
   * Observing ends the blocks that were made by themselves; a person's own stay. Enforcing with a `confirmBy` undoes
   * itself at that moment unless `confirm` comes first.
   */
  async setMode(mode: ResponseMode, now: number, confirmBy: number | null = null): Promise<void> {
    const { modes, ledger } = this.#parts
    modes.write({ mode, confirmBy: mode === 'enforce' ? confirmBy : null })
    if (mode === 'observe') {
      ledger.exclusively(() => {
        for (const block of ledger.activeBlocks())
          if (block.origin !== 'manual') ledger.endBlock(block.id, 'removed', now)
      })
    }
    await this.tick(now)
  }

  /** Keeps the enforcement. @throws Problem where there is none, or it has already been undone */
  async confirm(now: number): Promise<void> {
    const state = this.mode()
    if (state.mode !== 'enforce' || isOverdue(state, now)) {
      throw new Problem(EXIT.usage, 'nothing to confirm: the response is observing', {
        hint: 'start it again with `vpsguard enforce`',
      })
    }
    this.#parts.modes.write({ mode: 'enforce', confirmBy: null })
    await this.tick(now)
  }

  /** Decides about findings (new ones, and updates of known ones) and carries it out. @param now,skew milliseconds; see `DecideInput` */
  async answer(findings: readonly Finding[], now: number, skew = 0): Promise<Outcome[]> {
    const { ledger, policy } = this.#parts
    if (findings.length === 0) return []
    if (isOverdue(this.mode(), now)) await this.tick(now)
    const decideAll = (mode: ResponseMode, protection: Protection): Decision[] => {
      const view = viewOf(ledger, policy)
      return findings
        .flatMap(finding => decide({ finding, now, mode, policy, ledger: view, protection, skew }))
        .sort((a, b) => severityRank(a.severity) - severityRank(b.severity) || b.risk - a.risk)
    }
    // An attack that goes on is told again and again: who is blocked, or never will be, needs no look around.
    const idle = decideAll(this.mode().mode, this.#parts.standing())
    if (idle.every(({ action }) => action === 'none')) return idle.map(notDone)
    const protection = await this.#parts.protection(now)
    // The mode is read where the ledger is held: nobody can leave enforcement between the two.
    const { outcomes, confirmBy } = ledger.exclusively(() => {
      const state = this.mode()
      const decisions = decideAll(state.mode, protection)
      return { outcomes: this.#record(decisions, state.mode, now), confirmBy: state.confirmBy }
    })
    const blocked = outcomes.filter(({ state: what }) => what === 'blocked')
    if (blocked.length === 0) return outcomes
    try {
      const blocks = blocked.map(({ block }) => block).filter(block => block !== undefined)
      await writeBlocks(this.#parts.responder, blocks, now, confirmBy)
      return outcomes
    } catch (error) {
      ledger.exclusively(() => {
        for (const { block } of blocked) if (block !== undefined) ledger.endBlock(block.id, 'failed', now)
      })
      return outcomes.map(outcome =>
        outcome.state === 'blocked' ? { ...outcome, state: 'failed' as const, error: messageOf(error) } : outcome,
      )
    }
  }

  /** Writes what was decided into the ledger, the worst first, as far as the hour's cap goes. */
  #record(decisions: readonly Decision[], mode: ResponseMode, now: number): Outcome[] {
    const { ledger, policy } = this.#parts
    let room = policy.maxPerHour - ledger.blocksSince(now - HOUR)
    const taken = new Set<string>()
    return decisions.map(decision => {
      if (decision.action === 'none') return notDone(decision)
      const prefix = parsePrefix(decision.prefix)
      if (prefix === undefined || [...widerPrefixes(prefix, policy)].some(text => taken.has(text))) {
        return { state: 'none', decision: { ...decision, action: 'none', reason: 'answered by another finding' } }
      }
      if (room <= 0) return { state: 'left-out', decision }
      room--
      taken.add(decision.prefix)
      const watching = mode === 'observe' || decision.action === 'observe'
      const block = blockOf(decision, { id: randomUUID(), watching, now })
      ledger.addBlock(block)
      return { state: watching ? 'observed' : 'blocked', decision, block }
    })
  }

  /**
   * To be called at the start and every few seconds: undoes an unconfirmed enforcement, ends what has run out, lifts
   * what has come to cover somebody protected, and makes the firewall what the ledger says. Never throws for what the
   * firewall does.
   */
  async tick(now: number): Promise<TickReport> {
    const { ledger, modes } = this.#parts
    const report: TickReport = { expired: [], lifted: [], repaired: [], strays: [], undone: false }
    if (isOverdue(this.mode(), now)) {
      modes.write({ mode: 'observe', confirmBy: null })
      report.undone = true
      report.lifted = await this.removeAll(now).then(
        blocks => blocks.map(block => ({ block, why: 'enforcement was not confirmed' })),
        error => {
          report.error = messageOf(error)
          return []
        },
      )
      return report
    }
    const { mode, confirmBy } = this.mode()
    const protection = await this.#parts.protection(now)
    try {
      // The firewall is read before the ledger: what another process blocks in between is in both, and no stray.
      const found = await this.#parts.responder.list()
      const active = ledger.exclusively(() => this.#review(protection, now, report))
      await this.#reconcile(
        compare(
          active.map(block => entryOf(block, now, confirmBy)),
          found,
        ),
        active.length,
        report,
      )
    } catch (error) {
      ledger.exclusively(() => this.#review(protection, now, report))
      // Who only observes needs no firewall.
      if (mode === 'enforce' || ledger.activeBlocks().length > 0) report.error = messageOf(error)
    }
    return report
  }

  /** Ends what has run out or become wrong; answers what stays. */
  #review(protection: Protection, now: number, report: TickReport): Block[] {
    const { ledger } = this.#parts
    return ledger.activeBlocks().filter(block => {
      if (block.expires !== null && block.expires <= now) {
        // The kernel let it in then, whenever this is noticed: what it did since is new.
        ledger.endBlock(block.id, 'expired', block.expires)
        report.expired.push(block)
        return false
      }
      const prefix = parsePrefix(block.prefix)
      const why = prefix === undefined ? 'it is no prefix' : protection.covers(prefix)
      if (why === undefined) return true
      ledger.endBlock(block.id, 'removed', now)
      report.lifted.push({ block, why })
      return false
    })
  }

  async #reconcile(difference: Difference, active: number, report: TickReport): Promise<void> {
    const { responder } = this.#parts
    const change = changeOf(difference)
    if (active > 0) await responder.prepare()
    if (change.add.length + change.remove.length === 0) return
    await responder.apply(change)
    const leaving = new Set([...report.expired, ...report.lifted.map(({ block }) => block)].map(block => block.prefix))
    report.repaired.push(...change.add.map(({ prefix }) => prefix))
    report.strays.push(...change.remove.filter(prefix => !leaving.has(prefix)))
    if (difference.missing.length > 0) await responder.cut(difference.missing.map(({ prefix }) => prefix))
  }

  /** A person's own block, in every mode; `seconds` null: for good. @throws Problem where the prefix is none, or a guard forbids it */
  async add(wanted: { prefix: string; seconds: number | null; reason: string }, now: number): Promise<Block> {
    return await addByHand(this.#parts, wanted, now, this.mode().confirmBy)
  }

  /** Ends the active blocks of exactly this address or network. @throws Problem where there is none */
  async remove(text: string, now: number): Promise<Block[]> {
    return await removeByHand(this.#parts, text, now)
  }

  /** Ends every block and takes everything of ours out of the firewall. @throws Problem where the firewall refuses */
  async removeAll(now: number): Promise<Block[]> {
    const { ledger, responder } = this.#parts
    const ended = ledger.exclusively(() => {
      const active = ledger.activeBlocks()
      for (const block of active) ledger.endBlock(block.id, 'removed', now)
      return active
    })
    await responder.clear()
    return ended
  }

  /** Compares ledger and firewall and changes neither. @throws Problem where the firewall cannot be read */
  async verify(now: number): Promise<Verification> {
    return await verifyBlocks(this.#parts, this.mode().confirmBy, now)
  }

  /** Everything that is known of an address or network. @throws Problem where it is none */
  async why(text: string, now: number): Promise<Why> {
    return await whyBlocked(this.#parts, text, now)
  }
}
