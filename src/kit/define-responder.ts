/** Responders: what writes blocks into a firewall. One file each; every one has to pass the same contract suite. */

/** An address or prefix in the firewall; `seconds` left, or null where it stays. */
export interface FirewallEntry {
  prefix: string
  seconds: number | null
}

export interface FirewallChange {
  add: readonly FirewallEntry[]
  remove: readonly string[]
}

export type Availability = { ok: true; version: string } | { ok: false; reason: string; hint: string }

export interface Responder {
  /** = file name: nftables, iptables, dry. */
  readonly id: string
  readonly title: string
  /** Whether it can work here, without changing anything. */
  probe(): Promise<Availability>
  /** Makes its table and sets where they are missing; touches nothing that is not its own. @throws Problem */
  prepare(): Promise<void>
  /** One atomic change: all of it, or nothing. Adding what is there renews its time. @throws Problem */
  apply(change: FirewallChange): Promise<void>
  /** What is blocked now, as the firewall says. @throws Problem */
  list(): Promise<FirewallEntry[]>
  /** Cuts established connections of these prefixes; answers how many, undefined where that cannot be told. */
  cut(prefixes: readonly string[]): Promise<number | undefined>
  /** Removes everything of its own. @throws Problem */
  clear(): Promise<void>
  /** Packets that each entry has stopped, where the firewall counts. */
  counters?(): Promise<ReadonlyMap<string, number>>
}
