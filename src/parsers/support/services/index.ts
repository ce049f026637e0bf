/** Services that write logs of their own, told by what stands behind a line's stamp. */
import type { BatchWriter } from '../../../core/batch.ts'
import type { Line, Verdict } from '../../../core/line.ts'
import { VERDICT } from '../../../core/line.ts'
import { decode, literal, startsWith } from '../bytes.ts'
import { addTextEvent } from '../emit.ts'
import { readLocalDate } from '../local-dates.ts'
import { createStamp, readIsoStamp } from '../stamps.ts'
import { bitwarden, gitlab, homeAssistant, jellyfin, keycloak, roundcube, zimbra } from './applications.ts'
import { mongo, mysql, postgres } from './databases.ts'
import { openvpn, readSamba, routerOs, smb, vnc, xrdp } from './remote.ts'
import type { ServiceLog } from './service.ts'
import { readServiceStamp } from './stamp.ts'
import { asterisk, freeswitch, murmur } from './voice.ts'

const SERVICES: readonly ServiceLog[] = [
  mysql,
  asterisk,
  freeswitch,
  homeAssistant,
  keycloak,
  jellyfin,
  zimbra,
  xrdp,
  mongo,
  murmur,
  smb,
  routerOs,
  openvpn,
  // Before Roundcube, whose lines begin with no more than a colon.
  gitlab,
  roundcube,
  bitwarden,
  vnc,
  postgres,
]

/** The services that a line can be of, by its second character behind the stamp. */
const BY_SECOND: readonly ServiceLog[][] = Array.from({ length: 128 }, (_, code) =>
  SERVICES.filter(({ second }) => second === undefined || new RegExp(`[${second}]`).test(String.fromCharCode(code))),
)

/** A line longer than this is none of these: a name that long is refused before it is logged. */
const LONGEST = 4096

const stamp = createStamp()

/** Reads the line as one of a service's own log; `notMine` where it is of none. Sets the line's time and flags. */
export function parseServiceLine(line: Line, out: BatchWriter): Verdict {
  const { bytes, start, end } = line
  if (end - start > LONGEST) return VERDICT.notMine
  const rest = readServiceStamp(decode(bytes, start, end), stamp)
  if (rest === undefined) return VERDICT.notMine
  const { time, flags } = stamp
  return parseServiceMessage(line, out, rest, time, flags)
}

const SAMBA = literal('  Auth: [')
/** `Sat, 28 Feb 2026 08:05:01.123456 UTC`. */
const SAMBA_STAMP = /^[A-Z][a-z]{2}, (?<text>\d{1,2} [A-Z][a-z]{2} \d{4} .{8,40})$/

/** Samba writes a head on one line and what it has to say on the next, where the time stands again. */
export function parseSambaLine(line: Line, out: BatchWriter): Verdict {
  const { bytes, start, end } = line
  if (end - start > LONGEST || !startsWith(bytes, start, end, SAMBA)) return VERDICT.notMine
  const told = readSamba(decode(bytes, start, end).trim())
  const date = readLocalDate(SAMBA_STAMP.exec(told?.at ?? '')?.groups?.text ?? '')
  const iso = literal(`${date?.text ?? ''} `)
  if (told === undefined || !readIsoStamp(iso, 0, iso.length, stamp)) return VERDICT.malformed
  line.time = stamp.time
  line.flags = stamp.flags
  addTextEvent(line, out, told.kind, { ...told, service: 'smb' })
  return VERDICT.event
}

/** As parseServiceLine, for a text whose stamp was read already. */
export function parseServiceMessage(line: Line, out: BatchWriter, rest: string, time: number, flags: number): Verdict {
  for (const { service, read } of BY_SECOND[rest.charCodeAt(1)] ?? SERVICES) {
    const told = read(rest)
    if (told === undefined) continue
    line.time = time
    line.flags = flags
    if (told === false) return VERDICT.irrelevant
    line.hostStart = line.hostEnd = line.programStart = line.programEnd = line.pid = 0
    addTextEvent(line, out, told.kind, { ...told, service })
    return VERDICT.event
  }
  return VERDICT.notMine
}
