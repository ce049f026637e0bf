// Whether the built program is at least as new as every source file: then it is started, since it starts in a fraction of
// the time. Plain JavaScript for an old Node, shared by the starter and by the project's scripts.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Answers true where there is no source to be older than (the installed package). */
export function isFresh(root) {
  const built = statSync(join(root, 'dist', 'program', 'cli.js'), { throwIfNoEntry: false })
  if (built === undefined) return false
  const source = join(root, 'src')
  if (statSync(source, { throwIfNoEntry: false }) === undefined) return true
  const pending = [source]
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) pending.push(path)
      // A folder's own time tells of files that are gone; a file's, of one that was changed.
      if (statSync(path).mtimeMs > built.mtimeMs) return false
    }
  }
  return true
}
