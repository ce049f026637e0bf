import type { ParserSample, SampleOutcome } from '../../../kit/define-parser.ts'

/** A sample line of sshd with the message. */
export const sshd = (message: string, is: SampleOutcome, note?: string): ParserSample => ({
  line: `Feb 28 08:05:01 web-1 sshd[403]: ${message}`,
  is,
  ...(note === undefined ? {} : { note }),
})
