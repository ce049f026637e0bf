/** What a rule per address sees of the demo's logs: fail2ban's default, 5 failures of one address within 10 minutes. */
import type { Report } from '../src/core/report.ts'
import { MINUTE } from '../src/core/time.ts'
import type { Truth } from '../src/generate/index.ts'

const MAX_RETRY = 5
const FIND_TIME = 10 * MINUTE

/** Addresses that the rule would have banned. */
function banned(lines: readonly string[]): Set<string> {
  const times = new Map<string, number[]>()
  const out = new Set<string>()
  for (const line of lines) {
    const match = /^(\w{3} [ \d]\d \d\d:\d\d:\d\d) .*sshd\[\d+\]: Failed \S+ for .* from (\S+) port \d+/.exec(line)
    if (match === null) continue
    const time = Date.parse(`${match[1]} 2026 UTC`)
    const recent = [...(times.get(match[2]) ?? []), time].filter(one => time - one <= FIND_TIME)
    times.set(match[2], recent)
    if (recent.length >= MAX_RETRY) out.add(match[2])
  }
  return out
}

/** Three lines: what the rule sees, what it misses, and what this program names. */
export function failBanWouldHave(lines: readonly string[], truths: readonly Truth[], report: Report): string[] {
  const bans = banned(lines)
  const attacks = truths.flatMap(truth => truth.attacks)
  const attackers = new Set(attacks.flatMap(attack => attack.sources))
  const caught = [...attackers].filter(source => bans.has(source)).length
  const accused = new Set(report.findings.flatMap(finding => finding.sources))
  const named = [...attackers].filter(source => accused.has(source)).length
  const unseen = attacks.filter(attack => attack.sources.every(source => !bans.has(source)))
  const unseenNamed = unseen.filter(attack => attack.sources.some(source => accused.has(source)))
  return [
    `fail2ban's rule (5 failures of one address in 10 minutes) would have banned ${caught} of the ${attackers.size} attacking addresses.`,
    `Of the ${attacks.length} attacks it would have seen nothing of ${unseen.length}: ${unseen.map(attack => `${attack.profile} (${attack.sources.length} ${attack.sources.length === 1 ? 'address' : 'addresses'})`).join(', ')}.`,
    `VPSGuard names ${named} of the ${attackers.size} addresses, and ${unseenNamed.length} of those ${unseen.length} attacks.`,
  ]
}
