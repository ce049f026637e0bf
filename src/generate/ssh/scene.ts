/** What happens on the generated host, before anybody writes it down: one scene is one thing that somebody did. */
import type { Host } from './host.ts'

/** How a connection without a login ends. `limit` is sshd's own end after the sixth try. */
export type Ending = 'closed' | 'bye' | 'bye-empty' | 'reset' | 'limit'

/** Strangers who never give a name. */
export type Probe = 'silent' | 'http' | 'tls' | 'kex' | 'hostkey' | 'closed' | 'reset' | 'timeout'

export type Action =
  | {
      readonly kind: 'sudo'
      readonly at: number
      readonly took: number
      readonly command: string
      readonly mistyped: number
    }
  | { readonly kind: 'useradd'; readonly at: number; readonly name: string; readonly id: number }

export interface Session {
  readonly method: 'publickey' | 'password'
  readonly length: number
  readonly actions: readonly Action[]
}

interface Timed {
  readonly time: number
  /** Seed of the small delays between the scene's lines. */
  readonly noise: number
  /** Set once all scenes are known and in order. */
  pid: number
  sessionId: number
}

/** One TCP connection to sshd: failed tries, then a login or an end; or a probe. */
export interface Connection extends Timed {
  readonly kind: 'connection'
  readonly source: string
  readonly port: number
  readonly user: string
  readonly known: boolean
  /** Failed tries on this connection. */
  readonly tries: number
  readonly ending: Ending
  readonly probe?: Probe
  readonly session?: Session
  /** Index of the attack it belongs to; absent for background. */
  readonly attack?: number
}

export interface CronRun extends Timed {
  readonly kind: 'cron'
  readonly user: string
  readonly took: number
}

interface Boot extends Timed {
  readonly kind: 'boot'
}

export type Scene = Connection | CronRun | Boot

/** How a distribution words and places things. */
export interface Dialect {
  readonly id: 'jammy' | 'noble' | 'el9'
  /** rsyslog folds equal neighbours into `message repeated N times` (Ubuntu's default). */
  readonly folds: boolean
  /** cron and systemd-logind write into the same log (Debian family). */
  readonly systemLines: boolean
  /** pam_unix names who opened a session even where it is root (1.5.3 and Red Hat's). */
  readonly opener: boolean
  /** sudo writes its pid. */
  readonly sudoPid: boolean
  readonly adminGroup: 'sudo' | 'wheel'
}

export interface Entry {
  readonly time: number
  readonly program: string
  /** 0 where the program writes none. */
  readonly pid: number
  readonly message: string
  /** Who really wrote it; what journald adds to the line. */
  readonly unit: 'ssh' | 'session' | 'cron' | 'logind' | 'user-manager'
}

/** Where scenes are played. */
export interface Stage {
  readonly host: Host
  readonly dialect: Dialect
}

/** logind starts once, early. */
export const LOGIND_PID = 684
