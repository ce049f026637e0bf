/** Files that are read whole, and must therefore be files and no larger than what they are for. */

/** What is needed of the file system: `node:fs` has it. */
export interface FileCalls {
  readonly constants: { readonly O_RDONLY: number; readonly O_NONBLOCK: number }
  openSync(path: string, flags: number): number
  fstatSync(file: number): FileKinds & { readonly size: number }
  readSync(file: number, buffer: Uint8Array, offset: number, length: number, position: null): number
  closeSync(file: number): void
}

/** What something with a name can be. */
export interface FileKinds {
  isFile(): boolean
  isDirectory(): boolean
  isFIFO(): boolean
  isSocket(): boolean
}

/** What was named is there, and is nothing that can be read whole: a device has no end. */
export class UnfitFile extends Error {
  override readonly name = 'UnfitFile'
  /** Follows `it is`: `a folder`, `a device`, `larger than 1 MB`. */
  readonly what: string

  constructor(what: string) {
    super(`it is ${what}`)
    this.what = what
  }
}

const MEGABYTE = 1 << 20
const LEAST = 4096

/** What something is that is no regular file. */
export function kindOf(stat: FileKinds): string {
  if (stat.isDirectory()) return 'a folder'
  if (stat.isFIFO()) return 'a FIFO'
  return stat.isSocket() ? 'a socket' : 'a device'
}

/**
 * The bytes of a regular file of at most `most` megabytes. What is opened is what is looked at, and a FIFO is not
 * waited for. The size that the system tells is not believed: files of /proc have none.
 * @throws UnfitFile, or the system's error
 */
export function readWhole(fs: FileCalls, path: string, most: number): Uint8Array {
  const file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  try {
    const stat = fs.fstatSync(file)
    if (!stat.isFile()) throw new UnfitFile(kindOf(stat))
    const limit = most * MEGABYTE
    if (stat.size > limit) throw new UnfitFile(`larger than ${most} MB`)
    let bytes = new Uint8Array(Math.max(LEAST, stat.size) + 1)
    let length = 0
    for (;;) {
      const count = fs.readSync(file, bytes, length, bytes.length - length, null)
      if (count === 0) return bytes.subarray(0, length)
      length += count
      if (length > limit) throw new UnfitFile(`larger than ${most} MB`)
      if (length === bytes.length) {
        const more = new Uint8Array(Math.min(limit + 1, 2 * length))
        more.set(bytes)
        bytes = more
      }
    }
  } finally {
    fs.closeSync(file)
  }
}

/** The text of such a file, without a byte order mark. @throws UnfitFile, or the system's error */
export function readWholeText(fs: FileCalls, path: string, most: number): string {
  return new TextDecoder().decode(readWhole(fs, path, most))
}
