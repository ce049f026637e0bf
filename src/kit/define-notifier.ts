/** Declarations of notifiers: one file a channel, one line in the folder's index. */
import { z } from 'zod'
import type { Severity } from '../core/finding.ts'
import type { Message } from '../core/notification.ts'
import { SEVERITY_OPTION } from './define-rule.ts'

/** What came of an attempt to send. A service that asks for a pause names it. */
export type Delivery =
  | {
      ok: true
      /** What a person should know all the same: one of two recipients was refused. */
      note?: string
      /** What the service calls the message, for later ones of its group. */
      reference?: string
      /** Whether it took the place of the message before. */
      edited?: boolean
    }
  | { ok: false; retry: boolean; error: string /** Milliseconds the service asked us to wait. */; retryAfter?: number }

/** What was sent of a group before. */
export interface Previous {
  /** As the channel named it in its delivery. */
  reference: string
  /** Title of the group's message that people first saw under this reference. */
  title: string
  /** Whether the new message is to be noticed: it is worse than what was told. Else it stays quiet where it can. */
  worse: boolean
}

export interface SendContext {
  /** The notice's id: the same on every attempt, so that a service or a receiver can tell a repetition. */
  id: string
  /** What the message is about: later messages of one group belong below the first. */
  group: string
  /** The message of the group that this one goes on from; undefined where there is none that can be named. */
  previous?: Previous | undefined
  /** How the host is called in messages. */
  host: string
  language: 'en' | 'zh_cn'
  /** Ends an attempt that takes too long. */
  signal: AbortSignal
  now: () => number
}

/** What a service says without being sent a message. `text`: what is known, and what is not. */
export type Probe = { ok: true; text: string } | { ok: false; error: string }

export type ProbeContext = Pick<SendContext, 'signal' | 'now'>

type Options<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>

export interface NotifierDeclaration<Shape extends z.ZodRawShape> {
  /** = file name; its TOML table is [notify.<id>]. */
  id: string
  title: string
  description: string
  /** Without `enabled` and `min_severity`, which every channel has. Keys that `secrets` names may come from `<key>_file`. */
  options: Shape
  secrets: readonly (keyof Shape & string)[]
  /** Keys that may come from `<key>_file` too, but are no secret: certificates. */
  files?: readonly (keyof Shape & string)[]
  /** What only several keys together can tell: a key and what is wrong with it, or nothing. */
  check?: (options: Options<Shape>) => { key: keyof Shape & string; message: string } | undefined
  /** Whether a message that was sent can be edited, so that what is not worse takes its place. */
  edits?: boolean
  /** Sends one message; never throws for what the network or the service does. */
  send: (message: Message, options: Options<Shape>, context: SendContext) => Promise<Delivery>
  /** Asks whether messages would arrive, as far as the service tells without one. Nobody is told anything. */
  probe: (options: Options<Shape>, context: ProbeContext) => Promise<Probe>
}

/** A notifier whose option types are folded away. */
export interface Notifier {
  readonly id: string
  readonly title: string
  readonly description: string
  /** The TOML table. Keys that a channel needs are asked for only where it is enabled. */
  readonly schema: z.ZodObject
  readonly secrets: readonly string[]
  readonly files: readonly string[]
  readonly edits: boolean
  /** Opens the channel; `<key>_file` keys have been read before (sinks/notify/open.ts). @throws z.ZodError */
  open(raw: Record<string, unknown>): OpenNotifier
}

export interface OpenNotifier {
  readonly enabled: boolean
  readonly minSeverity: Severity
  /** Never throws, and what it answers shows no secret. */
  send(message: Message, context: SendContext): Promise<Delivery>
  /** The same holds for it. */
  probe(context: ProbeContext): Promise<Probe>
}

const COMMON = z.object({
  enabled: z.boolean().default(false).describe('Whether the channel is used.'),
  min_severity: SEVERITY_OPTION.default('medium').describe('Findings below this severity are not told here.'),
})

/** The key under which a secret's or certificate's file is named. */
export const fileKey = (key: string): string => `${key}_file`

/** Shorter texts would be found everywhere; a secret is longer. */
const SHORTEST_SECRET = 4

