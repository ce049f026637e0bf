/**
 * Detectors' sentences in another language. A detector writes English, and its findings are a contract; so a sentence is
 * recognized by the template that it was made from, and said again from the template's other half. What no template
 * recognizes, or what could have been made in two ways (a name from a log may hold any words), stays as it is. Pure.
 *
 * A template's parts in braces: `{user:text}` takes up what stands there, by the kind behind the colon; `{s}` may be there
 * or not; `{is|are}` is one of these.
 */

/** The English template and what is said for it, with the names of its parts in braces. */
export type Sentence = readonly [english: string, said: string]

/** How a part of a template is recognized (a regular expression's source) and said. */
export interface PartKind {
  pattern: string
  say: (text: string) => string
}

interface Compiled {
  /** The parts as short as can be, and as long: where both agree there is one way to read the sentence. */
  shortest: RegExp
  longest: RegExp
  said: string
  kinds: ReadonlyMap<string, PartKind>
}

/** Longer sentences are left as they are: nobody reads them to the end, and matching them would take its time. */
const LONGEST = 1000

const PART = /\{([^{}]*)\}/

function compile([english, said]: Sentence, kinds: Readonly<Record<string, PartKind>>): Compiled {
  const parts = new Map<string, PartKind>()
  // Between literal texts stand the contents of braces.
  const source = english.split(PART).map((piece, index) => {
    if (index % 2 === 0) return literal(piece)
    const [name, kind] = piece.split(':')
    if (kind === undefined)
      return name.includes('|') ? `(?:${name.split('|').map(literal).join('|')})` : `(?:${literal(name)})?`
    if (!Object.hasOwn(kinds, kind)) throw new TypeError(`no kind of part ${kind} in: ${english}`)
    parts.set(name, kinds[kind])
    return `(?<${name}>${kinds[kind].pattern})`
  })
  const whole = source.join('')
  return {
    shortest: new RegExp(`^${whole}$`, 's'),
    longest: new RegExp(`^${whole.replaceAll('.*?', '.*')}$`, 's'),
    said,
    kinds: parts,
  }
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/**
 * Opens a list of sentences. The answer says a text in the other language, or answers undefined where it is none of them.
 * Earlier sentences come first. @throws TypeError for a template with a kind that there is not
 */
export function openSentences(
  sentences: readonly Sentence[],
  kinds: Readonly<Record<string, PartKind>>,
): (text: string) => string | undefined {
  // Made when the first message needs them.
  let compiled: Compiled[] | undefined
  return text => {
    if (text.length > LONGEST) return undefined
    compiled ??= sentences.map(sentence => compile(sentence, kinds))
    for (const { shortest, longest, said, kinds: parts } of compiled) {
      const found = shortest.exec(text)
      if (found === null) continue
      const other = longest.exec(text)
      const isOnly = found.every((part, index) => part === other?.[index])
      return isOnly ? fill(said, found.groups ?? {}, parts) : undefined
    }
    return undefined
  }
}

function fill(
  said: string,
  groups: Readonly<Record<string, string | undefined>>,
  parts: ReadonlyMap<string, PartKind>,
): string {
  return said
    .split(PART)
    .map((piece, index) => (index % 2 === 0 ? piece : (parts.get(piece)?.say(groups[piece] ?? '') ?? '')))
    .join('')
}
