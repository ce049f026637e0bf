/** Numbers in sentences. */

/** A whole number with commas, as `12,345`: without Intl, which takes eight megabytes of a daemon that needs it for nothing else. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
}
