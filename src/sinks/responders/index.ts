/** The responders, in order of preference. */
import { EXIT, Problem } from '../../core/errors.ts'
import type { Responder } from '../../kit/define-responder.ts'
import { openDry } from './dry.ts'
import { openIptables } from './iptables.ts'
import { openNftables } from './nftables.ts'
import type { RunCommand } from './run-command.ts'

export const RESPONDER_IDS = ['nftables', 'iptables', 'dry'] as const
export type ResponderId = (typeof RESPONDER_IDS)[number]

interface ResponderDeclaration {
  readonly id: ResponderId
  /** Whether it writes to the kernel; `auto` takes the first of these that works. */
  readonly real: boolean
  open(run: RunCommand, now: () => number): Responder
}

export const RESPONDERS: readonly ResponderDeclaration[] = [
  { id: 'nftables', real: true, open: openNftables },
  { id: 'iptables', real: true, open: openIptables },
  { id: 'dry', real: false, open: (_run, now) => openDry(now) },
]

/** Opens the named responder, or the first that works here. Changes nothing. @throws Problem where none works */
export async function openResponder(
  id: 'auto' | ResponderId,
  run: RunCommand,
  now: () => number = Date.now,
): Promise<Responder> {
  const failures: { id: string; reason: string; hint: string }[] = []
  for (const declaration of RESPONDERS) {
    if (id === 'auto' ? !declaration.real : declaration.id !== id) continue
    const responder = declaration.open(run, now)
    const availability = await responder.probe()
    if (availability.ok) return responder
    failures.push({ id: declaration.id, ...availability })
  }
  const denied = failures.some(({ reason }) => /permit|permission|root/i.test(reason))
  throw new Problem(denied ? EXIT.permission : EXIT.config, 'no firewall can be used here', {
    where: failures.map(({ id: name, reason }) => `${name}: ${reason}`).join('; '),
    hint: failures[0]?.hint ?? `known are auto, ${RESPONDER_IDS.join(', ')}`,
  })
}

/**
 * Takes everything of ours out of every firewall that can be reached, without ledger or daemon: the rescue of who has
 * locked themselves out. Answers what was cleared and what could not be.
 */
export async function clearFirewalls(
  run: RunCommand,
): Promise<{ id: ResponderId; cleared: boolean; reason?: string }[]> {
  const results: { id: ResponderId; cleared: boolean; reason?: string }[] = []
  for (const declaration of RESPONDERS.filter(({ real }) => real)) {
    const responder = declaration.open(run, Date.now)
    const availability = await responder.probe()
    if (!availability.ok) {
      results.push({ id: declaration.id, cleared: false, reason: availability.reason })
      continue
    }
    try {
      await responder.clear()
      results.push({ id: declaration.id, cleared: true })
    } catch (error) {
      results.push({
        id: declaration.id,
        cleared: false,
        reason: error instanceof Error ? error.message : String(error),
      })
    }
  }
  return results
}
