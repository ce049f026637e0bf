/** `2026-02-21T03:37:31.183Z`: a moment in the ground truth, cut to the millisecond. */
export function stampMillis(time: number): string {
  return new Date(Math.floor(time)).toISOString()
}
