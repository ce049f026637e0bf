/** What the readers of services' own logs share. Programs of syslog use the same readers for the same messages. */
import type { EventKind } from '../../../core/event.ts'
import type { EventTexts } from '../emit.ts'
import type { TextEvent } from '../text-program.ts'

/** What a line of a service says: an event, `false` where it tells nothing of a login, undefined where it is none of the service's. */
export type Told = (EventTexts & { kind: EventKind; at?: string }) | false | undefined

/** A service whose log has lines of its own making, told by what stands behind their stamp. */
export interface ServiceLog {
  /** How its events name it. */
  service: string
  /** What the second character behind the stamp can be, as the inside of a class; absent: anything. Spares most of them a look. */
  second?: string
  /** `rest` is the line behind its stamp. */
  read: (rest: string) => Told
}

/**
 * A service whose every line has the same head behind its stamp. The expression is anchored, so that no text of a
 * client's can pass for it; `second` is as above, and `read` gets what stands behind the head.
 */
export function headed(
  service: string,
  head: RegExp,
  second: string,
  read: (rest: string, groups: Readonly<Record<string, string | undefined>>) => TextEvent,
): ServiceLog {
  return {
    service,
    second,
    read: text => {
      const found = head.exec(text)
      return found === null ? undefined : (read(text.slice(found[0].length), found.groups ?? {}) ?? false)
    },
  }
}

/** An address, in a source of an expression. What is none is refused when the event is written. */
export const ADDRESS = String.raw`[\da-fA-F:][\da-fA-F.:]{2,44}`

/**
 * What all matches of the expression (global, one group) name; undefined where there is none or they differ. A client's
 * text may look like more of the line: it can hide its own line's address so, and accuse nobody else.
 */
export function theOnly(expression: RegExp, text: string): string | undefined {
  let only: string | undefined
  for (const [, found] of text.matchAll(expression)) {
    if (only !== undefined && found !== only) return undefined
    only = found
  }
  return only
}

/** A peer as it can be told from others: what comes from the host itself is nobody's address. */
export function outside(source: string | undefined): string | undefined {
  return source === 'localhost' || source === '' ? undefined : source
}
