/** Stages of an attack, from the ATT&CK techniques that findings name, and which findings tell of a login that succeeded. */
import type { Finding } from '../core/finding.ts'

/** In the order of ATT&CK's tactics, guessing and probing first called by their plain name. */
export const STAGES = [
  'reconnaissance',
  'access attempt',
  'access',
  'execution',
  'persistence',
  'privilege',
  'evasion',
  'discovery',
  'lateral movement',
  'collection',
  'command and control',
  'exfiltration',
  'impact',
] as const
export type Stage = (typeof STAGES)[number]

/** Techniques by number; a sub-technique has its technique's stage where it is not listed itself. */
const STAGE_OF: Readonly<Record<string, Stage>> = {
  T1595: 'reconnaissance',
  T1589: 'reconnaissance',
  T1590: 'reconnaissance',
  T1592: 'reconnaissance',
  // Seen from outside, a scan of services or for an open proxy is a look around.
  T1046: 'reconnaissance',
  'T1090.002': 'reconnaissance',
  T1110: 'access attempt',
  T1190: 'access attempt',
  T1133: 'access',
  T1078: 'access',
  T1059: 'execution',
  T1053: 'persistence',
  T1098: 'persistence',
  T1136: 'persistence',
  T1505: 'persistence',
  T1543: 'persistence',
  T1546: 'persistence',
  T1547: 'persistence',
  T1574: 'persistence',
  T1068: 'privilege',
  T1548: 'privilege',
  T1014: 'evasion',
  T1027: 'evasion',
  T1070: 'evasion',
  T1562: 'evasion',
  T1564: 'evasion',
  T1082: 'discovery',
  T1083: 'discovery',
  T1021: 'lateral movement',
  T1005: 'collection',
  T1213: 'collection',
  T1552: 'collection',
  T1071: 'command and control',
  T1090: 'command and control',
  T1105: 'command and control',
  T1571: 'command and control',
  T1041: 'exfiltration',
  T1048: 'exfiltration',
  T1485: 'impact',
  T1486: 'impact',
  T1489: 'impact',
  T1496: 'impact',
  T1498: 'impact',
  T1499: 'impact',
}

const stageOf = (technique: string): Stage | undefined => STAGE_OF[technique] ?? STAGE_OF[technique.split('.')[0]]

/**
 * Whether somebody got in. T1078 (valid accounts) says so; beside T1190 it only says that the rule tells attempts of any
 * kind.
 */
export function isAccess({ techniques }: Finding): boolean {
  return techniques.some(one => stageOf(one) === 'access') && !techniques.includes('T1190')
}

/** A login that was forced: guessed, by what came before it, or as grave as that. Other logins merely stand out. */
export function isBreakIn(finding: Finding): boolean {
  return (
    isAccess(finding) && (finding.severity === 'critical' || finding.techniques.some(one => one.startsWith('T1110')))
  )
}

/** The stages a finding shows. */
export function stagesOfFinding(finding: Finding): Set<Stage> {
  const stages = new Set<Stage>()
  for (const technique of finding.techniques) {
    const stage = stageOf(technique)
    if (stage !== undefined && (stage !== 'access' || isAccess(finding))) stages.add(stage)
  }
  return stages
}

/** Stages that come after somebody got in, on the host itself. */
const AFTER: ReadonlySet<Stage> = new Set(STAGES.slice(STAGES.indexOf('execution')))

/** Whether a finding tells what somebody did on the host: accounts, privileges, traces. A flood (impact) comes from outside. */
export function isFollowUp(finding: Finding): boolean {
  if (finding.kind === 'host') return true
  if (finding.kind !== 'rule' || finding.sources.length > 0) return false
  return [...stagesOfFinding(finding)].some(stage => AFTER.has(stage))
}

/** All stages of several findings, in order. */
export function stagesOf(findings: readonly Finding[]): Stage[] {
  const seen = new Set(findings.flatMap(finding => [...stagesOfFinding(finding)]))
  return STAGES.filter(stage => seen.has(stage))
}
