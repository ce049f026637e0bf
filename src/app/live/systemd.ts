/** What systemd is told (sd_notify(3)): that the daemon is ready, reloads, stops, and that it is alive. */
import { spawn } from 'node:child_process'

/** How long systemd's tool may take, milliseconds: one that hangs must not hold up the end of the daemon. */
const PATIENCE = 10_000

/**
 * Says nothing where systemd did not start the process (no NOTIFY_SOCKET). Words are told in their order, in the
 * background: no call waits or throws.
 */
export class ServiceManager {
  readonly #enabled: boolean
  /** Milliseconds between signs of life: half of what systemd waits (sd_watchdog_enabled(3)); undefined where it does not. */
  readonly watchdog: number | undefined
  #lastSign = Number.NEGATIVE_INFINITY
  #told: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.#enabled = (environment.NOTIFY_SOCKET ?? '') !== ''
    const microseconds = Number(environment.WATCHDOG_USEC)
    this.watchdog = this.#enabled && microseconds > 0 ? microseconds / 2000 : undefined
  }

  ready(status: string): void {
    this.#tell('READY=1', `STATUS=${status}`)
  }

  /** With the moment that `Type=notify-reload` wants (systemd.service(5)). */
  reloading(): void {
    this.#tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
  }

  stopping(): void {
    this.#tell('STOPPING=1')
  }

  /** Resolves when all has been told. */
  get settled(): Promise<void> {
    return this.#told
  }

  /** Called by the loop: a loop that hangs gives no sign, and is restarted. `now` of a steady clock, milliseconds. */
  alive(now: number): void {
    if (this.watchdog === undefined || this.#waiting > 0 || now - this.#lastSign < this.watchdog) return
    this.#lastSign = now
    this.#tell('WATCHDOG=1')
  }

  /**
   * Node has no datagram sockets of the Unix kind; systemd's own tool has, and is there wherever systemd is. One word
   * after the other: "reloading" that came behind "ready" would stand for ever. Words that older tools have no flag for
   * are told as they go over the socket.
   */
  #tell(...words: string[]): void {
    if (!this.#enabled) return
    this.#waiting++
    this.#told = this.#told.then(() =>
      new Promise(done => {
        const options = { stdio: 'ignore', timeout: PATIENCE } as const
        const child = spawn('systemd-notify', [`--pid=${process.pid}`, ...words], options)
        // One that could not be killed says both.
        child.once('error', done).once('exit', done)
      })
        // Without memory or descriptors for a process, nothing is told.
        .catch(() => undefined)
        .then(() => {
          this.#waiting--
        }),
    )
  }
}
