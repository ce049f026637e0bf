/** What people call the services that are no control panels and yet keep logins of their own; by the name their events have. */
const NAMES: Readonly<Record<string, string>> = {
  mysql: 'MySQL',
  postgresql: 'PostgreSQL',
  mongodb: 'MongoDB',
  smb: 'Samba',
  smbd: 'Samba',
  smbd_audit: 'Samba',
  openvpn: 'OpenVPN',
  'ovpn-server': 'OpenVPN',
  xrdp: 'xrdp',
  'xrdp-sesman': 'xrdp',
  vnc: 'VNC',
  x11vnc: 'VNC',
  xvnc: 'VNC',
  'vncserver-x11': 'VNC',
  'vncserver-virtual': 'VNC',
  routeros: 'RouterOS',
  asterisk: 'Asterisk',
  freeswitch: 'FreeSWITCH',
  murmur: 'Mumble',
  'home-assistant': 'Home Assistant',
  keycloak: 'Keycloak',
  jellyfin: 'Jellyfin',
  grafana: 'Grafana',
  gitlab: 'GitLab',
  gitea: 'Gitea',
  vaultwarden: 'Vaultwarden',
  authelia: 'Authelia',
  nextcloud: 'Nextcloud',
  squid: 'Squid',
}

/** All of them, for who has to know them in a sentence. */
export const SERVICE_NAMES: readonly string[] = [...new Set(Object.values(NAMES))]

/** The name that all of the services share; undefined where they have none, or several. */
export function serviceName(services: readonly string[]): string | undefined {
  const names = new Set(services.map(service => NAMES[service.toLowerCase()]))
  const [name] = names
  return names.size === 1 ? name : undefined
}

/** Databases and file shares: nobody outside has business with them. */
const INNER: ReadonlySet<string> = new Set(['MySQL', 'PostgreSQL', 'MongoDB', 'Samba', 'xrdp', 'VNC'])

/** Whether the service is one that the internet need not reach. */
export const isInner = (name: string): boolean => INNER.has(name)
