/**
 * Text as SQL would read it: each token becomes one letter, so that the shape of an injection is a short word that a
 * grammar can be written for. Prose gives words that no grammar rule matches.
 *
 *     n number   s string   q the quote that leaves the host query's string   w word   i catalogue name   v @variable
 *     f function call   g call of an SQL function   E call of a function only attackers use   ( ) , ; as they are
 *     = comparison   + arithmetic   | concatenation   & logic   c comment
 *     U union   A all/distinct   S select   F from   W where   H having   O order/group by   N null   C case   I into outfile
 *     D data statement   T waitfor
 */

const SQL_FUNCTIONS = new Set(
  (
    'abs ascii avg bin cast ceil char chr coalesce concat concat_ws conv convert count crypt_key current_user database elt exp field ' +
    'find_in_set floor format generate_series greatest group_concat hex if ifnull iif in instr json_extract least left length len lower ' +
    'lpad ltrim make_set max md5 mid min name_const nullif nvl ord position rand regexp_substring repeat replace reverse right round row ' +
    'rpad rtrim schema sha1 sqrt strcmp string_agg substr substring sum system_user to_char translate trim unhex upper user version xmlagg'
  ).split(' '),
)

const EVIL_FUNCTIONS = new Set(
  (
    'sleep pg_sleep benchmark load_file extractvalue updatexml xmltype randomblob receive_message get_host_address analyse ' +
    'openrowset opendatasource xp_cmdshell xp_dirtree xp_regread pg_read_file lo_import dbms_pipe utl_http utl_inaddr gtid_subset ' +
    'procedure_analyse load_extension sp_executesql sn exec_master'
  ).split(' '),
)

/** Words that have a letter of their own, by that letter. */
const LETTERS: readonly (readonly [letter: string, words: string])[] = [
  ['U', 'union'],
  ['A', 'all distinct distinctrow'],
  ['S', 'select'],
  ['F', 'from'],
  ['W', 'where'],
  ['H', 'having'],
  ['N', 'null'],
  ['&', 'and or xor'],
  ['+', 'div mod'],
  ['=', 'like rlike regexp is between'],
  ['w', 'true false'],
  // Read over, so that what follows a phrase follows its letter.
  ['', 'not sounds by outfile dumpfile delay when then'],
]
const KEYWORDS: ReadonlyMap<string, string> = new Map(
  LETTERS.flatMap(([letter, words]) => words.split(' ').map(word => [word, letter] as const)),
)

