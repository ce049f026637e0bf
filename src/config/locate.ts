/** Where a key stands in a TOML text. The parser gives positions for syntax errors only, so mistakes of meaning are located here. */

/** The 1-based line of the key at `path`, or of the nearest table above it; undefined where neither stands in the text. */
export function locateKey(text: string, path: readonly (string | number)[]): number | undefined {
  const keys = path.filter(part => typeof part === 'string')
  let best: { line: number; depth: number } | undefined
  let table: string[] = []
  const lines = text.split(/\r?\n/)
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i].trim()
    const header = /^\[\[?\s*([^\]]+?)\s*\]\]?\s*(#.*)?$/.exec(line)
    let here: string[]
    if (header !== null) {
      table = splitKey(header[1])
      here = table
    } else {
      const assignment =
        /^((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=/.exec(line)
      if (assignment === null) continue
      here = [...table, ...splitKey(assignment[1])]
    }
    if (here.length > keys.length || !here.every((key, at) => key === keys[at])) continue
    if (best === undefined || here.length > best.depth) best = { line: i + 1, depth: here.length }
  }
  return best?.line
}

function splitKey(text: string): string[] {
  return (text.match(/"[^"]*"|'[^']*'|[^.\s]+/g) ?? []).map(part => part.replace(/^["']|["']$/g, ''))
}
