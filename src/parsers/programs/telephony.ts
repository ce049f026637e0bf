import { defineProgram } from '../../kit/define-parser.ts'
import { readAsteriskSyslog, readFreeswitch } from '../support/services/voice.ts'
import { textProgram } from '../support/text-program.ts'

/** The level and the file, where they are written. */
const HEAD = /^(?:\[[A-Z]{3,8}\] )?(?:\w{1,60}\.c:\d{1,6} )?/
const at = 'Feb 28 08:05:01 pbx-1 asterisk[77]:'

export default defineProgram({
  id: 'telephony',
  title: 'Asterisk and FreeSWITCH in syslog',
  programs: ['asterisk', 'freeswitch'],
  parse: textProgram({ read: text => readAsteriskSyslog(text) ?? readFreeswitch(text.replace(HEAD, '')) }),
  samples: [
    {
      line: `${at} NOTICE[88]: chan_sip.c:28000 in handle_request_register: Registration from '"100" <sip:100@198.51.100.1>' failed for '192.0.2.1:5060' - Wrong password`,
      is: [{ kind: 'panel.auth.failed', user: '100', source: '192.0.2.1', service: 'asterisk' }],
    },
    {
      line: `${at} NOTICE[88]: chan_sip.c:28000 in handle_request_register: Registration from '"x' failed for '203.0.113.9:5060' - Wrong password" <sip:100@198.51.100.1>' failed for '192.0.2.1:5060' - Wrong password`,
      is: [{ kind: 'panel.auth.failed', source: undefined }],
      note: 'a name that imitates the end: nobody is accused',
    },
    { line: `${at} VERBOSE[88]: pbx.c:1 in x: Executing Dial`, is: 'irrelevant' },
    {
      line: "Feb 28 08:05:01 pbx-1 freeswitch[77]: [WARNING] sofia_reg.c:1793 SIP auth failure (REGISTER) on sofia profile 'internal' for [100@198.51.100.1] from ip 192.0.2.1",
      is: [{ kind: 'panel.auth.failed', user: '100', source: '192.0.2.1', service: 'freeswitch' }],
    },
  ],
})
