/** Stamps as people write them, and as viewers of logs show and export them: months first, clocks of twelve hours. */
/** Short names of the months, in lower case. */
export const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const AT = String.raw`(?:,| at| @)?[ \u00a0\u202f]{1,3}`
const CLOCK = String.raw`(?<hour>\d{1,2}):(?<minutes>\d\d:\d\d)(?<fraction>[.,]\d{1,9})?(?:[ \u00a0\u202f]?(?<half>[AaPp])\.?[Mm]\b\.?)?`
const ZONE = String.raw`(?: ?(?<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)(?![\w:]))?`
const NAME = String.raw`(?<name>[A-Z][a-z]{2,8})\.?`
const STAMPS = [
  // Nov 21, 2026 3:04:05 PM; November 21, 2026 at 3:04:05 PM; Nov 21, 2026 @ 15:04:05.123 (Kibana)
  String.raw`${NAME} {1,2}(?<day>\d{1,2})(?:, ?| )(?<year>\d{4})${AT}${CLOCK}`,
  // 21 Nov 2026 15:04:05
  String.raw`(?<day>\d{1,2}) ${NAME} (?<year>\d{4})${AT}${CLOCK}`,
  // 11/21/2026 03:04:05 PM; 21.11.2026 15:04:05; 11/21/26, 3:04:05 PM
  String.raw`(?<first>\d{1,2})(?<parted>[/.])(?<second>\d{1,2})[/.](?<year>\d{4}|\d{2})${AT}${CLOCK}`,
  // 2026-11-21 03:04:05 PM
  String.raw`(?<year>\d{4})[-/](?<month>\d{1,2})[-/](?<day>\d{1,2})${AT}${CLOCK}`,
  // Nov 21 3:04:05 PM
  String.raw`${NAME} {1,2}(?<day>\d{1,2}) {1,2}${CLOCK}`,
].map(shape => new RegExp(`^(?:[A-Z][a-z]{2,8}, )?${shape}${ZONE}`))

/** Where the stamp ends, and how syslog writes it. */
export interface LocalDate {
  text: string
  length: number
}

/**
 * Reads such a stamp at the text's start; undefined where there is none. Of days and months in figures, the month is taken to come first where
 * slashes part them and neither is above 12, and the day where points do.
 */
export function readLocalDate(text: string): LocalDate | undefined {
  for (const shape of STAMPS) {
    const found = shape.exec(text)
    const {
      year,
      name,
      day,
      first,
      second,
      parted,
      month,
      hour,
      minutes,
      fraction = '',
      half,
      zone = '',
    } = found?.groups ?? {}
    if (found === null || hour === undefined || minutes === undefined) continue
    // A date of ISO's with a clock of 24 hours is others' business.
    if (month !== undefined && half === undefined) continue
    const hours = hoursOf(Number(hour), half)
    const named = name === undefined ? undefined : MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1
    if (hours === undefined || named === 0) continue
    const clock = `${String(hours).padStart(2, '0')}:${minutes}${fraction.replace(',', '.')}`
    const { length } = found[0]
    if (year === undefined) {
      // Without a year and a half of the day it is syslog's own.
      if (half === undefined || name === undefined) continue
      return { text: `${name.slice(0, 3)} ${String(day).padStart(2)} ${clock}`, length }
    }
    const dayFirst = parted === '.' || Number(first) > 12
    const monthOf = named ?? Number(month ?? (dayFirst ? second : first))
    const dayOf = Number(day ?? (dayFirst ? first : second))
    if (monthOf > 12 || dayOf > 31) continue
    const date = `${year.length === 2 ? `20${year}` : year}-${two(monthOf)}-${two(dayOf)}`
    return { text: `${date}T${clock}${/[UG]/.test(zone) ? 'Z' : zone}`, length }
  }
  return undefined
}

const two = (value: number): string => String(value).padStart(2, '0')

function hoursOf(hour: number, half: string | undefined): number | undefined {
  if (half === undefined) return hour > 23 ? undefined : hour
  if (hour < 1 || hour > 12) return undefined
  return (hour % 12) + (half === 'p' || half === 'P' ? 12 : 0)
}
