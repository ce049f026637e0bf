import { defineProgram } from '../../kit/define-parser.ts'
import { textProgram } from '../support/text-program.ts'

const at = (program: string): string => `Feb 28 08:05:01 web-1 ${program}[901]:`

/** What cron runs is the host's own doing; only what PAM says under its name counts. */
export default defineProgram({
  id: 'cron',
  title: 'cron and its kin',
  programs: ['cron', 'crond', 'crontab', 'anacron', 'atd', 'fcron', 'cronie', 'run-parts'],
  parse: textProgram({ read: () => undefined }),
  samples: [
    { line: `${at('CRON')} pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)`, is: 'irrelevant' },
    { line: `${at('CRON')} (root) CMD (cd / && run-parts --report /etc/cron.hourly)`, is: 'irrelevant' },
    {
      line: `${at('/usr/sbin/cron')} (alice) RELOAD (crontabs/alice)`,
      is: 'irrelevant',
      note: 'FreeBSD writes the path',
    },
    { line: `${at('crond')} (root) FAILED to authorize user with PAM (Permission denied)`, is: 'irrelevant' },
  ],
})
