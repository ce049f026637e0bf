/** In words: what the participants of a campaign have in common besides names. */
import type { Reason } from '../core/finding.ts'
import type { Services } from '../kit/services.ts'
import type { Teller } from './sentences.ts'
import type { TextKind } from './source-tokens.ts'
import { type Mark, PACES, PORTS } from './token-laws.ts'
import { cut, figure } from './words.ts'

const MOST_TOLD = 3

const SHOWS: Readonly<Record<TextKind, string>> = {
  farewell: 'left with the words',
  method: 'tried the method',
  key: 'offered the key',
  agent: 'called themselves',
  query: 'sent the query keys',
}

/** The token as a person reads it. */
export function tokenText({ store, addresses, services }: Teller, { kind, token, example }: Mark): string {
  switch (kind) {
    case 'way':
      return 'the same first pages'
    case 'port':
      return rangeOf(PORTS, token, 65_535)
    case 'pace':
      return rangeOf(PACES, token, Infinity)
    case 'network':
      return addresses.formatNetwork(example)
    case 'provider':
      return providerText(services, addresses.format(example))
    default:
      return typeof token === 'number' ? store.tokens.text(kind, token) : ''
  }
}

/**
 * A reason for each of the first few marks, with the share (0 to 1) of the participants that have it and that of
 * other strangers.
 */
export function markReasons(teller: Teller, marks: readonly Mark[]): Reason[] {
  return marks.slice(0, MOST_TOLD).map(mark => ({
    text: `${percent(mark.share)} of them ${phraseOf(mark, cut(tokenText(teller, mark)))}; ${percent(mark.usual)} of other strangers do`,
    feature: `shared ${mark.kind}`,
    observed: Number(mark.share.toPrecision(3)),
    expected: Number(mark.usual.toPrecision(3)),
  }))
}

function phraseOf({ kind }: Mark, text: string): string {
  switch (kind) {
    case 'way':
      return 'asked for the same pages first'
    case 'port':
      return `came from a port of ${text}`
    case 'pace':
      return `made ${text} attempts a connection`
    case 'network':
    case 'provider':
      return `came from ${text}`
    default:
      return `${SHOWS[kind]} \`${text}\``
  }
}

function providerText({ geo }: Services, address: string): string {
  const network = geo?.network(address)
  return network?.organisation ?? `AS${network?.asn ?? ''}`
}

function rangeOf(ends: readonly number[], token: number | string, last: number): string {
  const at = ends.indexOf(Number(token))
  const next = at + 1 < ends.length ? ends[at + 1] - 1 : last
  if (next === Infinity) return `${token} or more`
  return next === token ? String(token) : `${token} to ${next}`
}

function percent(share: number): string {
  return share < 0.005 ? 'less than 1 %' : `${figure(Math.round(share * 100))} %`
}
