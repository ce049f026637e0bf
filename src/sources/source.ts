/** An input: bytes in file order, with what the run needs to know before it reads them. */
export interface Source {
  /** How reports call it. */
  readonly name: string
  /** Its path, `-` for stdin, or the command that writes it. */
  readonly path: string
  readonly kind: 'file' | 'stream'
  /** Bytes on disk; absent where nobody knows. */
  readonly size?: number
  /** Last change, milliseconds since 1970. */
  readonly mtime?: number
  /** Whether `path` can be read again at the offsets that `read` delivered: plain files only. */
  readonly seekable: boolean
  /** The first bytes of a source that is not seekable, for what must be known before all is read. */
  readonly head?: Uint8Array
  /**
   * Delivers the bytes once, from the beginning. A chunk is valid until the next is asked for. What can be read is
   * delivered before a damaged source throws.
   * @throws Problem where the source cannot be read, or not to its end
   */
  read(signal?: AbortSignal): AsyncIterable<Uint8Array>
}
