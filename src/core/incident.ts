/** Incidents: findings that belong to one story. */
import type { Severity } from './finding.ts'

const LONGEST_NAME = 32

export interface Incident {
  /** Stable: a digest of its first finding's id. */
  id: string
  title: string
  severity: Severity
  /** 0 to 100: its worst finding's. */
  risk: number
  /** RFC 3339, UTC. */
  first_seen: string
  last_seen: string
  /** Finding ids in order of their first moment. */
  findings: string[]
  /** Why they belong together: `source 203.0.113.7`, `campaign ...`, `user deploy`, `path /wp-login.php`. */
  links: string[]
  sources: string[]
  users: string[]
  /** Stages of the attack that were seen, in order: reconnaissance, access attempt, access, privilege, persistence ... */
  stages: string[]
}

/** A user's name as a title has it: whoever guesses names may send a very long one. */
export function shortName(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1)}…`
}
