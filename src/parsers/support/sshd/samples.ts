import type { ParserSample, SampleOutcome } from '../../../kit/define-parser.ts'

const sshd = (message: string, is: SampleOutcome, note?: string): ParserSample => ({
  line: `Feb 28 08:05:01 web-1 sshd[403]: ${message}`,
  is,
  ...(note === undefined ? {} : { note }),
})

/** Every shape of sshd's lines that is known, with documentation addresses. */
export const SSHD_SAMPLES: ParserSample[] = [
  sshd('Failed password for root from 192.0.2.1 port 4242 ssh2', [
    { kind: 'ssh.auth.failed', source: '192.0.2.1', port: 4242, user: 'root', user_known: true, method: 'password', pid: 403 },
  ]),
]
