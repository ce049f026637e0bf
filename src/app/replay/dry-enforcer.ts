/** Blocks as they would have been made: the real decisions in event time, with a ledger that only this run sees. */
import type { AddressTable } from '../../core/addresses.ts'
import type { Block } from '../../core/decision.ts'
import { type Finding, severityRank } from '../../core/finding.ts'
import { isV4, type Prefix, parsePrefix } from '../../core/ip.ts'
import { HOUR } from '../../core/time.ts'
import type { ResponsePolicy } from '../../sinks/policy/config.ts'
import { blockOf, type Decision, decide } from '../../sinks/policy/decide.ts'
import { KeyLogins } from '../../sinks/policy/key-logins.ts'
import { viewOf, widerPrefixes } from '../../sinks/policy/ledger-view.ts'
import { Protection, type ProtectionFacts } from '../../sinks/policy/protection.ts'
import { MemoryLedger } from '../memory-ledger.ts'

/** A block with what it would have kept out. */
export interface DryBlock {
  block: Block
  /** Sources that its finding accuses, as findings write them. */
  accused: ReadonlySet<string>
  failed: number
  accepted: number
  web: number
  other: number
}

export interface DryEnforcerParts {
  policy: ResponsePolicy
  addresses: AddressTable
  /** What is protected whatever the log says. */
  facts: Partial<ProtectionFacts>
  keyLoginDays: number
}

/**
 * The enforcer of a replay: `answer` decides on findings, `blockOf` says whether an event would still have come
 * through. All moments are event time in milliseconds, and go forward.
 */
export class DryEnforcer {
  readonly ledger = new MemoryLedger()
  /** In order of time. */
  readonly made: DryBlock[] = []
  /** Prefixes that a guard kept from being blocked, with its words. */
  readonly refused = new Map<string, string>()
  /** Decisions beyond the hour's cap. */
  leftOut = 0
  readonly #parts: DryEnforcerParts
  readonly #keyLogins: KeyLogins
  #protection: Protection | undefined
  #protectionAt = Number.NEGATIVE_INFINITY
  readonly #active = new Map<string, DryBlock>()
  #nextEnd = Number.POSITIVE_INFINITY
  /** Raised with every change of the active blocks; what is known of a source holds for one version. */
  #version = 0
  readonly #seenVersion: number[] = []
  readonly #seenBlock: (DryBlock | undefined)[] = []
  readonly #prefixes: (Prefix | null)[] = []

  constructor(parts: DryEnforcerParts) {
    this.#parts = parts
    this.#keyLogins = new KeyLogins(parts.keyLoginDays)
  }

  noteKeyLogin(address: string, time: number): void {
    this.#keyLogins.note(address, time)
    this.#protection = undefined
  }

  /** The block that keeps the source out at `now` (milliseconds), if one does. */
  blockOf(source: number, now: number): DryBlock | undefined {
    if (now >= this.#nextEnd) this.#expire(now)
    if (this.#active.size === 0 || source < 0) return undefined
    if (this.#seenVersion[source] !== this.#version) {
      this.#seenVersion[source] = this.#version
      this.#seenBlock[source] = this.#find(source)
    }
    return this.#seenBlock[source]
  }

  #find(source: number): DryBlock | undefined {
    const { addresses, policy } = this.#parts
    this.#prefixes[source] ??= parsePrefix(addresses.format(source)) ?? null
    const prefix = this.#prefixes[source]
    if (prefix === null) return undefined
    for (const text of widerPrefixes(singlePrefix(prefix), policy)) {
      const found = this.#active.get(text)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Answers findings that are new or have changed, the worst first. */
  answer(findings: readonly Finding[], now: number): void {
    if (findings.length === 0) return
    this.#expire(now)
    const { policy } = this.#parts
    const protection = this.#protectionOf(now)
    const ledger = viewOf(this.ledger, policy)
    const sorted = [...findings].sort((a, b) => severityRank(a.severity) - severityRank(b.severity) || b.risk - a.risk)
    let room = policy.maxPerHour - this.ledger.blocksSince(now - HOUR)
    for (const finding of sorted) {
      for (const decision of decide({ finding, now, mode: 'enforce', policy, ledger, protection })) {
        if (decision.refused !== undefined) this.refused.set(decision.prefix, decision.refused)
        if (decision.action === 'none') continue
        const prefix = parsePrefix(decision.prefix)
        if (prefix === undefined || ledger.activeCover(prefix) !== undefined) continue
        if (room <= 0) this.leftOut++
        else {
          room--
          this.#make(decision, finding, now)
        }
      }
    }
  }

  #make(decision: Decision, finding: Finding, now: number): void {
    const block = blockOf(decision, {
      id: `replay-${this.made.length + 1}`,
      watching: decision.action === 'observe',
      now,
    })
    this.ledger.addBlock(block)
    const dry = { block, accused: new Set(finding.sources), failed: 0, accepted: 0, web: 0, other: 0 }
    this.made.push(dry)
    if (block.state !== 'active') return
    this.#active.set(block.prefix, dry)
    this.#version++
    if (block.expires !== null && block.expires < this.#nextEnd) this.#nextEnd = block.expires
  }

  #expire(now: number): void {
    if (now < this.#nextEnd) return
    this.#nextEnd = Number.POSITIVE_INFINITY
    for (const [prefix, { block }] of this.#active) {
      if (block.expires === null) continue
      if (block.expires > now) this.#nextEnd = Math.min(this.#nextEnd, block.expires)
      else {
        this.ledger.endBlock(block.id, 'expired', block.expires)
        this.#active.delete(prefix)
      }
    }
    this.#version++
  }

  #protectionOf(now: number): Protection {
    if (this.#protection === undefined || Math.abs(now - this.#protectionAt) > HOUR) {
      const { facts, policy } = this.#parts
      this.#protectionAt = now
      this.#protection = new Protection({
        ...facts,
        keyLogins: this.#keyLogins.guarded(now),
        maxPrefixV4: policy.maxPrefixV4,
        maxPrefixV6: policy.maxPrefixV6,
      })
    }
    return this.#protection
  }
}

/** An IPv6 source stands for its /64, as blocks do. */
function singlePrefix(prefix: Prefix): Prefix {
  return isV4(prefix.words) ? prefix : { words: prefix.words, length: Math.min(prefix.length, 64) }
}
