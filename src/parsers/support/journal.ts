/** The fields of a journal record, as the JSON and the export format have them. */
import type { BatchWriter } from '../../core/batch.ts'
import { FLAG } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { ParseMessage } from '../../kit/define-parser.ts'
import { fillLine, type RecordBuffer } from './record.ts'

export interface JournalFields {
  MESSAGE?: string | Uint8Array | undefined
  SYSLOG_IDENTIFIER?: string | undefined
  SYSLOG_PID?: string | undefined
  _COMM?: string | undefined
  _EXE?: string | undefined
  _UID?: string | undefined
  _PID?: string | undefined
  _HOSTNAME?: string | undefined
  _SOURCE_REALTIME_TIMESTAMP?: string | undefined
  __REALTIME_TIMESTAMP?: string | undefined
}

const COMM_LENGTH = 15
const SYSTEM_PROGRAM = /^\/(?:usr\/)?(?:s?bin|lib(?:exec)?|lib64)\//

/**
 * Whether the kernel's word about the sender fits the name it gives itself: anybody may log as `sshd`, and the text and
 * the identifier are theirs to choose; `_COMM`, `_EXE` and `_UID` are not.
 */
function isVouchedFor(fields: JournalFields): boolean {
  const { SYSLOG_IDENTIFIER: name, _COMM: comm, _EXE: exe, _UID: uid } = fields
  if (name === undefined || comm === undefined) return false
  const base = name.slice(name.lastIndexOf('/') + 1)
  if (comm !== base.slice(0, COMM_LENGTH)) return false
  return exe === undefined ? uid === '0' : SYSTEM_PROGRAM.test(exe)
}

/** Parses a record's message with its program's parser. */
export function parseRecord(
  line: Line,
  out: BatchWriter,
  buffer: RecordBuffer,
  fields: JournalFields,
  parseMessage: ParseMessage,
): Verdict {
  const micros = fields._SOURCE_REALTIME_TIMESTAMP ?? fields.__REALTIME_TIMESTAMP
  const time = micros === undefined ? Number.NaN : Math.floor(Number(micros) / 1000)
  const { MESSAGE: message } = fields
  if (message === undefined || !Number.isFinite(time)) return VERDICT.malformed
  const pid = Number(fields.SYSLOG_PID ?? fields._PID ?? 0)
  fillLine(line, out, buffer, {
    message,
    program: fields.SYSLOG_IDENTIFIER ?? fields._COMM ?? '',
    host: fields._HOSTNAME,
    pid: Number.isInteger(pid) && pid >= 0 && pid <= 0xffffffff ? pid : 0,
    time,
  })
  line.flags = isVouchedFor(fields) ? FLAG.TRUSTED : 0
  return parseMessage(line, out)
}
