/**
 * Payload families of web requests: what an attack in a request is after. The web parsers set a bit a family in an
 * event's `traits`; the bit is the family's place in PAYLOAD_FAMILIES, so new ones go to the end (there are 32 bits).
 */
import { actuator, boaform, genericCgi, phpMyAdmin, serverStatus, wordpressAdmin } from './admin.ts'
import { commandInjection } from './command.ts'
import { decodeText } from './decode.ts'
import type { PayloadFamily, PayloadTarget, PayloadValue } from './define-payload.ts'
import {
  cgiShellTraversal,
  frameworkRce,
  knownCve,
  openProxy,
  phpunitEvalStdin,
  routerExploit,
  webshell,
} from './exploits.ts'
import { backupFile, envFile, gitExposure, secretFile } from './exposure.ts'
import { lfiFileRead } from './file-read.ts'
import {
  deserialization,
  headerInjection,
  jndiInjection,
  phpConfigInjection,
  phpStreamWrapper,
  shellshock,
  ssrf,
  ssrfMetadata,
  templateInjection,
} from './injection.ts'
import { mayCarryHeaderPayload, mayCarryPayload } from './prefilter.ts'
import { payloadValue, readTarget } from './request-text.ts'
import { sqlInjection } from './sql.ts'
import { doubleEncoding, pathTraversal } from './traversal.ts'
import { xss } from './xss.ts'

export type { PayloadFamily, PayloadSample } from './define-payload.ts'

export const PAYLOAD_FAMILIES: readonly PayloadFamily[] = [
  sqlInjection,
  xss,
  pathTraversal,
  lfiFileRead,
  commandInjection,
  cgiShellTraversal,
  phpConfigInjection,
  phpStreamWrapper,
  jndiInjection,
  shellshock,
  ssrfMetadata,
  ssrf,
  templateInjection,
  deserialization,
  phpunitEvalStdin,
  envFile,
  gitExposure,
  wordpressAdmin,
  phpMyAdmin,
  boaform,
  actuator,
  serverStatus,
  genericCgi,
  webshell,
  backupFile,
  secretFile,
  routerExploit,
  knownCve,
  frameworkRce,
  openProxy,
  doubleEncoding,
  headerInjection,
]

const VALUE_FAMILIES = familiesWith(family => family.value !== undefined)
const TARGET_FAMILIES = familiesWith(family => family.target !== undefined)

function familiesWith(has: (family: PayloadFamily) => boolean): { family: PayloadFamily; bit: number }[] {
  return PAYLOAD_FAMILIES.map((family, index) => ({ family, bit: 1 << index })).filter(({ family }) => has(family))
}

/** Names of the families whose bits are set. */
export function familiesOf(traits: number): string[] {
  return PAYLOAD_FAMILIES.filter((_family, index) => (traits & (1 << index)) !== 0).map(family => family.id)
}

/** The bits of families, by their names. @throws TypeError for a name that there is not. */
export function traitsOf(...ids: string[]): number {
  let traits = 0
  for (const id of ids) {
    const index = PAYLOAD_FAMILIES.findIndex(family => family.id === id)
    if (index < 0) throw new TypeError(`there is no payload family ${id}`)
    traits |= 1 << index
  }
  return traits >>> 0
}

function valueTraits(value: PayloadValue): number {
  let traits = 0
  for (const { family, bit } of VALUE_FAMILIES) if (family.value?.(value) === true) traits |= bit
  return traits
}

function targetTraits(target: PayloadTarget): number {
  let traits = 0
  for (const { family, bit } of TARGET_FAMILIES) if (family.target?.(target) === true) traits |= bit
  return traits
}

/** Families of a request given as text: its method and target as logged. */
export function classifyTarget(method: string, target: string): number {
  const { whole, values } = readTarget(method, target)
  let traits = targetTraits(whole)
  for (const value of values) traits |= valueTraits(value)
  return traits >>> 0
}

/** Families of a header's text (referrer, user agent). */
export function classifyHeader(text: string): number {
  return valueTraits(payloadValue('header', '', decodeText(text.slice(0, 4096), false).text)) >>> 0
}

/** Families of a text of unknown origin, taken for a parameter's value. */
export function classifyText(text: string): string[] {
  return familiesOf(valueTraits(payloadValue('text', '', decodeText(text, false).text)))
}

const decoder = new TextDecoder()

export { mayCarryPayload } from './prefilter.ts'
export { productDoor } from './products.ts'

/** Families of the target in bytes[start, end), as logged; ordinary ones cost one pass and no string. */
export function classifyTargetBytes(bytes: Uint8Array, start: number, end: number, connect: boolean): number {
  if (!connect && !mayCarryPayload(bytes, start, end)) return 0
  return classifyTarget(connect ? 'CONNECT' : '', decoder.decode(bytes.subarray(start, end)))
}

/** Families of the header in bytes[start, end). */
export function classifyHeaderBytes(bytes: Uint8Array, start: number, end: number): number {
  return mayCarryHeaderPayload(bytes, start, end) ? classifyHeader(decoder.decode(bytes.subarray(start, end))) : 0
}
