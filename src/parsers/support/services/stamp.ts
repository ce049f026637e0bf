/** The stamps that services put before their own lines, in the shapes that syslog does not know. */
import { literal } from '../bytes.ts'
import { MONTHS } from '../local-dates.ts'
import { readClassicStamp, readIsoStamp, type Stamp } from '../stamps.ts'

const CLOCK = String.raw`(?<clock>\d{1,2}:\d\d:\d\d)(?:[.,](?<fraction>\d{1,9}))?(?<zone>Z| ?[+-]\d\d:?\d\d)?`
const SHAPES = [
  // 2026-02-28T08:05:01.123Z, 2026-02-28  8:05:01 (MariaDB), <W>2026-02-28 08:05:01 (Murmur)
  String.raw`(?<year>\d{4})[-/](?<month>\d\d)[-/](?<day>\d\d)[T ] ?${CLOCK}`,
  // 28-Feb-2026 08:05:01 (PHP)
  String.raw`(?<day>\d\d)-(?<name>[A-Z][a-z]{2})-(?<year>\d{4}) ${CLOCK}`,
  // feb/28/2026 08:05:01 (RouterOS)
  String.raw`(?<name>[a-z]{3})\/(?<day>\d\d)\/(?<year>\d{4}) ${CLOCK}`,
  // 20260228-08:05:01 (xrdp)
  String.raw`(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)-${CLOCK}`,
  // 28/02/2026 08:05:01 (x11vnc)
  String.raw`(?<day>\d\d)\/(?<month>\d\d)\/(?<year>\d{4}) ${CLOCK}`,
  // 260228  8:05:01 (MySQL of old)
  String.raw`(?<short>\d\d)(?<month>\d\d)(?<day>\d\d) [ ]?${CLOCK}`,
].map(shape => new RegExp(String.raw`^(?:<[A-Z]>|\[)?${shape}\]?`))

/** Syslog's own, with the day of the week or without. */
const CLASSIC = /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?(?<stamp>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?: \d{4})?)(?= )/

/** Whether a line may begin with such a stamp: a digit, a bracket, `<`, or a letter of a month or a weekday. */
const MAY_BEGIN = /^[\d[<adfjmnosA-DFJM-OSTW]/

/**
 * Reads the stamp that the text begins with, in brackets or not; answers what stands behind it, with `stamp` filled
 * (its `end` says nothing). undefined where there is none.
 */
export function readServiceStamp(text: string, stamp: Stamp): string | undefined {
  if (!MAY_BEGIN.test(text)) return undefined
  for (const shape of SHAPES) {
    const found = shape.exec(text)
    if (found?.groups === undefined) continue
    return readIso(found.groups, stamp) ? text.slice(found[0].length) : undefined
  }
  const classic = CLASSIC.exec(text)
  if (classic !== null) {
    const bytes = literal(`${classic.groups?.stamp} `)
    return readClassicStamp(bytes, 0, bytes.length, stamp) ? text.slice(classic[0].length) : undefined
  }
  if (!text.startsWith('[')) return undefined
  // `[Feb 28 08:05:01]`: Asterisk, where nobody chose otherwise.
  const close = text.indexOf(']')
  const inner = literal(`${text.slice(1, close)} `)
  return close > 0 && close < 32 && readClassicStamp(inner, 0, inner.length, stamp) ? text.slice(close + 1) : undefined
}

function readIso(groups: Readonly<Record<string, string | undefined>>, stamp: Stamp): boolean {
  const { year, short, month, name, day, clock = '', fraction, zone = '' } = groups
  const number = month ?? String(MONTHS.indexOf((name ?? '').toLowerCase()) + 1).padStart(2, '0')
  const part = fraction === undefined ? '' : `.${fraction}`
  const iso = literal(`${year ?? `20${short}`}-${number}-${day} ${clock.padStart(8, '0')}${part}${zone.trim()} `)
  return readIsoStamp(iso, 0, iso.length, stamp)
}
