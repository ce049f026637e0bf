/** Which requests are an attack, and which only look like one on a site that does not have what they ask for. */
import { productDoor, traitsOf } from './index.ts'

/** Pages that a site's own people use too, and what is another rule's matter or none by itself. */
export const UNCLEAR = traitsOf(
  'wordpress_admin',
  'phpmyadmin',
  'actuator',
  'server_status',
  'generic_cgi',
  'backup_file',
  'open_proxy',
  'double_encoding',
)
const PRODUCTS = traitsOf('known_cve')

/** What of a request is looked at, as an event has it. */
export interface Asked {
  readonly traits: number
  readonly status: number
  readonly path?: string | undefined
  readonly query?: string | undefined
}

/** Whether the request carries an attack, whatever the server has; what a product's user asks for at its door does not. */
export function isAttack(asked: Asked): boolean {
  const clear = (asked.traits & ~UNCLEAR) >>> 0
  return clear !== 0 && !(clear === PRODUCTS && isAtDoor(asked))
}

/** Whether the request, which has traits, is the everyday use of what the site has: it asked for that alone, and got it. */
export function isUse(asked: Asked): boolean {
  const clear = (asked.traits & ~UNCLEAR) >>> 0
  return asked.status < 400 && (clear === 0 || (clear === PRODUCTS && isAtDoor(asked)))
}

function isAtDoor({ status, path = '', query }: Asked): boolean {
  return status < 400 && productDoor(path, query) !== undefined
}
