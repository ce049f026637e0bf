/**
 * What strangers try on servers in general, before a server's own log says what they try there: the prior of the law of
 * names. Shares of sources that try a name, rounded from what is published of honeypots and open servers; they weigh
 * as much as 20 sources, so that a server's own first days outvote them.
 */
import { namesAreAccounts } from './surfaces.ts'

/** How many sources the prior law weighs. */
export const LAW_WEIGHT = 20

const COMMON: Readonly<Record<string, number>> = {
  root: 0.35,
  admin: 0.08,
  test: 0.025,
  user: 0.025,
  ubuntu: 0.02,
  oracle: 0.015,
  postgres: 0.015,
  pi: 0.015,
  ubnt: 0.015,
  guest: 0.012,
  git: 0.012,
  ftpuser: 0.012,
  support: 0.012,
  administrator: 0.008,
  mysql: 0.008,
  ftp: 0.006,
  hadoop: 0.006,
  deploy: 0.006,
  nagios: 0.006,
  debian: 0.006,
  centos: 0.006,
  'ec2-user': 0.006,
  tomcat: 0.005,
  jenkins: 0.005,
  dev: 0.005,
  user1: 0.005,
  test1: 0.004,
  www: 0.004,
  'www-data': 0.004,
  default: 0.004,
  steam: 0.004,
  operator: 0.004,
  service: 0.004,
  minecraft: 0.003,
  odoo: 0.003,
  zabbix: 0.003,
  monitor: 0.003,
  backup: 0.003,
  web: 0.003,
  server: 0.003,
  info: 0.003,
}

/** Share of sources whose name is on no list. */
export const UNLISTED = 0.25

/** The empty name: connections that ended before one was sent. */
const UNNAMED = 0.1

/** Prior share of sources that try the name; 0 for the ones that no list has. */
export function priorShare(surface: number, name: string): number {
  if (!namesAreAccounts(surface)) return 0
  if (name === '') return UNNAMED
  return Object.hasOwn(COMMON, name) ? COMMON[name] : 0
}

/** Whether strangers try this name everywhere, so that a failure on it is no sign that they know the server. */
export function isCommonName(name: string): boolean {
  return name === '' || Object.hasOwn(COMMON, name)
}
