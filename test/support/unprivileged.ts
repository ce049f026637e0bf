/** Runs something as a user who may not read everything: tests run as root in containers, and root may. */
const NOBODY = 65_534

/** Calls `run` with the effective user `nobody` where this process is root; as itself elsewhere. */
export async function asNobody<T>(run: () => T | Promise<T>): Promise<T> {
  const { geteuid, seteuid } = process
  if (geteuid === undefined || seteuid === undefined || geteuid() !== 0) return await run()
  seteuid(NOBODY)
  try {
    return await run()
  } finally {
    seteuid(0)
  }
}
