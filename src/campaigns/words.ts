/** How campaigns are worded. */
const LONGEST = 64

/** A text of the log in a sentence: its first 64 characters. */
export function cut(text: string): string {
  if (text === '') return '(empty)'
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1).toWellFormed()}…`
}

/** `1204112` as `1,204,112`; small means keep a digit: `4.9`, `0.03`. */
export function figure(value: number): string {
  if (value >= 100 || Number.isInteger(value)) return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
  if (value >= 1) return String(Math.round(value * 10) / 10)
  return value < 0.001 ? 'less than 0.001' : String(Number(value.toPrecision(1)))
}

/** `1 address`, `47 addresses`. */
export function many(count: number, one: string, several = `${one}s`): string {
  return `${figure(count)} ${count === 1 ? one : several}`
}

/** `root, admin, test and 9 more`. */
export function listed(names: readonly string[], most = 4): string {
  const shown = names.slice(0, most).map(cut)
  const rest = names.length - shown.length
  return rest > 0 ? `${shown.join(', ')} and ${figure(rest)} more` : shown.join(', ')
}

/** A score (-log10 of a chance) in words: `one chance in 10^18`, `one chance in 4,000`. */
export function chance(score: number): string {
  if (score >= 6) return `one chance in 10^${Math.floor(score)}`
  return `one chance in ${figure(Number((10 ** score).toPrecision(1)))}`
}
