/** How reasons are worded. */
import { grouped } from '../../core/figure.ts'
import { formatSpan } from '../../core/time.ts'

/** Names and paths in titles are cut here; the report escapes them. */
const LONGEST = 64

/** A text of the log in a title: its first 64 characters. */
export function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1).toWellFormed()}…`
}

/** `1 name`, `4 names`; counts of a thousand and more are grouped. */
export function many(count: number, one: string, several = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : several}`
}

/** `root, admin, test and 9 more`; the empty name is shown as such. */
export function listed(names: readonly string[], most = 4): string {
  const shown = names.slice(0, most).map(name => (name === '' ? '(empty)' : cut(name)))
  const rest = names.length - shown.length
  return rest > 0 ? `${shown.join(', ')} and ${grouped(rest)} more` : shown.join(', ')
}

/** ` in 5 min`; nothing for what took no time. Milliseconds. */
export function within({ first, last }: { first: number; last: number }): string {
  return last - first >= 1000 ? ` in ${formatSpan(last - first)}` : ''
}
