/**
 * Log text on its way out. Attackers write the log, so every way out (terminal, HTML, Markdown, CSV, shell) has one
 * function here that makes a text harmless for it. Each of them first makes visible what an eye cannot see.
 */

/**
 * Characters that steer a terminal, reorder or hide text, or break a line: controls (C0, DEL, C1), format characters
 * (bidirectional overrides, zero-width, tags), line and paragraph separators, other default-ignorable code points.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
/** Marks beyond the fourth on one letter climb over the neighbouring lines. */
const STACKED_MARKS = /(?<=\p{M}{4})\p{M}/gu
const PLAIN = /^[\x20-\x7e]*$/

function escapeCodePoint(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16)
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`
}

/**
 * Makes a text safe for a terminal and a text file: one line, nothing hidden, nothing that steers. Unseen characters
 * become `\xNN` or `\u{...}`, halves of surrogate pairs (what is left of broken UTF-8) become U+FFFD.
 */
export function escapeTerminal(text: string): string {
  if (PLAIN.test(text)) return text
  return text.toWellFormed().replace(UNSEEN, escapeCodePoint).replace(STACKED_MARKS, escapeCodePoint)
}

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

/** Makes a text safe as HTML text and inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return escapeTerminal(text).replace(/[&<>"'`]/g, character => HTML_ENTITIES[character])
}

const asJsonEscape = (character: string): string => {
  let text = ''
  for (let i = 0; i < character.length; i++) text += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
  return text
}

/** Unseen characters of a JSON text are in its strings, except the line ends between its members. */
const UNSEEN_IN_JSON = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** Writes the unseen characters of a JSON text (DEL, C1, bidi ...) as `\uNNNN`: the same value, harmless in a terminal. */
export function escapeJson(json: string): string {
  return json.replace(UNSEEN_IN_JSON, asJsonEscape)
}

