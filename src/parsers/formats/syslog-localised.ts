import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, isDigit, SPACE } from '../support/bytes.ts'
import { parseCell } from '../support/csv.ts'

/**
 * The abbreviations of the months in the languages that most servers outside English are set to, as `journalctl -o short`
 * writes them there (glibc's `%b`), in lower case and without a dot. English ones are syslog's own.
 */
const MONTHS: readonly (readonly string[])[] = [
  ['janv', 'jän', 'ene', 'gen', 'sty', 'янв', 'січ', 'oca', 'led', '1月', 'janu', 'tammi', 'ian'],
  ['févr', 'feb', 'fev', 'lut', 'фев', 'лют', 'şub', 'úno', '2月', 'febr', 'helmi'],
  ['mars', 'mär', 'mrz', 'maart', 'mrt', 'мар', 'бер', 'бре', '3月', 'márc', 'maalis', 'bře'],
  ['avril', 'avr', 'abr', 'kwi', 'апр', 'кві', 'nis', 'dub', '4月', 'ápr', 'huhti'],
  ['mai', 'mei', 'maj', 'mag', 'мая', 'май', 'тра', 'kvě', '5月', 'máj', 'touko'],
  ['juin', 'juni', 'giu', 'cze', 'июн', 'чер', 'haz', 'čen', '6月', 'jún', 'kesä', 'iun'],
  ['juil', 'juli', 'lug', 'lip', 'июл', 'лип', 'tem', 'čec', '7月', 'júl', 'heinä', 'iul'],
  ['août', 'ago', 'sie', 'авг', 'сер', 'ağu', 'srp', '8月', 'elo'],
  ['sept', 'set', 'wrz', 'сен', 'вер', 'eyl', 'zář', '9月', 'szept', 'syys'],
  ['okt', 'oct', 'ott', 'out', 'paź', 'окт', 'жов', 'eki', 'říj', '10月', 'loka'],
  ['nov', 'lis', 'ноя', 'лис', 'kas', '11月', 'marras', 'noi'],
  ['déc', 'dez', 'dic', 'des', 'gru', 'дек', 'гру', 'ara', 'pro', '12月', 'joulu'],
]
const ENGLISH = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const MONTH_OF = new Map(MONTHS.flatMap((names, month) => names.map(name => [name, ENGLISH[month]] as const)))

/** `févr. 28 08:05:01`, or the day first. */
const STAMP =
  /^(?:(?<month>[^\s\d.]{3,6}|\d{1,2}月)\.? +(?<day>\d{1,2})|(?<first>\d{1,2})\.? +(?<behind>[^\s\d.]{3,6})\.?) (?=\d\d:\d\d:\d\d)/
/** A stamp is short, and so are the names of months; no more is decoded of other lines. */
const HEAD = 32
/** The bytes of the longest name, with its dot. */
const LONGEST_NAME = 14
const MARK = 0xef
const LONGEST = 65_536

/** Whether two short words stand in front, one of which begins with a digit. */
function mayBeStamp(bytes: Uint8Array, start: number, end: number): boolean {
  let pos = start
  const most = Math.min(end, start + LONGEST_NAME)
  while (pos < most && bytes[pos] !== SPACE) pos++
  if (pos === most) return false
  while (pos < end && bytes[pos] === SPACE) pos++
  return isDigit(bytes[start]) !== isDigit(bytes[pos]) || bytes[start + 1] >= 0x80 || bytes[start + 2] >= 0x80
}

export default defineFormat({
  id: 'syslog-localised',
  title: "Classic syslog with the month's name in another language (journalctl under another locale)",
  family: 'system',
  open: ({ parseLine }) => {
    return (line, out) => {
      const { bytes, start, end } = line
      // A byte order mark is skipped by whoever decodes, and is no part of a name.
      if (parseLine === undefined || end - start > LONGEST || bytes[start] === MARK) return VERDICT.notMine
      if (!mayBeStamp(bytes, start, end)) return VERDICT.notMine
      const found = STAMP.exec(decode(bytes, start, Math.min(end, start + HEAD)))
      const { month, day, first, behind } = found?.groups ?? {}
      const english = MONTH_OF.get((month ?? behind ?? '').toLowerCase())
      if (found === null || english === undefined) return VERDICT.notMine
      const rest = decode(bytes, start, end).slice(found[0].length)
      const verdict = parseCell(line, out, `${english} ${(day ?? first ?? '').padStart(2)} ${rest}`, parseLine)
      if (verdict === VERDICT.notMine) {
        line.bytes = bytes
        line.start = start
        line.end = end
      }
      return verdict
    }
  },
  samples: [
    {
      line: 'févr. 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', pid: 403, time: '2000-02-28T08:05:01Z' }],
      note: 'French',
    },
    {
      line: 'Mär 07 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', time: '2000-03-07T08:05:01Z' }],
      note: 'German',
    },
    {
      line: 'Dez 24 08:05:01 web-1 sshd[403]: Accepted publickey for alice from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.accepted', time: '2000-12-24T08:05:01Z' }],
    },
    {
      line: '10月 02 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', time: '2000-10-02T08:05:01Z' }],
      note: 'Chinese, Japanese',
    },
    {
      line: 'ноя 30 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', time: '2000-11-30T08:05:01Z' }],
      note: 'Russian',
    },
    { line: 'foo 28 08:05:01 web-1 sshd[403]: hello', is: 'unknown' },
  ],
})
