/** Every parser there is, in the order they are tried. */
import type { FormatDeclaration, ProgramDeclaration } from '../kit/define-parser.ts'
import syslogRfc3164 from './formats/syslog-rfc3164.ts'
import syslogRfc3339 from './formats/syslog-rfc3339.ts'
import pam from './programs/pam.ts'
import sshd from './programs/sshd.ts'
import sudo from './programs/sudo.ts'
import { WEB_FORMATS } from './web/index.ts'

export const SYSTEM_FORMATS: readonly FormatDeclaration[] = [syslogRfc3164, syslogRfc3339]

export const FORMATS: readonly FormatDeclaration[] = [...SYSTEM_FORMATS, ...WEB_FORMATS]

export const PROGRAMS: readonly ProgramDeclaration[] = [sshd, pam, sudo]
