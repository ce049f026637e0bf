/** `vpsguard explain ID REPORT`. */
import fs, { readFileSync, statSync } from 'node:fs'
import { EXIT, hasCode, Problem } from '../core/errors.ts'
import { readWholeText, UnfitFile } from '../kit/whole-file.ts'
import { explainFinding } from '../sinks/reports/explain.ts'
import { parseReport } from '../sinks/reports/schema.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { terminalContext } from './context.ts'
import { writeStream } from './output.ts'

/**
 * Explains one finding of a report file (JSON, as `analyze` writes it), by its id or the only id that begins so.
 * @throws Problem where the file is no report or has no such finding
 */
export async function explainCommand(
  id: string,
  path: string,
  flags: CommonFlags,
  env: CommandEnvironment,
): Promise<number> {
  const report = parseReport(readReport(path), path)
  await writeStream(env.stdout, explainFinding(report, id, terminalContext(env, flags, 2)), env.signal)
  return EXIT.ok
}

const MOST_MEGABYTES = 500

const isPipe = (path: string): boolean => statSync(path).isFIFO()

function readReport(path: string): string {
  try {
    // Whatever is piped in, by `-` or by the shell's <(...), has an end.
    return path === '-' || isPipe(path)
      ? readFileSync(path === '-' ? 0 : path, 'utf8')
      : readWholeText(fs, path, MOST_MEGABYTES)
  } catch (cause) {
    if (hasCode(cause, 'EACCES', 'EPERM'))
      throw new Problem(EXIT.permission, `${path}: may not be read`, { where: path, cause })
    if (cause instanceof UnfitFile) {
      throw new Problem(EXIT.input, `${path} is ${cause.what}, not a report`, {
        where: path,
        expected: 'a JSON file',
        cause,
      })
    }
    throw new Problem(EXIT.input, `${path}: no such report`, {
      where: path,
      hint: 'vpsguard analyze LOG --format json -o report.json writes one',
      cause,
    })
  }
}
