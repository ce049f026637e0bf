/** ArcSight's Common Event Format (CEF) and QRadar's (LEEF): logins, and what filters saw web clients ask for. */
import type { BatchWriter } from '../../core/batch.ts'
import type { EventKind } from '../../core/event.ts'
import { FLAG } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import { WebFields } from '../web/fields.ts'
import { JsonFiller } from '../web/json-fields.ts'
import { RequestWriter } from '../web/writer.ts'
import { decode, literal } from './bytes.ts'
import { addTextEvent } from './emit.ts'
import { readLocalDate } from './local-dates.ts'
import { createStamp, readIsoStamp } from './stamps.ts'

const LONGEST = 16_384
const CEF_FIELDS = 7
const LEEF_FIELDS = 5
const MOST_KEYS = 200

interface Record {
  product: string
  /** The event's number and name, as the device calls it. */
  name: string
  /** The first value of each key; undefined where the key came again with another value. */
  values: Map<string, string | undefined>
}

/** Splits at bars that no backslash hides; the last part is all the rest. */
function bars(text: string, count: number): string[] {
  const parts: string[] = []
  let from = 0
  for (let i = 0; i < text.length && parts.length < count; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '|') {
      parts.push(text.slice(from, i).replaceAll('\\|', '|'))
      from = i + 1
    }
  }
  return [...parts, text.slice(from)]
}

function put(values: Record['values'], key: string, value: string): void {
  if (values.size >= MOST_KEYS) return
  // What a client sent may look like one more key: two answers are none.
  values.set(key, values.has(key) && values.get(key) !== value ? undefined : value)
}

const KEY = /(?:^|\s)(?<key>[A-Za-z_][\w.]{0,63})=/g

/** `key=value key=value`: values hold blanks, and a backslash before each equals sign that is their own. */
function cefValues(text: string): Record['values'] {
  const values: Record['values'] = new Map()
  let key = ''
  let from = 0
  for (const found of text.matchAll(KEY)) {
    if (key !== '') put(values, key, text.slice(from, found.index).trim().replaceAll('\\=', '='))
    key = found.groups?.key ?? ''
    from = found.index + found[0].length
  }
  if (key !== '') put(values, key, text.slice(from).trim().replaceAll('\\=', '='))
  return values
}

function leefValues(text: string, delimiter: string): Record['values'] {
  const values: Record['values'] = new Map()
  for (const pair of text.split(delimiter)) {
    const equals = pair.indexOf('=')
    if (equals > 0) put(values, pair.slice(0, equals).trim(), pair.slice(equals + 1).trim())
  }
  return values
}

/** LEEF 2.0 may name the sign between its pairs: itself, or by its number, `x09`. */
function delimiterOf(text: string): string {
  const code = /^(?:0?x)(?<hex>[\da-fA-F]{1,4})$/.exec(text)?.groups?.hex
  return code === undefined ? text || '\t' : String.fromCharCode(Number.parseInt(code, 16))
}

function readRecord(text: string): Record | undefined {
  if (text.startsWith('CEF:')) {
    const parts = bars(text, CEF_FIELDS)
    if (parts.length <= CEF_FIELDS) return undefined
    return { product: parts[2], name: `${parts[4]} ${parts[5]}`, values: cefValues(parts[CEF_FIELDS]) }
  }
  const parts = bars(text, LEEF_FIELDS)
  if (parts.length <= LEEF_FIELDS) return undefined
  const [version, , product, , name, rest] = parts
  const bar = version === 'LEEF:2.0' ? rest.indexOf('|') : -1
  const named = bar >= 0 && bar <= 6
  const values = leefValues(named ? rest.slice(bar + 1) : rest, named ? delimiterOf(rest.slice(0, bar)) : '\t')
  return { product, name, values }
}

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-fA-F:]*:[\da-fA-F:.]+)$/
const LOGIN =
  /\b(?:log(?:ged)?[ _-]?(?:in|on)|logins?|logons?|sign(?:ed)?[ _-]?in|authenticat\w*|passwords?|credentials?|brute)\b/i
const FAILED =
  /fail|den(?:y|ied)|reject|block|refus|invalid|unsuccess|wrong|incorrect|unauthori[sz]ed|brute|error|drop/i
const ACCEPTED = /success|allow|accept|permit|granted|logged (?:in|on)|\bok\b/i
const REFUSED = /block|den(?:y|ied)|drop|reject|prevent/i

const stamp = createStamp()