/** A secret in the forms in which a service can repeat it. Of an address, what comes after the host is the secret. */
function formsOf(secret: string): string[] {
  const forms = [secret, encodeURIComponent(secret)]
  if (URL.canParse(secret)) {
    const { pathname, search } = new URL(secret)
    forms.push(pathname + search, pathname, ...pathname.split('/').filter(part => part.length > SHORTEST_SECRET))
  }
  return forms.filter(form => form.length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length)
}

/** Takes secrets out of a text, also one that the text's end has cut. */
function hideSecrets(text: string, forms: readonly string[]): string {
  let hidden = text
  for (const form of forms) {
    hidden = hidden.replaceAll(form, '***')
    if (!hidden.endsWith('…')) continue
    for (let length = form.length - 1; length >= SHORTEST_SECRET; length--) {
      const end = `${form.slice(0, length)}…`
      if (hidden.endsWith(end)) hidden = `${hidden.slice(0, -end.length)}***…`
    }
  }
  return hidden
}

/** Declares a notifier. */
export function defineNotifier<const Shape extends z.ZodRawShape>(declaration: NotifierDeclaration<Shape>): Notifier {
  const { id, title, description, options, secrets, files = [], edits = false, check, send, probe } = declaration
  const fromFile: readonly string[] = [...secrets, ...files]
  const needed = Object.entries(options)
    .filter(([, schema]) => !z.safeParse(schema, undefined).success)
    .map(([key]) => key)
  const own = z.strictObject(options)
  const fileOptions = Object.fromEntries(
    fromFile.map(key => [fileKey(key), z.string().min(1).optional().describe(`File with ${key}.`)]),
  )
  const lenient = Object.fromEntries(
    Object.entries(options).map(([key, schema]) => {
      const help = z.globalRegistry.get(schema)?.description
      const optional = z.optional(schema)
      return [key, needed.includes(key) ? (help === undefined ? optional : optional.describe(help)) : schema]
    }),
  )
  const schema = z.strictObject({ ...COMMON.shape, ...lenient, ...fileOptions }).superRefine((table, context) => {
    const given: Record<string, unknown> = table
    for (const key of fromFile)
      if (given[key] !== undefined && given[fileKey(key)] !== undefined)
        context.addIssue({
          code: 'custom',
          path: [fileKey(key)],
          message: `expected ${key} or ${fileKey(key)}, not both`,
        })
    if (table.enabled !== true) return
    for (const key of needed)
      if (given[key] === undefined && given[fileKey(key)] === undefined)
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `needed where the channel is enabled${fromFile.includes(key) ? ` (or ${fileKey(key)})` : ''}`,
        })
  })
  return Object.freeze({
    id,
    title,
    description,
    schema,
    secrets,
    files,
    edits,
    open(raw: Record<string, unknown>): OpenNotifier {
      const { enabled, min_severity: minSeverity } = COMMON.parse(raw)
      if (!enabled) {
        const off = { ok: false, retry: false, error: 'the channel is not enabled' } as const
        return { enabled, minSeverity, send: async () => off, probe: async () => off }
      }
      const table = Object.fromEntries(
        Object.entries(raw).filter(([key]) => !(key in COMMON.shape) && !(key in fileOptions)),
      )
      const parsed = own.parse(table)
      const wrong = check?.(parsed)
      if (wrong !== undefined)
        throw new z.ZodError([{ code: 'custom', path: [wrong.key], message: wrong.message, input: undefined }])
      const known = secrets
        .map(key => table[key])
        .filter(value => typeof value === 'string')
        .flatMap(formsOf)
      return {
        enabled,
        minSeverity,
        async send(message, context) {
          try {
            const delivery = await send(message, parsed, context)
            if (delivery.ok)
              return delivery.note === undefined ? delivery : { ...delivery, note: hideSecrets(delivery.note, known) }
            return { ...delivery, error: hideSecrets(delivery.error, known) }
          } catch (error) {
            // A bug in one channel must not cost the others their messages.
            return { ok: false, retry: true, error: hideSecrets(String(error), known) }
          }
        },
        async probe(context) {
          try {
            const found = await probe(parsed, context)
            return found.ok ? found : { ok: false, error: hideSecrets(found.error, known) }
          } catch (error) {
            return { ok: false, error: hideSecrets(String(error), known) }
          }
        },
      }
    },
  })
}
