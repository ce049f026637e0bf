/** An incident in one line: who, what they tried, whether they got in, what they did then. */
import type { Finding } from '../core/finding.ts'
import { severityRank } from '../core/finding.ts'
import { isAccess, type Stage, stagesOfFinding } from './incident-stages.ts'

const LONGEST_NAME = 32

/** `findings` of one incident in order of time; at least one. */
export function titleOf(findings: readonly Finding[]): string {
  if (findings.length === 1) return findings[0].title
  const sources = new Set(findings.flatMap(one => (one.kind === 'anomaly' ? [] : one.sources)))
  const clauses = clausesOf(findings)
  if (sources.size === 0 || clauses.length === 0) {
    const worst = worstOf(findings)
    return `${worst.title}, and ${findings.length - 1} more`
  }
  const [only] = sources
  return `${sources.size === 1 ? only : `${sources.size} addresses`} ${joined(clauses)}`
}

function worstOf(findings: readonly Finding[]): Finding {
  return findings.reduce((worst, one) => (severityRank(one.severity) < severityRank(worst.severity) ? one : worst))
}

function joined(clauses: readonly string[]): string {
  if (clauses.length < 3) return clauses.join(' and ')
  return `${clauses.slice(0, -1).join(', ')}, and ${clauses[clauses.length - 1]}`
}

function clausesOf(findings: readonly Finding[]): string[] {
  const having = (stage: Stage): Finding[] => findings.filter(one => stagesOfFinding(one).has(stage))
  const attempts = having('access attempt')
  const accesses = findings.filter(isAccess)
  const first = accesses[0]
  const followed = findings.filter(one => first !== undefined || !isAccess(one))
  return [
    ...(attempts.length > 0 ? [attemptClause(attempts)] : having('reconnaissance').length > 0 ? ['looked around'] : []),
    ...(having('impact').length > 0 ? ['flooded the server'] : []),
    ...(first === undefined ? [] : [accessClause(first, guessedNames(attempts))]),
    ...followed.flatMap(afterClauses).filter((clause, index, all) => all.indexOf(clause) === index),
  ]
}

/** `guessed root 400 times`, `guessed 31 names 400 times`, `probed the web site 20 times`. */
function attemptClause(attempts: readonly Finding[]): string {
  const guesses = attempts.filter(({ techniques }) => techniques.some(one => one.startsWith('T1110')))
  if (guesses.length === 0) return `probed the web site ${times(mostOf(attempts))}`
  const users = guessedNames(guesses)
  const [only] = users
  const whom = users.size === 1 && only !== '' ? cut(only) : users.size > 1 ? `${users.size} names` : 'passwords'
  return `guessed ${whom} ${times(mostOf(guesses))}`
}

const guessedNames = (attempts: readonly Finding[]): Set<string> => new Set(attempts.flatMap(({ users }) => users))

/** Several findings count the same lines: the largest count is the least that is certain. */
const mostOf = (findings: readonly Finding[]): number => findings.reduce((most, { count }) => Math.max(most, count), 0)

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)

/** The login closes a finding that counts the failures before it, and opens any other. */
function accessClause(login: Finding, guessed: ReadonlySet<string>): string {
  if (login.kind === 'campaign') return 'got in'
  const closes = login.techniques.some(one => one.startsWith('T1110'))
  const moment = (closes && login.kind === 'rule' ? login.last_seen : login.first_seen).slice(11, 16)
  // Where one name was guessed, it is clear whose login it was.
  const [user] = login.users
  const isTold = login.users.length !== 1 || (guessed.size === 1 && guessed.has(user))
  return `got in${isTold ? '' : ` as ${cut(user)}`} at ${moment}`
}

/** Technique, by its beginning, and what it is called in a story. */
const DONE: readonly (readonly [technique: string, words: string])[] = [
  ['T1548', 'tried to become another user'],
  ['T1136', 'made an account'],
  ['T1098', 'gave an account more rights'],
  ['T1505', 'left a web shell'],
  ['T1053', 'left a scheduled job'],
  ['T1543', 'left a service'],
  ['T1547', 'left something that starts by itself'],
  ['T1070', 'touched the logs'],
  ['T1562', 'weakened the defences'],
  ['T1059', 'ran commands'],
  ['T1496', 'used its processor'],
]

function afterClauses({ techniques, kind, sources }: Finding): string[] {
  // A rule about addresses tells what was tried from outside.
  if (kind !== 'host' && sources.length > 0) return []
  const done = DONE.find(([technique]) => techniques.some(one => one.startsWith(technique)))
  return done === undefined ? [] : [done[1]]
}

function cut(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1)}…`
}