/** Statements and phrases of two words: what must stand behind the first. */
const PHRASES: Readonly<Record<string, { next: RegExp; token: string }>> = {
  order: { next: /^\s+by\b/, token: 'O' },
  group: { next: /^\s+by\b/, token: 'O' },
  into: { next: /^\s+(?:out|dump)file\b/, token: 'I' },
  case: { next: /^\s+(?:when\b|\d)/, token: 'C' },
  waitfor: { next: /^\s+(?:delay|time)\b/, token: 'T' },
  insert: { next: /^\s+into\b/, token: 'D' },
  delete: { next: /^\s+from\b/, token: 'D' },
  update: { next: /^\s+\w{1,64}\s+set\b/, token: 'D' },
  drop: { next: /^\s+(?:table|database|function|user|schema|view|procedure|index|trigger)\b/, token: 'D' },
  create: {
    next: /^\s+(?:table|database|function|user|schema|view|procedure|or\s+replace|trigger|temporary|alias)\b/,
    token: 'D',
  },
  alter: { next: /^\s+(?:table|database|user|role|login)\b/, token: 'D' },
  truncate: { next: /^\s+table\b/, token: 'D' },
  exec: { next: /^[\s(]+(?:xp_|sp_|master|@|char\(|')/, token: 'D' },
  execute: { next: /^\s+(?:immediate\b|xp_|sp_|master)/, token: 'D' },
  call: { next: /^\s+[\w.]{1,64}\(/, token: 'D' },
  declare: { next: /^\s+@/, token: 'D' },
  grant: { next: /^\s+(?:all|select|insert|update|execute)\b/, token: 'D' },
  shutdown: { next: /^\s*(?:--|;|with\b)/, token: 'D' },
  begin: { next: /^\s+(?:[\w.]{1,64}\(|declare\b)/, token: 'D' },
}

const CATALOGUE =
  /^(?:information_schema|pg_catalog|sysibm|all_users|all_tables|user_tables|sysusers|sysobjects|syscolumns|sysdatabases|sqlite_master|sqlite_schema|mysql|rdb\$\w+|msysaccessobjects|v\$version)$/

/** No injection needs more tokens to be told; longer texts are judged by their beginning. */
const MOST_TOKENS = 300

/** Tokens of `text` from `start`; `quoted` is the quote that begins there, if any (already consumed). */
export function sqlTokens(text: string, start: number, quoted: boolean): string {
  const word = /[a-z_][\w$#]*(?:\.[a-z_][\w$#]*)*/y
  let tokens = quoted ? 'q' : ''
  let i = start
  while (i < text.length && tokens.length < MOST_TOKENS) {
    const char = text[i]
    if (char <= ' ' || char === '\xa0') {
      i++
      continue
    }
    if (char >= '0' && char <= '9') {
      const end = numberEnd(text, i)
      tokens += 'n'
      i = end
      continue
    }
    word.lastIndex = i
    const match = word.exec(text)
    if (match !== null) {
      i += match[0].length
      tokens += wordToken(match[0], text, i)
      continue
    }
    const [token, end] = signToken(text, i)
    tokens += token
    i = end
  }
  return tokens
}

function numberEnd(text: string, start: number): number {
  const number = /0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?/y
  number.lastIndex = start
  const match = number.exec(text)
  if (match === null) return start + 1
  // `3com`, `9ein6e0`: a word that begins with a digit is no number.
  let end = start + match[0].length
  while (end < text.length && /\w/.test(text[end])) end++
  return end
}

function wordToken(word: string, text: string, end: number): string {
  const last = word.slice(word.lastIndexOf('.') + 1)
  if (Object.hasOwn(PHRASES, word)) {
    const { next, token } = PHRASES[word]
    if (next.test(text.slice(end, end + 90))) return token
  }
  if (text[end] === '(') {
    if (EVIL_FUNCTIONS.has(last) || word.startsWith('dbms_') || word.startsWith('utl_')) return 'E'
    if (!KEYWORDS.has(word)) return SQL_FUNCTIONS.has(last) ? 'g' : 'f'
  }
  const letter = KEYWORDS.get(word)
  if (letter !== undefined) return letter
  const first = word.includes('.') ? word.slice(0, word.indexOf('.')) : word
  return CATALOGUE.test(first) && (word.includes('.') || first !== 'mysql') ? 'i' : 'w'
}

function signToken(text: string, at: number): [token: string, end: number] {
  const char = text[at]
  const next = text[at + 1]
  if (char === "'" || char === '"') {
    const close = text.indexOf(char, at + 1)
    return ['s', close < 0 ? text.length : close + 1]
  }
  if (char === '`') {
    const close = text.indexOf('`', at + 1)
    return ['w', close < 0 ? text.length : close + 1]
  }
  if (char === '-' && next === '-') return ['c', text.length]
  if (char === '#') return ['c', text.length]
  if (char === '/' && next === '*') {
    const close = text.indexOf('*/', at + 2)
    return close < 0 ? ['c', text.length] : ['', close + 2]
  }
  if (char === '|' && next === '|') return ['|', at + 2]
  if (char === '&' && next === '&') return ['&', at + 2]
  if (char === '@') {
    let end = at + 1
    while (end < text.length && /[@\w]/.test(text[end])) end++
    return ['v', end]
  }
  if ('=<>!'.includes(char)) {
    let end = at + 1
    while (end < text.length && '=<>'.includes(text[end])) end++
    return [char === '!' && end === at + 1 ? '' : '=', end]
  }
  if ('(),;'.includes(char)) return [char, at + 1]
  if ('+-*/%^~&|'.includes(char)) return ['+', at + 1]
  return ['?', at + 1]
}
