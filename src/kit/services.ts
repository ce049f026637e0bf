/** What the composition root lends to detectors: look-ups that need files, in interfaces that need none. */

/** Where an address is, as an offline database knows it. */
export interface Place {
  /** ISO 3166-1 alpha-2. */
  country?: string
  city?: string
  latitude?: number
  longitude?: number
  /** Kilometres around the point within which the address is believed to be: half the country's extent where only the country is known. */
  radius?: number
}

export interface Network {
  asn?: number
  organisation?: string
}

export interface Geo {
  place(address: string): Place | undefined
  network(address: string): Network | undefined
}

/** What is known of the host on which the program gives advice; undefined where the logs are another host's. */
export interface HostFacts {
  firewall?: 'ufw' | 'firewalld' | 'nftables' | 'iptables'
  /** sshd's effective PasswordAuthentication, where it could be read. */
  passwordAuthentication?: boolean
}

export interface Services {
  geo?: Geo
  host: HostFacts
}
