/** Programs off the hot path read their message as text, after PAM modules had their say. */
import type { BatchWriter } from '../../core/batch.ts'
import type { EventKind } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { ParseMessage } from '../../kit/define-parser.ts'
import { decode } from './bytes.ts'
import { addTextEvent, type EventTexts } from './emit.ts'
import { createPamMessage, PAM, parsePam, readPam } from './pam.ts'

/** An event that a message tells; undefined: it tells none. */
export type TextEvent = (EventTexts & { kind: EventKind }) | undefined

/** A session that PAM opened or closed. */
export interface PamSession {
  service: string
  user: string
  /** Who opened it, without the uid; empty where PAM does not say. */
  by: string
}

/** Messages longer than this are nothing that these programs write, and the expressions need not see them. */
const LONGEST = 8192

export interface TextProgram {
  read: (text: string) => TextEvent
  /** What a session opened by PAM under this program means. */
  opened?: (session: PamSession) => TextEvent
}

const pam = createPamMessage()

/** A message parser of a program whose messages are read as text. */
export function textProgram({ read, opened }: TextProgram): ParseMessage {
  return (line, out) => {
    const { bytes } = line
    if (opened !== undefined && readPam(line, pam) === PAM.sessionOpened) {
      return write(
        line,
        out,
        opened({
          service: decode(bytes, pam.serviceStart, pam.serviceEnd),
          user: decode(bytes, pam.userStart, pam.userEnd),
          by: pam.byStart < 0 ? '' : decode(bytes, pam.byStart, pam.byEnd),
        }),
      )
    }
    const verdict = parsePam(line, out)
    if (verdict !== VERDICT.notMine) return verdict
    if (line.messageEnd - line.messageStart > LONGEST) return VERDICT.malformed
    return write(line, out, read(decode(bytes, line.messageStart, line.messageEnd)))
  }
}

function write(line: Line, out: BatchWriter, event: TextEvent): Verdict {
  if (event === undefined) return VERDICT.irrelevant
  addTextEvent(line, out, event.kind, event)
  return VERDICT.event
}

/** The groups of a match; undefined where the expression does not fit. */
export function groupsOf(expression: RegExp, text: string): Record<string, string | undefined> | undefined {
  return expression.exec(text)?.groups
}
