/** Large values: compressed, with a checksum over what went in. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { isSame, sha256 } from './chain.ts'
import { bytes, number, type Row } from './row.ts'

export interface Packed {
  size: number
  checksum: Uint8Array
  body: Uint8Array
}

const FASTEST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** `checksum` saves its computing where the caller has it. */
export function pack(data: Uint8Array, checksum = sha256(data)): Packed {
  return { size: data.byteLength, checksum, body: zstdCompressSync(data, FASTEST) }
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
