/** The look-ups that detectors are lent: lists, places, the host's own facts. */

import type { Classify } from '../core/addresses.ts'
import { openGeo } from '../intel/geo.ts'
import { classifier, readList } from '../intel/lists.ts'
import { sortDatabases } from '../intel/mmdb.ts'
import type { HostFacts, Services } from '../kit/services.ts'
import type { Config } from './setup.ts'

export interface OpenServices {
  services: Services
  classify: Classify
}

/** Opens what the config and --geoip name. @throws Problem where a file is missing or is not what it should be */
export function openServices(config: Config, databases: readonly string[], host: HostFacts): OpenServices {
  const { whitelist, blacklist, geoip } = config
  const paths = { ...geoip, ...sortDatabases(databases) }
  return {
    services: {
      host,
      geo: openGeo({
        ...(paths.country === undefined ? {} : { country: paths.country }),
        ...(paths.city === undefined ? {} : { city: paths.city }),
        ...(paths.asn === undefined ? {} : { asn: paths.asn }),
      }),
    },
    classify: classifier(readList(whitelist), readList(blacklist)),
  }
}
