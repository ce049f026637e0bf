/** node:crypto, loaded when something is hashed: it is the largest of Node's modules, and most runs hash nothing. */
import type { Hash, Hmac } from 'node:crypto'

const load = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto')

/** As that of node:crypto. */
export const createHash = (algorithm: string): Hash => load().createHash(algorithm)

/** As that of node:crypto. */
export const createHmac = (algorithm: string, key: string | Uint8Array): Hmac => load().createHmac(algorithm, key)

/** As that of node:crypto. */
export const randomBytes = (size: number): Buffer => load().randomBytes(size)
