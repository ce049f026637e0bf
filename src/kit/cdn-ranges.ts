/**
 * Networks that content delivery networks connect from, as they publish them. A name of the table can stand in
 * `[web] trusted_proxies`. The lists are facts of early 2026 and change seldom; who needs a newer one, or a network that
 * is not here (CloudFront and Akamai have hundreds of ranges that change by the week), writes the ranges themselves.
 */
import { EXIT, Problem } from '../core/errors.ts'
import { type Prefix, PrefixSet, parsePrefix } from '../core/ip.ts'

export const PROXY_RANGES: Readonly<Record<string, readonly string[]>> = {
  /** www.cloudflare.com/ips */
  cloudflare: [
    '173.245.48.0/20',
    '103.21.244.0/22',
    '103.22.200.0/22',
    '103.31.4.0/22',
    '141.101.64.0/18',
    '108.162.192.0/18',
    '190.93.240.0/20',
    '188.114.96.0/20',
    '197.234.240.0/22',
    '198.41.128.0/17',
    '162.158.0.0/15',
    '104.16.0.0/13',
    '104.24.0.0/14',
    '172.64.0.0/13',
    '131.0.72.0/22',
    '2400:cb00::/32',
    '2606:4700::/32',
    '2803:f800::/32',
    '2405:b500::/32',
    '2405:8100::/32',
    '2a06:98c0::/29',
    '2c0f:f248::/32',
  ],
  /** api.fastly.com/public-ip-list */
  fastly: [
    '23.235.32.0/20',
    '43.249.72.0/22',
    '103.244.50.0/24',
    '103.245.222.0/23',
    '103.245.224.0/24',
    '104.156.80.0/20',
    '140.248.64.0/18',
    '140.248.128.0/17',
    '146.75.0.0/17',
    '151.101.0.0/16',
    '157.52.64.0/18',
    '167.82.0.0/17',
    '167.82.128.0/20',
    '167.82.160.0/20',
    '167.82.224.0/20',
    '172.111.64.0/18',
    '185.31.16.0/22',
    '199.27.72.0/21',
    '199.232.0.0/16',
    '2a04:4e40::/32',
    '2a04:4e42::/32',
  ],
  /** Google Cloud's external load balancers and their health checks. */
  'google-lb': ['130.211.0.0/22', '35.191.0.0/16'],
  /** Imperva (Incapsula) */
  imperva: [
    '199.83.128.0/21',
    '198.143.32.0/19',
    '149.126.72.0/21',
    '103.28.248.0/22',
    '45.64.64.0/22',
    '185.11.124.0/22',
    '192.230.64.0/18',
    '107.154.0.0/16',
    '45.60.0.0/16',
    '45.223.0.0/16',
    '131.125.128.0/17',
    '2a02:e980::/29',
  ],
  sucuri: ['192.88.134.0/23', '185.93.228.0/22', '66.248.200.0/22', '208.109.0.0/22', '2a02:fe80::/29'],
  /** Loopback and private networks: containers, a load balancer in the same network. */
  private: ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '::1/128', 'fc00::/7', 'fe80::/10'],
}

/**
 * The set that a list of addresses, prefixes and names from PROXY_RANGES stands for.
 * @throws Problem (config) naming the entry that is none of these.
 */
export function resolveTrustedProxies(entries: readonly string[]): PrefixSet {
  const set = new PrefixSet()
  for (const entry of entries) {
    const named = entry.trim().toLowerCase()
    const ranges = Object.hasOwn(PROXY_RANGES, named) ? PROXY_RANGES[named] : [entry.trim()]
    for (const range of ranges) {
      const prefix = parsePrefix(range)
      if (prefix === undefined) {
        throw new Problem(
          EXIT.config,
          `"${entry}" is neither an address, nor a network, nor the name of a proxy list`,
          {
            where: 'web.trusted_proxies',
            expected: `192.0.2.7, 192.0.2.0/24, 2001:db8::/32 or one of ${Object.keys(PROXY_RANGES).join(', ')}`,
          },
        )
      }
      set.add(prefix)
    }
  }
  return set
}

const networks = new Map<string, PrefixSet>()

/** Whose network of proxies an address or prefix lies in; undefined where in none (private networks are nobody's). */
export function proxyNameOf({ words }: Prefix): string | undefined {
  for (const name of Object.keys(PROXY_RANGES)) {
    if (name === 'private') continue
    let set = networks.get(name)
    if (set === undefined) {
      set = resolveTrustedProxies([name])
      networks.set(name, set)
    }
    if (set.has(words)) return name
  }
  return undefined
}
