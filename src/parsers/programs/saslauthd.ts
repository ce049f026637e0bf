import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** The service and the mechanism stand behind the name, so the last ones count: a name may hold anything. */
const FAILED =
  /^do_auth\s*: auth failure: \[user=(?<user>.*)\] \[service=(?<service>[^\]]*)\] \[realm=[^\]]*\] \[mech=(?<mech>[^\]]*)\](?: \[reason=.*\])?$/s

function read(text: string): TextEvent {
  const found = groupsOf(FAILED, text)
  return found === undefined
    ? undefined
    : { kind: 'mail.auth.failed', user: found.user, method: found.mech, detail: found.service }
}

const at = 'Feb 28 08:05:01 mail-1 saslauthd[1801]:'

export default defineProgram({
  id: 'saslauthd',
  title: 'saslauthd (Cyrus SASL), which names no source',
  programs: ['saslauthd'],
  parse: textProgram({ read, begins: ['do_auth'] }),
  samples: [
    {
      line: `${at} do_auth         : auth failure: [user=alice] [service=smtp] [realm=mail.example] [mech=pam] [reason=PAM auth error]`,
      is: [{ kind: 'mail.auth.failed', user: 'alice', method: 'pam', source: undefined }],
    },
    {
      line: `${at} pam_unix(smtp:auth): authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=  user=alice`,
      is: [{ kind: 'pam.auth.failed', user: 'alice' }],
    },
    { line: `${at} detach_tty      : master pid is: 1801`, is: 'irrelevant' },
  ],
})