/** The event's own time, where it is told whole; else that of the line around it stays. */
function readTime(line: Line, values: Record['values']): void {
  if (Number.isFinite(line.time) && (line.flags & (FLAG.YEARLESS | FLAG.LOCAL)) === 0) return
  const text = values.get('rt') ?? values.get('end') ?? values.get('start') ?? values.get('devTime') ?? ''
  if (/^\d{13}$/.test(text)) {
    line.time = Number(text)
    line.flags = 0
    return
  }
  const iso = literal(`${readLocalDate(text)?.text ?? text} `)
  if (!readIsoStamp(iso, 0, iso.length, stamp)) return
  line.time = stamp.time
  line.flags = stamp.flags
}

const PORTS: ReadonlyMap<string, 'ssh' | 'ftp' | 'mail'> = new Map([
  ['22', 'ssh'],
  ['21', 'ftp'],
  ...['25', '110', '143', '465', '587', '993', '995'].map(port => [port, 'mail'] as const),
])

function familyOf({ name, product, values }: Record): 'ssh' | 'ftp' | 'mail' | 'panel' {
  const words = [name, product, values.get('app'), values.get('sproc'), values.get('dproc'), values.get('proto')].join(
    ' ',
  )
  if (/\bssh/i.test(words)) return 'ssh'
  if (/\b[a-z]{0,4}ftpd?\b/i.test(words)) return 'ftp'
  if (/\b(?:smtp|imap|pop3)/i.test(words)) return 'mail'
  return PORTS.get(values.get('dpt') ?? values.get('dstPort') ?? '') ?? 'panel'
}

/** Whether somebody got in or was refused; undefined where the event is about no login, or tells neither. */
function resultOf({ name, values }: Record): 'failed' | 'accepted' | undefined {
  const about = [name, values.get('cat'), values.get('categoryBehavior')].join(' ')
  if (!LOGIN.test(about)) return undefined
  for (const word of [values.get('outcome'), values.get('categoryOutcome'), values.get('act'), about]) {
    if (word === undefined) continue
    if (FAILED.test(word)) return 'failed'
    if (ACCEPTED.test(word)) return 'accepted'
  }
  return undefined
}

const fields = new WebFields()
const filler = new JsonFiller()
const writer = new RequestWriter({})

function writeRequest({ name, product, values }: Record, source: string, line: Line, out: BatchWriter): void {
  filler.fill(
    {
      peer: source,
      method: values.get('requestMethod') ?? 'GET',
      address: values.get('request') ?? values.get('url') ?? '/',
      agent: values.get('requestClientApplication') ?? values.get('userAgent') ?? '',
      status: REFUSED.test(values.get('act') ?? values.get('outcome') ?? '') ? 403 : 0,
      ...(values.get('dhost') === undefined ? {} : { vhost: values.get('dhost') ?? '' }),
    },
    fields,
  )
  fields.time = line.time
  fields.flags = line.flags
  fields.service = product.slice(0, 64)
  fields.detailText = name.slice(0, 200)
  writer.write(fields, line, out)
}

/** Reads the record that stands at `at`, with the time of the line around it; `notMine` where none does. */
export function parseCef(line: Line, out: BatchWriter, at: number): Verdict {
  const { bytes, end } = line
  if (end - at > LONGEST) return VERDICT.notMine
  const text = decode(bytes, at, end)
  if (!/^(?:CEF:\s?\d{1,2}|LEEF:\d\.\d)\|/.test(text)) return VERDICT.notMine
  const record = readRecord(text)
  if (record === undefined) return VERDICT.malformed
  const { product, values } = record
  readTime(line, values)
  if (!Number.isFinite(line.time)) return VERDICT.unknownMessage
  const named = values.get('src') ?? values.get('c6a2') ?? ''
  const source = ADDRESS.test(named) ? named : undefined
  line.programStart = line.programEnd = 0
  const result = resultOf(record)
  if (result === undefined) {
    if (source === undefined || (values.get('request') ?? values.get('url')) === undefined) return VERDICT.irrelevant
    writeRequest(record, source, line, out)
    return VERDICT.event
  }
  const family = familyOf(record)
  const kind: EventKind = `${family}.auth.${result}`
  addTextEvent(line, out, kind, {
    user: values.get('duser') ?? values.get('suser') ?? values.get('usrName') ?? values.get('accountName'),
    source,
    service: family === 'ssh' ? 'sshd' : product.slice(0, 64),
    ...(family === 'ssh' ? { method: 'password' } : {}),
  })
  return VERDICT.event
}
