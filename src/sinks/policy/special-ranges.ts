/** Networks that are no single host of the Internet: the registries of special-purpose addresses (RFC 6890, IANA). */

/**
 * Blocking one of these would cut off the host itself, its neighbours, or many at once (a NAT64 or 6to4 relay stands for
 * all of IPv4). Documentation ranges are left out: nobody sends from them, and examples are written with them.
 */
export const SPECIAL_RANGES: readonly (readonly [prefix: string, what: string])[] = [
  ['0.0.0.0/8', '"this network" (RFC 1122)'],
  ['10.0.0.0/8', 'a private network (RFC 1918)'],
  ['100.64.0.0/10', 'shared address space of providers (RFC 6598)'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local, and cloud metadata'],
  ['172.16.0.0/12', 'a private network (RFC 1918)'],
  ['192.0.0.0/24', 'protocol assignments (RFC 6890)'],
  ['192.88.99.0/24', '6to4 relays (RFC 7526)'],
  ['192.168.0.0/16', 'a private network (RFC 1918)'],
  ['198.18.0.0/15', 'a benchmarking network (RFC 2544)'],
  ['224.0.0.0/3', 'multicast or reserved'],
  ['::/96', 'unspecified, loopback or IPv4-compatible'],
  ['64:ff9b::/96', 'NAT64, which stands for all of IPv4 (RFC 6052)'],
  ['64:ff9b:1::/48', 'local NAT64 (RFC 8215)'],
  ['100::/64', 'the discard prefix (RFC 6666)'],
  ['2001::/32', 'Teredo relays (RFC 4380)'],
  ['2001:10::/28', 'no host address (ORCHID, RFC 4843)'],
  ['2001:20::/28', 'no host address (ORCHIDv2, RFC 7343)'],
  ['fc00::/7', 'a private network (RFC 4193)'],
  ['fe80::/10', 'link-local'],
  ['ff00::/8', 'multicast'],
]
