/** The look-ups that detectors are lent: lists, places, the host's own facts. */
import type { Config } from '../config/schema.ts'
import { type Classify, SOURCE_CLASS } from '../core/addresses.ts'
import { PrefixSet, parsePrefix } from '../core/ip.ts'
import type { Services } from '../kit/services.ts'

export interface OpenServices {
  services: Services
  classify: Classify
}

/** Opens what the config names. @throws Problem where a file is missing or is not what it should be */
export function openServices(config: Config, databases: readonly string[]): OpenServices {
  void databases
  const set = (texts: readonly string[]): PrefixSet =>
    new PrefixSet(texts.map(parsePrefix).filter(prefix => prefix !== undefined))
  const whitelist = set(config.whitelist.ips as string[])
  const blacklist = set(config.blacklist.ips as string[])
  return {
    services: { host: {} },
    classify: (words, name) =>
      name === undefined
        ? (whitelist.has(words) ? SOURCE_CLASS.whitelisted : 0) | (blacklist.has(words) ? SOURCE_CLASS.blacklisted : 0)
        : 0,
  }
}
