/** Which requests carry an attack beyond doubt, and what it is called among a campaign's names. */
import { PAYLOAD_FAMILIES, traitsOf } from '../kit/payloads/index.ts'

/** Pages that a site's own people use too, and what is another rule's matter or none by itself. */
const UNCLEAR = traitsOf(
  'wordpress_admin',
  'phpmyadmin',
  'actuator',
  'server_status',
  'generic_cgi',
  'backup_file',
  'open_proxy',
  'double_encoding',
)

/** Whether a request with these traits is an attack, whatever the server has. */
export function isAttack(traits: number): boolean {
  return (traits & ~UNCLEAR) !== 0
}

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
