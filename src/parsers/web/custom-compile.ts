/** Compiles a `log_format`-like string into the parts that a line is read by. */
import { EXIT, Problem } from '../../core/errors.ts'
import { nearest } from '../../kit/nearest.ts'
import type { Slot } from './custom-variables.ts'
import { APACHE_DIRECTIVES, APACHE_HEADERS, NGINX_PREFIXES, NGINX_VARIABLES } from './custom-variables.ts'

/** A variable and the literal text behind it. */
export interface Part {
  slot: Slot
  /** As the format spells it. */
  name: string
  behind: string
}

export interface CompiledFormat {
  /** Literal text before the first variable. */
  lead: string
  parts: Part[]
}

interface Token {
  slot?: Slot
  text: string
}

/** @throws Problem naming what is wrong with the format, and the variable that was probably meant. */
export function compileFormat(format: string, where: string): CompiledFormat {
  // As copied from an Apache config, the string has its quotes escaped.
  const plain = format.replaceAll('\\"', '"').replaceAll('$uri$is_args$args', '$request_uri')
  const apache = !/\$[a-z_{]/.test(plain) && plain.includes('%')
  const tokens = apache ? apacheTokens(plain, where) : nginxTokens(plain, where)
  let lead = ''
  const parts: Part[] = []
  for (const { slot, text } of tokens) {
    const last = parts.at(-1)
    if (slot !== undefined) {
      // Nothing divides the two: only a time tells where it ends by itself.
      if (last !== undefined && last.behind === '' && !isTime(last.slot)) {
        throw problem(`${last.name} and ${text} stand side by side`, where, 'some text between two variables')
      }
      parts.push({ slot, name: text, behind: '' })
    } else if (last === undefined) lead += text
    else last.behind += text
  }
  demand(parts, where)
  return { lead, parts }
}

const isTime = (slot: Slot): boolean => slot.endsWith('time')

function demand(parts: Part[], where: string): void {
  const has = (...slots: Slot[]): boolean => parts.some(part => slots.includes(part.slot))
  if (!has('peer', 'forwarded', 'client'))
    throw problem('the format names no client address', where, '$remote_addr (nginx) or %h (Apache)')
  if (!has('clf-time', 'bracketed-clf-time', 'iso-time', 'epoch'))
    throw problem('the format has no time', where, '$time_local, $time_iso8601, $msec (nginx) or %t (Apache)')
  if (!has('request', 'target', 'path'))
    throw problem('the format has no request', where, '$request or $request_uri (nginx), %r or %U (Apache)')
}

function problem(message: string, where: string, expected: string, hint?: string): Problem {
  return new Problem(EXIT.config, message, { where, expected, ...(hint === undefined ? {} : { hint }) })
}

function nginxTokens(format: string, where: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (const match of format.matchAll(/\$(?:([a-z0-9_]+)|\{([a-z0-9_]+)\})/gi)) {
    if (match.index > at) tokens.push({ text: format.slice(at, match.index) })
    const name = match[1] ?? match[2]
    const slot = Object.hasOwn(NGINX_VARIABLES, name) ? NGINX_VARIABLES[name] : undefined
    if (slot === undefined && !NGINX_PREFIXES.some(prefix => name.startsWith(prefix) && !isTypo(name))) {
      const near = nearest(name, Object.keys(NGINX_VARIABLES))
      throw problem(
        `unknown variable $${name}`,
        where,
        'a variable of nginx',
        near === undefined ? undefined : `did you mean $${near}?`,
      )
    }
    tokens.push({ slot: slot ?? 'skip', text: match[0] })
    at = match.index + match[0].length
  }
  if (at < format.length) tokens.push({ text: format.slice(at) })
  return tokens
}

/** `http_user_agnet` is of a family that may carry anything; one letter off a known name is a slip all the same. */
function isTypo(name: string): boolean {
  return Object.keys(NGINX_VARIABLES).some(known => known.length > 8 && distance(name, known) <= 2)
}

function apacheTokens(format: string, where: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (const match of format.matchAll(/%(%|U%q|[!<>0-9,]*(?:\{([^}]*)\})?(\^?[a-zA-Z]{1,2}(?<=\^t[io])|[a-zA-Z]))/g)) {
    if (match.index > at) tokens.push({ text: format.slice(at, match.index) })
    at = match.index + match[0].length
    if (match[1] === '%') tokens.push({ text: '%' })
    else
      tokens.push({
        slot: match[1] === 'U%q' ? 'target' : apacheSlot(match[3], match[2], match[0], where),
        text: match[0],
      })
  }
  if (at < format.length) tokens.push({ text: format.slice(at) })
  return tokens
}

function apacheSlot(letter: string, argument: string | undefined, text: string, where: string): Slot {
  if (letter.startsWith('^')) return 'skip'
  if (letter === 'i') return APACHE_HEADERS[(argument ?? '').toLowerCase()] ?? 'skip'
  if (letter === 't' && argument !== undefined) {
    if (argument === 'sec' || argument === 'msec' || argument === 'usec') return 'epoch'
    if (argument.startsWith('%Y-%m-%dT%H:%M:%S') || argument.startsWith('%FT%T')) return 'iso-time'
    throw problem(`time format ${text} cannot be read`, where, '%t, %{sec}t, %{msec}t or %{%Y-%m-%dT%H:%M:%S%z}t')
  }
  const slot = Object.hasOwn(APACHE_DIRECTIVES, letter) ? APACHE_DIRECTIVES[letter] : undefined
  if (slot === undefined)
    throw problem(
      `unknown directive ${text}`,
      where,
      `one of ${Object.keys(APACHE_DIRECTIVES)
        .map(known => `%${known}`)
        .join(' ')}`,
    )
  return slot
}

/** Levenshtein distance; names are short. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]
}
