/** One request to the generated web server, before a format writes it down. */
export interface WebRequest {
  readonly time: number
  readonly source: string
  /** Empty where what came was no HTTP; `target` is then what the server logs of it. */
  readonly method: string
  readonly target: string
  readonly protocol: string
  readonly status: number
  /** Bytes of the body sent. */
  readonly bytes: number
  readonly referrer: string
  readonly agent: string
  /** Seconds the answer took. */
  readonly took: number
  /** Index of the attack it belongs to; absent for background. */
  readonly attack?: number
}
