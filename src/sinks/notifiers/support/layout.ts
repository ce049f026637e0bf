/** Messages as one text of bounded length: most important first, cut on a character's boundary, with a mark. */
import type { Message } from '../../../core/notification.ts'
import { escapeHtml, escapeMarkdown, escapeTerminal, markdownBlock } from '../../../core/text.ts'
import { LABELS, type Language } from '../../notify/catalogue/labels.ts'

/** How a channel writes. Every function gets raw text and answers text that is harmless there. */
export interface Markup {
  text: (line: string) => string
  bold: (line: string) => string
  block: (lines: readonly string[]) => string
}

/** Lines of a text, none of which can break out of its line. */
const linesOf = (text: string): string[] => text.split(/\r\n|\r|\n/)

export const PLAIN: Markup = {
  text: escapeTerminal,
  bold: escapeTerminal,
  block: lines => lines.map(escapeTerminal).join('\n'),
}

export const MARKDOWN: Markup = {
  text: escapeMarkdown,
  bold: line => `**${escapeMarkdown(line)}**`,
  block: lines => markdownBlock(lines),
}

/** The HTML that Telegram and mail programs understand. */
export const HTML: Markup = {
  text: escapeHtml,
  bold: line => `<b>${escapeHtml(line)}</b>`,
  block: lines => `<pre>${lines.map(escapeHtml).join('\n')}</pre>`,
}

/** A part of a message: raw text and the form it gets. It can be cut because its form is given afterwards. */
export interface Piece {
  text: string
  form: (text: string) => string
}

/** How long a text is for the service: UTF-16 code units, or UTF-8 bytes. */
export type Measure = (text: string) => number
/** UTF-16 code units, as services count that speak of characters. */
export const inCharacters: Measure = text => text.length
/** Bytes of the text in UTF-8. */
export const inBytes: Measure = text => Buffer.byteLength(text, 'utf8')
/** Bytes of the text as a JSON string. */
export const inJsonBytes: Measure = text => Buffer.byteLength(JSON.stringify(text), 'utf8') - 2

const MARK = '…'
/** A piece of which less than this would be left is dropped instead. */
const LEAST = 12

/** The longest beginning of `text` whose form with a mark measures at most `room`; empty where that is too little. */
function cutPiece({ text, form }: Piece, room: number, measure: Measure): string {
  const characters = [...text]
  let low = 0
  let high = Math.min(characters.length, Math.max(0, room))
  // A longer beginning never has a shorter form, so that the longest that fits is found by halving.
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (measure(form(characters.slice(0, middle).join('') + MARK)) <= room) low = middle
    else high = middle - 1
  }
  return low < LEAST ? '' : form(characters.slice(0, low).join('') + MARK)
}

/**
 * Joins pieces until `limit`. The first that does not fit is cut, the rest left out; a `…` says so. Never longer than
 * the limit.
 */
export function fitText(pieces: readonly Piece[], limit: number, measure: Measure, separator = '\n'): string {
  let result = ''
  for (const [index, piece] of pieces.entries()) {
    const lead = index === 0 ? '' : result + separator
    const whole = lead + piece.form(piece.text)
    const last = index === pieces.length - 1
    // Room for the mark stays free as long as something may have to be left out.
    const reserve = last ? 0 : measure(separator + MARK)
    if (measure(whole) <= limit - reserve) {
      result = whole
      continue
    }
    const cut = cutPiece(piece, limit - measure(lead), measure)
    if (cut !== '') return lead + cut
    const marked = result === '' ? MARK : result + separator + MARK
    return measure(marked) <= limit ? marked : result
  }
  return result
}

/** A text of one line (a title, a subject), cut to `limit`. */
export function fitLine(text: string, limit: number, measure: Measure = inCharacters, form = escapeTerminal): string {
  const line = linesOf(text).join(' ')
  const whole = form(line)
  if (measure(whole) <= limit) return whole
  const characters = [...line]
  let end = Math.min(characters.length, limit)
  while (end > 0 && measure(form(characters.slice(0, end).join('')) + MARK) > limit) {
    // Long texts are halved towards the limit, so that a hostile title costs little.
    end = end > limit / 2 + 64 ? Math.floor(end * 0.9) : end - 1
  }
  return form(characters.slice(0, end).join('')) + MARK
}

const paragraph = (text: string, { text: write }: Markup): Piece => ({
  text,
  form: part => linesOf(part).map(write).join('\n'),
})

const headed = (heading: string, lines: readonly string[], { bold, block }: Markup): Piece => ({
  text: lines.join('\n'),
  form: part => `${bold(heading)}\n${block(linesOf(part))}`,
})

/** A message's body in the order of importance: what happened, the facts, what to do, the proof. */
export function piecesOf(message: Message, markup: Markup, language: Language): Piece[] {
  const labels = LABELS[language]
  return [
    ...message.lines.map(line => paragraph(line, markup)),
    ...message.fields.map(
      ({ label, value }): Piece => ({
        text: value,
        form: part => `${markup.bold(label)}${labels.colon}${linesOf(part).map(markup.text).join(' ')}`,
      }),
    ),
    ...(message.recommendations.length > 0 ? [headed(labels.advice, message.recommendations, markup)] : []),
    ...(message.evidence.length > 0 ? [headed(labels.evidence, message.evidence, markup)] : []),
  ]
}

/** The title as a first piece, for channels that have no place of their own for it. */
export function titlePiece(message: Message, { bold }: Markup): Piece {
  return { text: linesOf(message.title).join(' '), form: bold }
}
