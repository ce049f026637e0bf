/** The web formats, in the order in which they are tried. */
import type { FormatDeclaration } from '../../kit/define-parser.ts'
import combined from './combined.ts'
import common from './common.ts'
import vhostCombined from './vhost-combined.ts'

export const WEB_FORMATS: readonly FormatDeclaration[] = [common, combined, vhostCombined]
