/** What systemd is told (sd_notify(3)): that the daemon is ready, reloads, stops, and that it is alive. */
import { spawn } from 'node:child_process'

export class ServiceManager {
  readonly #enabled: boolean
  /** Milliseconds between signs of life: half of what systemd waits (sd_watchdog_enabled(3)); undefined where it does not. */
  readonly watchdog: number | undefined
  #lastSign = Number.NEGATIVE_INFINITY

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.#enabled = (environment.NOTIFY_SOCKET ?? '') !== ''
    const microseconds = Number(environment.WATCHDOG_USEC)
    this.watchdog = this.#enabled && microseconds > 0 ? microseconds / 2000 : undefined
  }

  ready(status: string): void {
    this.#tell('--ready', `--status=${status}`)
  }

  reloading(): void {
    this.#tell('--reloading')
  }

  stopping(): void {
    this.#tell('--stopping')
  }

  /** Called by the loop: a loop that hangs gives no sign, and is restarted. `now` of a steady clock, milliseconds. */
  alive(now: number): void {
    if (this.watchdog === undefined || now - this.#lastSign < this.watchdog) return
    this.#lastSign = now
    this.#tell('WATCHDOG=1')
  }

  /** Node has no datagram sockets of the Unix kind; systemd's own tool has, and is there wherever systemd is. */
  #tell(...words: string[]): void {
    if (!this.#enabled) return
    const child = spawn('systemd-notify', [`--pid=${process.pid}`, ...words], { stdio: 'ignore' })
    child.on('error', () => undefined)
    child.unref()
  }
}
