/**
 * Memory that nobody needs and that the system still counts as ours: pages of Node's own file that the start alone has
 * touched, and holes that malloc(3) keeps between what is in use. Two calls of the C library give both back, which Node
 * reaches by `node:ffi`, version 26 and later; where it cannot, nothing else is different.
 */
import { readFileSync, readlinkSync } from 'node:fs'

/** MADV_DONTNEED of madvise(2): the pages of a mapped file leave the process, and are mapped again when they are touched. */
const DONT_NEED = 4

/** A mapping: its first address, and its length in bytes. */
export interface Mapping {
  address: bigint
  length: bigint
}

/** Opens what gives back, called as often as is wanted; undefined where this Node or system has no way to do so. */
export async function openGiveBack(): Promise<(() => void) | undefined> {
  try {
    const { dlopen } = await import('node:ffi')
    const { madvise } = dlopen(null, {
      madvise: { arguments: ['uint64', 'uint64', 'int32'], return: 'int32' },
    }).functions
    const trim = openTrim(dlopen)
    return () => {
      try {
        const maps = readFileSync('/proc/self/smaps', 'latin1')
        for (const { address, length } of pristine(maps, readlinkSync('/proc/self/exe')))
          madvise(address, length, DONT_NEED)
      } catch {
        // A system that does not show them keeps them.
      }
      trim?.(0n)
    }
  } catch {
    return undefined
  }
}

/** malloc_trim(3), which is GNU's alone. */
function openTrim(dlopen: typeof import('node:ffi').dlopen): ((pad: bigint) => number) | undefined {
  try {
    return dlopen(null, { malloc_trim: { arguments: ['uint64'], return: 'int32' } }).functions.malloc_trim
  } catch {
    return undefined
  }
}

/**
 * The mappings of a program's file, in what /proc/self/smaps says, that cannot be written to and of which no page is the
 * process's own: they are what the file says, and nothing is lost with them. Others must not be touched.
 */
export function pristine(smaps: string, program: string): Mapping[] {
  const found: Mapping[] = []
  let mapping: Mapping | undefined
  for (const line of smaps.split('\n')) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+ *(.*)$/.exec(line)
    if (head !== null) {
      const [, from, to, permissions, path] = head
      const address = BigInt(`0x${from}`)
      const isMeant = path === program && /^r-[-x]p$/.test(permissions)
      mapping = isMeant ? { address, length: BigInt(`0x${to}`) - address } : undefined
    } else if (mapping !== undefined && /^Anonymous: +0 kB$/.test(line)) found.push(mapping)
  }
  return found
}
