/** Where the program keeps what it must remember between runs. */
import { join } from 'node:path'

export interface Whose {
  environment: Readonly<Record<string, string | undefined>>
  /** The user id of this process; undefined where the system has none. */
  uid: number | undefined
}

/**
 * The state folder: VPSGUARD_STATE where it is set, /var/lib/vpsguard for root, else vpsguard in the XDG state folder
 * (~/.local/state where XDG_STATE_HOME is not set). Undefined for a user without a home.
 */
export function stateFolder({ environment, uid }: Whose): string | undefined {
  const { VPSGUARD_STATE, XDG_STATE_HOME, HOME } = environment
  if (VPSGUARD_STATE !== undefined && VPSGUARD_STATE !== '') return VPSGUARD_STATE
  if (uid === 0) return '/var/lib/vpsguard'
  if (XDG_STATE_HOME !== undefined && XDG_STATE_HOME !== '') return join(XDG_STATE_HOME, 'vpsguard')
  return HOME === undefined || HOME === '' ? undefined : join(HOME, '.local', 'state', 'vpsguard')
}
