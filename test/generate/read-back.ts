/** Small readers of generated lines: they know the formats by heart, not by the generator's code. */

export interface Said {
  /** Milliseconds; NaN where the format has no year. */
  readonly time: number
  readonly program: string
  readonly pid: number
  readonly message: string
}

const CLASSIC = /^[A-Z][a-z]{2} [ \d]\d (\d\d):(\d\d):(\d\d) \S+ ([^[:]+)(?:\[(\d+)\])?: (.*)$/
const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00) \S+ ([^[:]+)(?:\[(\d+)\])?: (.*)$/
const RFC5424 = /^<(?:38|86)>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00) \S+ (\S+) (\d+|-) - - (.*)$/

/** Reads one line of any of the system log formats; throws where it is none. */
export function readSystemLine(line: string): Said {
  if (line.startsWith('{')) {
    const entry: unknown = JSON.parse(line)
    if (typeof entry !== 'object' || entry === null) throw new Error(`no entry: ${line}`)
    const field = (name: string): string => {
      const value = Object.entries(entry).find(([key]) => key === name)?.[1]
      if (typeof value !== 'string') throw new Error(`${name} is no string: ${line}`)
      return value
    }
    return {
      time: Number(field('__REALTIME_TIMESTAMP')) / 1000,
      program: field('SYSLOG_IDENTIFIER'),
      pid: Number(field('_PID')),
      message: field('MESSAGE'),
    }
  }
  const modern = RFC3339.exec(line) ?? RFC5424.exec(line)
  if (modern !== null)
    return {
      time: Date.parse(modern[1]) + micros(modern[1]),
      program: modern[2],
      pid: Number(modern[3] ?? 0),
      message: modern[4],
    }
  const classic = CLASSIC.exec(line)
  if (classic === null) throw new Error(`not understood: ${line}`)
  return { time: NaN, program: classic[4], pid: Number(classic[5] ?? 0), message: classic[6] }
}

/** The part of a stamp that Date.parse cuts off. */
function micros(stamp: string): number {
  return Number(stamp.slice(23, 26)) / 1000
}

/** Failed attempts told by the lines, by source: folded lines count what they say. */
export function failuresBySource(said: Iterable<Said>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { message } of said) {
    const found =
      /^(?:message repeated (\d+) times: \[ )?Failed password for (?:invalid user )?\S+ from (\S+) port \d+ ssh2\]?$/.exec(
        message,
      )
    if (found !== null) counts.set(found[2], (counts.get(found[2]) ?? 0) + Number(found[1] ?? 1))
  }
  return counts
}

export interface Asked {
  readonly time: number
  readonly source: string
  readonly method: string
  readonly target: string
  readonly status: number
  readonly bytes: number
  readonly agent: string
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'
const COMBINED =
  /^(?:[\w.-]+:\d+ )?(\S+) - - \[(\d\d)\/(\w{3})\/(\d{4}):(\d\d):(\d\d):(\d\d) \+0000\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"$/

/** Reads one line of an access log in the common text forms; throws where it is none. */
export function readCombined(line: string): Asked {
  const found = COMBINED.exec(line)
  if (found === null) throw new Error(`not understood: ${line}`)
  const [, source, day, month, year, hour, minute, second, request, status, bytes, , agent] = found
  const [method, target = ''] = /^[A-Z]+ \S+ HTTP\/\d\.\d$/.test(request) ? request.split(' ') : ['', request]
  const time = Date.UTC(
    Number(year),
    MONTHS.indexOf(month) / 3,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  )
  return { time, source, method, target, status: Number(status), bytes: Number(bytes), agent }
}
