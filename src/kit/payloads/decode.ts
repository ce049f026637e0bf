/** Undoes what clients, servers and attackers do to text: percent and double encoding, overlong UTF-8, escapes of the log. */

/** Attackers encode twice or thrice to pass a filter that decodes once; nobody needs more. */
const MOST_ROUNDS = 3

export interface Decoded {
  text: string
  /** How many rounds changed something: two or more is double encoding. */
  rounds: number
}

/** Decodes text until nothing changes; `plus`: `+` is a space, as in queries. Idempotent on its own answer unless that still holds three layers. */
export function decodeText(raw: string, plus: boolean): Decoded {
  let text = decodeLogEscapes(raw)
  if (plus && text.includes('+')) text = text.replaceAll('+', ' ')
  let rounds = 0
  while (rounds < MOST_ROUNDS && text.includes('%')) {
    const next = foldOverlong(decodePercent(text))
    if (next === text) break
    text = next
    rounds++
  }
  if (/[\uff01-\uff5e\xef]/.test(text)) text = foldFullWidth(text)
  if (text.includes('&')) text = decodeEntities(text)
  return { text, rounds }
}

/** `\x22`, `\"`, `\\`: how nginx and Apache write bytes that would spoil the line. */
function decodeLogEscapes(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(["\\]))/g,
    (_all, hex: string | undefined, wide: string | undefined, char: string | undefined) =>
      char ?? charOf(hex ?? wide ?? ''),
  )
}

/** The slashes of mathematics: some servers take them for ASCII's. */
const SLASHES: Readonly<Record<number, string>> = { 8260: '/', 8725: '/', 8726: '\\' }

function charOf(hex: string): string {
  const code = Number.parseInt(hex, 16)
  return SLASHES[code] ?? foldWide(code)
}

/** Full-width forms: some servers fold them to ASCII after the filter has looked. */
function foldWide(code: number): string {
  return String.fromCharCode(code >= 0xff01 && code <= 0xff5e ? code - 0xfee0 : code)
}

function decodePercent(text: string): string {
  return text.replace(
    /%(?:u([0-9a-fA-F]{4})|([0-9a-fA-F]{2}))/g,
    (_all, wide: string | undefined, hex: string | undefined) => charOf(wide ?? hex ?? ''),
  )
}

/** ASCII written as two or three bytes (`%c0%af` for a slash): forbidden since 1996, decoded by some to this day. */
function foldOverlong(text: string): string {
  return text
    .replace(/[\xc0\xc1]([\x80-\xbf])/g, (pair, low: string) =>
      String.fromCharCode(((pair.charCodeAt(0) & 1) << 6) | (low.charCodeAt(0) & 0x3f)),
    )
    .replace(/\xe0\x80([\x80-\xbf])/g, (_all, low: string) => String.fromCharCode(low.charCodeAt(0) & 0x3f))
    .replace(/\xe0\x81([\x80-\xbf])/g, (_all, low: string) => String.fromCharCode(0x40 | (low.charCodeAt(0) & 0x3f)))
}

/** Full-width forms as characters, and as the three bytes of their UTF-8 that percent codes leave. */
function foldFullWidth(text: string): string {
  return text
    .replace(/[\uff01-\uff5e]/g, char => foldWide(char.charCodeAt(0)))
    .replace(
      /\xef(?:\xbc([\x81-\xbf])|\xbd([\x80-\x9e]))/g,
      (_all, low: string | undefined, high: string | undefined) =>
        String.fromCharCode(low === undefined ? (high ?? '').charCodeAt(0) - 0x20 : low.charCodeAt(0) - 0x60),
    )
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  amp: '&',
  colon: ':',
  tab: '\t',
  newline: '\n',
  lpar: '(',
  rpar: ')',
  sol: '/',
}

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|([a-zA-Z]{2,7}));?/g,
    (all, hex: string | undefined, digits: string | undefined, name: string | undefined) => {
      if (name !== undefined)
        return all.endsWith(';') && Object.hasOwn(ENTITIES, name.toLowerCase()) ? ENTITIES[name.toLowerCase()] : all
      const code = hex === undefined ? Number(digits) : Number.parseInt(hex, 16)
      return code > 0 && code < 0x110000 ? String.fromCodePoint(code) : all
    },
  )
}
