import { defineFormat } from '../../kit/define-parser.ts'
import { parseServiceLine } from '../support/services/index.ts'

export default defineFormat({
  id: 'service-logs',
  title:
    'Refused logins in the own logs of MySQL and MariaDB, PostgreSQL, MongoDB, Asterisk, FreeSWITCH, Murmur, OpenVPN, xrdp, VNC, RouterOS, Home Assistant, Keycloak, Jellyfin, Roundcube and Zimbra',
  family: 'system',
  startsWith: '0123456789[<adfjmnos',
  open: () => parseServiceLine,
  samples: [
    {
      line: "260228  8:05:01 [Warning] Access denied for user 'root'@'192.0.2.1' (using password: YES)",
      is: [
        {
          kind: 'panel.auth.failed',
          time: '2026-02-28T08:05:01Z',
          user: 'root',
          source: '192.0.2.1',
          service: 'mysql',
        },
      ],
    },
  ],
})
