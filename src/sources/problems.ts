/** The sources' failures, as a person meets them: the path, what is wrong with it, what to do. */
import { EXIT, hasCode, Problem } from '../core/errors.ts'

export const LOG_GROUPS_HINT = 'run it as root, or add your user to the group that may read logs (adm, systemd-journal)'

/** The Problem for what the system said about a path. */
export function pathProblem(path: string, cause: unknown): Problem {
  if (cause instanceof Problem) return cause
  if (hasCode(cause, 'ENOENT')) {
    return new Problem(EXIT.input, `${path} does not exist`, {
      where: path,
      hint: 'check the spelling; globs are matched by the program too, in quotes',
      cause,
    })
  }
  if (hasCode(cause, 'ENOTDIR'))
    return new Problem(EXIT.input, `${path} leads through something that is no folder`, { where: path, cause })
  if (hasCode(cause, 'EACCES', 'EPERM')) {
    return new Problem(EXIT.permission, `${path} may not be read`, { where: path, hint: LOG_GROUPS_HINT, cause })
  }
  if (hasCode(cause, 'ELOOP')) {
    return new Problem(EXIT.input, `${path} is a symbolic link that leads back to itself`, {
      where: path,
      hint: 'remove the link, or name the file it should lead to',
      cause,
    })
  }
  if (hasCode(cause, 'EMFILE', 'ENFILE'))
    return new Problem(EXIT.input, `${path}: too many files are open`, { where: path, cause })
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new Problem(EXIT.input, `${path} cannot be read: ${reason}`, { where: path, cause })
}

/** Exit 4. `what` as `kindOf` says it: a folder, a FIFO, a device ... */
export const notAFile = (path: string, what: string): Problem =>
  new Problem(EXIT.input, `${path} is ${what}, not a log file`, {
    where: path,
    expected: 'a regular file, a folder of logs, or - for stdin',
    // Process substitution, <(...), gives the program a FIFO.
    ...(what === 'a FIFO' ? { hint: 'pipe it instead: COMMAND | vpsguard analyze -' } : {}),
  })

/** Exit 4, with a hint at rotation. */
export const emptyFile = (path: string): Problem =>
  new Problem(EXIT.input, `${path} is empty`, {
    where: path,
    hint: 'is it the right file? it may just have been rotated: add --rotated for the older ones',
  })

/** Text of two bytes a character, as Windows saves it: read as it is, no line of it would be understood. */
export const wideText = (path: string): Problem =>
  new Problem(EXIT.input, `${path} is UTF-16 text`, {
    where: path,
    expected: 'UTF-8, or any text that has ASCII in it',
    hint: 'convert it: iconv -f UTF-16 -t UTF-8 FILE | vpsguard analyze -',
  })
