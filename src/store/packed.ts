/** Large values: compressed, with a checksum over what went in. */
import { createHash } from 'node:crypto'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { isSame, sha256 } from './chain.ts'
import { bytes, number, type Row } from './row.ts'

export interface Packed {
  size: number
  checksum: Uint8Array
  body: Uint8Array
}

const FASTEST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/**
 * Packs a value that comes in pieces, each needed only until the next is asked for: what is large is never there as a
 * whole. Each becomes a frame of its own, and frames in a row are read as one.
 */
export function pack(pieces: Iterable<Uint8Array>): Packed {
  const hash = createHash('sha256')
  const frames: Uint8Array[] = []
  let size = 0
  for (const piece of pieces) {
    hash.update(piece)
    frames.push(zstdCompressSync(piece, FASTEST))
    size += piece.byteLength
  }
  if (frames.length === 0) frames.push(zstdCompressSync(new Uint8Array()))
  return { size, checksum: new Uint8Array(hash.digest()), body: Buffer.concat(frames) }
}

/** What was packed; undefined where the row does not hold it any more. */
export function unpack(row: Row): Uint8Array | undefined {
  const checksum = bytes(row, 'checksum')
  try {
    const data = zstdDecompressSync(bytes(row, 'body'), { maxOutputLength: Math.max(1, number(row, 'size')) })
    return isSame(sha256(data), checksum) ? data : undefined
  } catch {
    return undefined
  }
}
