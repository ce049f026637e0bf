/**
 * The model file of `vpsguard train`: what every analyzer has learned, from which logs, and a checksum over all of it.
 * A file that is cut, altered or of other features is refused with a plain word: a wrong baseline is worse than none.
 */

import fs from 'node:fs'
import { z } from 'zod'
import { canonical } from '../core/canonical.ts'
import { EXIT, hasCode, Problem } from '../core/errors.ts'
import type { Json } from '../kit/state/primitive.ts'
import { readWholeText, UnfitFile } from '../kit/whole-file.ts'
import { createHash } from '../sinks/hashing.ts'

export const MODEL_SCHEMA_VERSION = 1
const FORMAT = 'vpsguard-model'
const RETRAIN = 'vpsguard train LOG... writes a new one'

// The file went through JSON.parse, so whatever stands there is JSON; each analyzer checks the shape of its own body.
const json = z.custom<Json>(value => value !== undefined)

const section = z.strictObject({
  /** The analyzer's modelVersion: another one means other features. */
  version: z.int(),
  /** Plain lines for `train --check`. */
  summary: z.array(z.string()),
  calibrated: z.boolean(),
  band: z.tuple([z.number(), z.number()]).optional(),
  notes: z.array(z.string()),
  body: json,
})

const content = z.strictObject({
  format: z.literal(FORMAT),
  schema_version: z.literal(MODEL_SCHEMA_VERSION),
  tool_version: z.string(),
  /** RFC 3339 UTC. */
  created: z.string(),
  seed: z.int(),
  budget_per_week: z.number(),
  /** First and last event learned from, RFC 3339 UTC. */
  period: z.strictObject({ first: z.string(), last: z.string() }),
  hosts: z.array(z.string()),
  inputs: z.array(z.strictObject({ path: z.string(), format: z.string(), lines: z.number(), events: z.number() })),
  events: z.number(),
  sources: z.number(),
  /** Sources whose events were left out, by the rule that flagged them. */
  excluded: z.strictObject({ sources: z.number(), by_rule: z.record(z.string(), z.number()) }),
  /** Digest of the rules and their options: they decide what was left out. */
  rule_config: z.string(),
  sections: z.record(z.string(), section),
})

export type ModelContent = z.infer<typeof content>
export type ModelSection = z.infer<typeof section>

/** SHA-256 of a text as 64 hex digits: the checksum in a model file. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The text of a model file. */
export function printModel(model: Omit<ModelContent, 'format' | 'schema_version'>): string {
  const body = canonical({ format: FORMAT, schema_version: MODEL_SCHEMA_VERSION, ...model })
  return `{"checksum":"sha256:${digest(body)}","model":${body}}\n`
}

/** Reads a model's text. @throws Problem (exit 6) that says why it cannot be used */
export function parseModel(text: string, path: string): ModelContent {
  const refuse = (reason: string, cause?: unknown): Problem =>
    new Problem(EXIT.model, `${path}: ${reason}`, { where: path, hint: RETRAIN, cause })
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw refuse(text.trim() === '' ? 'the model file is empty' : 'not a model: the file is cut or is no JSON', cause)
  }
  const outer = z.strictObject({ checksum: z.string(), model: z.looseObject({}) }).safeParse(parsed)
  if (!outer.success) throw refuse('not a model file of VPSGuard')
  const { checksum, model } = outer.data
  if (checksum !== `sha256:${digest(canonical(model))}`) {
    throw refuse('the model file has been altered: its checksum does not fit what stands in it')
  }
  if (model.format !== FORMAT) throw refuse('not a model file of VPSGuard')
  if (model.schema_version !== MODEL_SCHEMA_VERSION) {
    throw refuse(
      `the model has schema version ${String(model.schema_version)}; this program reads ${MODEL_SCHEMA_VERSION}`,
    )
  }
  const checked = content.safeParse(model)
  if (!checked.success) {
    const [issue] = checked.error.issues
    throw refuse(`the model lacks a part or has one too many (${issue.path.join('.')}: ${issue.message})`)
  }
  return checked.data
}

/** Many times what the largest model takes. */
const MOST_MEGABYTES = 256

/** Loads a model. @throws Problem (exit 6) where it is absent or cannot be used, exit 5 where it may not be read */
export function loadModel(path: string): ModelContent {
  let text: string
  try {
    text = readWholeText(fs, path, MOST_MEGABYTES)
  } catch (cause) {
    if (hasCode(cause, 'EACCES', 'EPERM')) {
      throw new Problem(EXIT.permission, `${path}: the model may not be read`, { where: path, cause })
    }
    const reason = cause instanceof UnfitFile ? `is ${cause.what}, expected a model file` : 'there is no model'
    throw new Problem(EXIT.model, `${path}: ${reason}`, { where: path, hint: RETRAIN, cause })
  }
  return parseModel(text, path)
}
