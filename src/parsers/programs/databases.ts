import { defineProgram } from '../../kit/define-parser.ts'
import { mysql, postgres, readMysql } from '../support/services/databases.ts'
import { readServiceStamp } from '../support/services/stamp.ts'
import { createStamp } from '../support/stamps.ts'
import { type TextEvent, textProgram } from '../support/text-program.ts'

const stamp = createStamp()
/** PostgreSQL counts its messages, and the lines of each. */
const NUMBERS = /^\[\d{1,10}-\d{1,6}\] /

function read(text: string): TextEvent {
  // Both write their own stamps into syslog as well, where nobody turned that off.
  const own = text.replace(NUMBERS, '')
  const rest = readServiceStamp(own, stamp) ?? ` ${own}`
  const told = mysql.read(rest) ?? readMysql(rest.trimStart())
  if (told) return { ...told, service: mysql.service }
  // Syslog has the process's number where the line itself does not.
  const refused = told === undefined ? (postgres.read(rest) ?? postgres.read(`[0]${rest}`)) : undefined
  return refused ? { ...refused, service: postgres.service } : undefined
}

export default defineProgram({
  id: 'databases',
  title: 'MySQL, MariaDB and PostgreSQL in syslog',
  programs: ['mysqld', 'mariadbd', 'mysqld_safe', 'mysql', 'mariadb', 'postgres', 'postgresql', 'postmaster'],
  parse: textProgram({ read }),
  samples: [
    {
      line: "Feb 28 08:05:01 db-1 mysqld[77]: 2026-02-28  8:05:01 12 [Warning] Access denied for user 'root'@'192.0.2.1' (using password: YES)",
      is: [{ kind: 'panel.auth.failed', user: 'root', source: '192.0.2.1', service: 'mysql', pid: 77 }],
    },
    {
      line: "Feb 28 08:05:01 db-1 mysqld[77]: 2026-02-28T08:05:01.123456Z 12 [Note] [MY-010926] [Server] Access denied for user 'x'@'203.0.113.9' (using password: YES)'@'192.0.2.1' (using password: NO)",
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1' }],
      note: 'a user name cannot choose the address',
    },
    {
      line: "Feb 28 08:05:01 db-1 mariadbd[77]: 2026-02-28  8:05:01 12 [Warning] Access denied for user 'app'@'localhost' (using password: YES)",
      is: [{ kind: 'panel.auth.failed', user: 'app', source: undefined }],
      note: 'from the host itself',
    },
    { line: 'Feb 28 08:05:01 db-1 mysqld[77]: 2026-02-28  8:05:01 0 [Note] ready for connections.', is: 'irrelevant' },
    {
      line: 'Feb 28 08:05:01 db-1 postgres[2020]: [3-1] 2026-02-28 08:05:01 UTC [2020] FATAL:  no pg_hba.conf entry for host "192.0.2.1", user "postgres", database "postgres", no encryption',
      is: [{ kind: 'panel.auth.failed', user: 'postgres', source: '192.0.2.1', service: 'postgresql' }],
    },
    {
      line: 'Feb 28 08:05:01 db-1 postgres[2020]: [3-1] FATAL:  password authentication failed for user "x FATAL:  no pg_hba.conf entry for host "203.0.113.9", user "y""',
      is: 'irrelevant',
      note: 'a name that looks like a line',
    },
    {
      line: 'Feb 28 08:05:01 db-1 postgres[2020]: [3-1] 192.0.2.1(41234) postgres@shop FATAL:  password authentication failed for user "postgres"',
      is: [{ kind: 'panel.auth.failed', user: 'postgres', source: '192.0.2.1', port: 41234 }],
    },
    { line: 'Feb 28 08:05:01 db-1 postgres[2020]: [3-1] LOG:  checkpoint starting: time', is: 'irrelevant' },
  ],
})
