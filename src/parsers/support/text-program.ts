/** Programs off the hot path read their message as text, after PAM modules had their say. */
import type { BatchWriter } from '../../core/batch.ts'
import type { EventKind } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { ParseMessage } from '../../kit/define-parser.ts'
import { decode, literal } from './bytes.ts'
import { addTextEvent, type EventTexts } from './emit.ts'
import { createPamMessage, PAM, parsePam, readPam, readSession } from './pam.ts'

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
  /**
   * What every message that tells something begins with, in lower case and whatever its own case; absent: anything. For
   * programs that mostly write what nobody reads: those messages are not decoded.
   */
  begins?: readonly string[]
  /** What a session opened by PAM under this program means. */
  opened?: (session: PamSession) => TextEvent
}

const pam = createPamMessage()

/** A message parser of a program whose messages are read as text. */
export function textProgram({ read, begins, opened }: TextProgram): ParseMessage {
  const heads = begins?.map(literal)
  /** The bytes that such a message can begin with. */
  const first = new Uint8Array(256)
  for (const head of heads ?? []) {
    first[head[0]] = 1
    first[upper(head[0])] = 1
  }
  return (line, out) => {
    const { bytes } = line
    if (opened !== undefined && readPam(line, pam) === PAM.sessionOpened) {
      readSession(line, pam)
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
    if (
      heads !== undefined &&
      (first[bytes[line.messageStart]] === 0 || !beginsWithOneOf(heads, bytes, line.messageStart, line.messageEnd))
    )
      return VERDICT.irrelevant
    return write(line, out, read(decode(bytes, line.messageStart, line.messageEnd)))
  }
}

/** Whether bytes[start, end) begins with one of the texts, of which all are in lower case. */
function beginsWithOneOf(texts: readonly Uint8Array[], bytes: Uint8Array, start: number, end: number): boolean {
  for (let t = 0; t < texts.length; t++) {
    const text = texts[t]
    if (end - start < text.length) continue
    let i = 0
    while (i < text.length && lower(bytes[start + i]) === text[i]) i++
    if (i === text.length) return true
  }
  return false
}

const upper = (byte: number): number => (byte >= 97 && byte <= 122 ? byte & ~32 : byte)
const lower = (byte: number): number => (byte >= 65 && byte <= 90 ? byte | 32 : byte)

function write(line: Line, out: BatchWriter, event: TextEvent): Verdict {
  if (event === undefined) return VERDICT.irrelevant
  addTextEvent(line, out, event.kind, event)
  return VERDICT.event
}

/** The groups of a match; undefined where the expression does not fit. */
export function groupsOf(expression: RegExp, text: string): Record<string, string | undefined> | undefined {
  return expression.exec(text)?.groups
}