/** Makes a text safe as Markdown prose: no markup, link, image, table cell, HTML, mention, issue number or autolink. */
export function escapeMarkdown(text: string): string {
  return escapeTerminal(text)
    .replace(/[\\`*_[\]<>#|~$@!&]/g, character => `\\${character}`)
    .replace(/:(?=\/\/)|(?<=\bwww)\./gi, character => `\\${character}`)
    .replace(/^(\s*)([-+=])(?=[\s=-]|$)/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])(?=\s|$)/, '$1\\$2')
}

function longestRun(text: string, character: string): number {
  let longest = 0
  let run = 0
  for (const each of text) {
    run = each === character ? run + 1 : 0
    if (run > longest) longest = run
  }
  return longest
}

/** Writes a text as a Markdown code span. In a table, `inTable` guards the column sign (GFM reads `\|` even in code). */
export function markdownCode(text: string, inTable = false): string {
  const shown = escapeTerminal(text)
  if (shown.trim() === '') return '` `'
  const fence = '`'.repeat(longestRun(shown, '`') + 1)
  const pad = shown.startsWith('`') || shown.endsWith('`') ? ' ' : ''
  // A backslash before the column sign would escape the escape, so a cell with both is written as prose.
  if (inTable && /\\\|/.test(shown)) return escapeMarkdown(text)
  const body = inTable ? shown.replaceAll('|', '\\|') : shown
  return `${fence}${pad}${body}${pad}${fence}`
}

/** Writes lines as a fenced Markdown block; the fence is longer than any run of backticks inside. */
export function markdownBlock(lines: readonly string[], language = 'text'): string {
  const shown = lines.map(escapeTerminal)
  const longest = shown.reduce((most, line) => Math.max(most, longestRun(line, '`')), 0)
  const fence = '`'.repeat(Math.max(3, longest + 1))
  return [`${fence}${language}`, ...shown, fence].join('\n')
}

/**
 * Writes a text as a CSV cell: always quoted (RFC 4180), and a text that a spreadsheet could take for a formula gets an
 * apostrophe in front. The full-width signs count too: spreadsheets in East Asian locales read them as formulas.
 */
export function csvCell(text: string): string {
  const shown = escapeTerminal(text)
  const guarded = /^[\s']*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(shown) ? `'${shown}` : shown
  return `"${guarded.replaceAll('"', '""')}"`
}

const encoder = new TextEncoder()

/**
 * Writes a text as one shell word. Ordinary text is single-quoted; a text with unseen characters becomes `$'...'`
 * (bash, zsh, ksh), so that pasting it can neither steer the terminal nor end the word. NUL cannot be in a word: dropped.
 */
export function shellWord(text: string): string {
  const word = text.toWellFormed().replaceAll('\0', '')
  if (/^[\w@%+:,./][\w@%+=:,./-]*$/.test(word)) return word
  if (escapeTerminal(word) === word) return `'${word.replaceAll("'", "'\\''")}'`
  const asBytes = (unseen: string): string =>
    [...encoder.encode(unseen)].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
  const body = word.replace(/[\\']/g, '\\$&').replace(UNSEEN, asBytes).replace(STACKED_MARKS, asBytes)
  return `$'${body}'`
}

const NARROW = /^[\x20-\x7e\u00a1-\u02ff]*$/
const ZERO_WIDTH = /[\p{Mn}\p{Me}\u1160-\u11ff]/u
/** East Asian wide and full-width blocks (Unicode TR 11), and what is shown as a picture by default. */
const WIDE = new RegExp(
  '[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\u4dbf\\u4e00-\\ua4cf\\ua960-\\ua97c\\uac00-\\ud7a3\\uf900-\\ufaff' +
    '\\ufe10-\\ufe19\\ufe30-\\ufe6f\\uff01-\\uff60\\uffe0-\\uffe6\\u{16fe0}-\\u{18cff}\\u{1b000}-\\u{1b2ff}' +
    '\\u{20000}-\\u{3fffd}\\p{Emoji_Presentation}]',
  'u',
)

function characterColumns(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}

/** Columns that an escaped text takes in a terminal. */
export function columns(text: string): number {
  if (NARROW.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterColumns(character)
  return width
}

/** The longest beginning of an escaped text that fits into `width` columns. */
function sliceColumns(text: string, width: number): string {
  if (text.length <= width && NARROW.test(text)) return text
  let used = 0
  let end = 0
  for (const character of text) {
    used += characterColumns(character)
    if (used > width) break
    end += character.length
  }
  return text.slice(0, end)
}

/** Cuts an escaped text to `width` columns; where something is lost, the last column says so with `…`. */
export function truncate(text: string, width: number): string {
  return columns(text) <= width ? text : `${sliceColumns(text, width - 1)}…`
}

/** Pads an escaped text with spaces to `width` columns. */
export function padColumns(text: string, width: number, side: 'left' | 'right' = 'right'): string {
  const space = ' '.repeat(Math.max(0, width - columns(text)))
  return side === 'right' ? text + space : space + text
}

/**
 * Breaks an escaped text into lines of at most `width` columns: at spaces where there are any, else inside the word.
 * Runs of spaces inside a line stay as they are, since in a log they belong to the proof.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let start = 0
  for (;;) {
    // A piece that is surely wide enough for a line, so that a very long text costs no more than its length.
    const piece = text.slice(start, start + width * 4 + 1)
    const last = start + piece.length === text.length
    const fits = columns(piece) <= width
    if (fits && last) return [...lines, piece]
    const head = fits ? piece : sliceColumns(piece, width)
    const taken = head.length === 0 ? ([...piece][0] ?? piece) : head
    const space = piece[taken.length] === ' ' ? taken.length : taken.lastIndexOf(' ')
    const cut = space > width / 3 ? space : taken.length
    lines.push(piece.slice(0, cut).trimEnd())
    start += piece[cut] === ' ' ? cut + 1 : cut
  }
}
