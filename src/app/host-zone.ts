/** The zone that this machine's clock is set to. */
import { readlinkSync } from 'node:fs'
import { localZone } from '../kit/options.ts'

const UTC = /^(?:Etc\/)?(?:UTC|UCT|Universal|Zulu)$/

/** The name of the machine's zone. Most servers plainly keep UTC, and to ask Intl takes longer than to read a small log. */
export function hostZone(): string {
  return isUtc() ? 'UTC' : localZone()
}

function isUtc(): boolean {
  const { TZ } = process.env
  if (TZ !== undefined) return UTC.test(TZ)
  try {
    const link = readlinkSync('/etc/localtime')
    return UTC.test(link.slice(link.indexOf('/zoneinfo/') + '/zoneinfo/'.length))
  } catch {
    return false
  }
}
