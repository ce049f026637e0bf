/** Declarations of notifiers: one file a channel, one line in the folder's index. */
import { z } from 'zod'
import type { Message } from '../core/notification.ts'

/** What came of an attempt to send. A service that asks for a pause names it. */
export type Delivery =
  | { ok: true }
  | { ok: false; retry: boolean; error: string; /** Milliseconds the service asked us to wait. */ retryAfter?: number }

export interface SendContext {
  /** How the host is called in messages. */
  host: string
  language: 'en' | 'zh_cn'
  /** Ends an attempt that takes too long. */
  signal: AbortSignal
  now: () => number
}

export interface NotifierDeclaration<Shape extends z.ZodRawShape> {
  /** = file name; its TOML table is [notify.<id>]. */
  id: string
  title: string
  description: string
  /** Without `enabled` and `min_severity`, which every channel has. Keys that `secrets` names may come from `<key>_file`. */
  options: Shape
  secrets: readonly (keyof Shape & string)[]
  /** Sends one message; never throws for what the network or the service does. */
  send: (message: Message, options: z.infer<z.ZodObject<Shape>>, context: SendContext) => Promise<Delivery>
}

/** A notifier whose option types are folded away. */
export interface Notifier {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly schema: z.ZodObject
  readonly secrets: readonly string[]
  /** @throws z.ZodError */
  open(raw: Record<string, unknown>): OpenNotifier
}

export interface OpenNotifier {
  readonly enabled: boolean
  readonly minSeverity: import('../core/finding.ts').Severity
  send(message: Message, context: SendContext): Promise<Delivery>
}
