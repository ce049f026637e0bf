/** What an attack is called among a campaign's names. */
import { UNCLEAR } from '../kit/payloads/attack.ts'
import { PAYLOAD_FAMILIES } from '../kit/payloads/index.ts'

/** The title of the attack's family; of several the first declared, which is the plainer one. */
export function attackName(traits: number): string {
  const clear = traits & ~UNCLEAR
  return PAYLOAD_FAMILIES[31 - Math.clz32(clear & -clear)].title
}

/** What an attack is aimed at, as a name: begins with a slash, as no family's title does. */
export function targetName(template: string): string {
  return template.startsWith('/') ? template : `/${template}`
}

/** Whether a name is that of a target, and not of a family. */
export function isTarget(name: string): boolean {
  return name.startsWith('/')
}
