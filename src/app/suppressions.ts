/**
 * Suppressions: findings that a person has called false alarms are recorded as before, but neither told nor answered.
 * They are narrow (one rule, one source, user or path) and end by themselves.
 */
import type { Finding } from '../core/finding.ts'
import type { Store, Suppression, SuppressionField } from '../store/index.ts'

/** What a suppression asks of a finding. */
export type SuppressionPattern = Pick<Suppression, 'rule' | 'field' | 'value'>

/**
 * Whether the finding is of the suppression's rule and about nothing but its source, user or path. One that accuses
 * others too is told: a false alarm must not be somebody else's cover.
 */
export function matches({ rule, field, value }: SuppressionPattern, finding: Finding): boolean {
  if (finding.rule !== rule) return false
  const values = valuesOf(field, finding)
  return values.length > 0 && values.every(one => one === value)
}

/** Whether one of the suppressions fits the finding; those that have run out are the caller's to leave out. */
export const isSuppressed = (finding: Finding, suppressions: readonly SuppressionPattern[]): boolean =>
  suppressions.some(suppression => matches(suppression, finding))

/** Those that hold at a moment, milliseconds. */
export const inForce = (store: Store, now: number): Suppression[] => store.labels.suppressions(now)

/** The values of a field that a finding is about. */
export function valuesOf(field: SuppressionField, { sources, users, details }: Finding): readonly string[] {
  if (field === 'source') return sources
  if (field === 'user') return users
  const path: unknown = details?.path
  const paths: unknown = details?.paths
  return [path, ...(Array.isArray(paths) ? paths : [])].filter(one => typeof one === 'string')
}

/** The fields by which this finding alone can be told: those with exactly one value, the narrowest first. */
export function suppressible(finding: Finding): SuppressionField[] {
  const fields: readonly SuppressionField[] = ['source', 'path', 'user']
  return fields.filter(field => new Set(valuesOf(field, finding)).size === 1)
}
