/** Names that strangers try, ranked as they are ranked on real servers, and names for the people of a generated host. */
import type { Random } from '../core/random.ts'
import { draw, pick, weighted, whole, zipf } from './draw.ts'

/** Names a host may really have, in the order in which the Internet tries them; the power law follows this rank. */
export const COMMON_NAMES = [
  'test', 'user', 'ubuntu', 'oracle', 'postgres', 'guest', 'ftpuser', 'git', 'pi', 'deploy', 'support', 'mysql', 'hadoop',
  'ubnt', 'nagios', 'tomcat', 'jenkins', 'administrator', 'es', 'ftp', 'debian', 'centos', 'ec2-user', 'www', 'minecraft',
  'web', 'student', 'dev', 'steam', 'server', 'teamspeak', 'ts3', 'vagrant', 'ansible', 'backup', 'zabbix', 'docker',
  'demo', 'operator', 'info', 'odoo', 'sysadmin', 'master', 'service', 'elastic', 'kafka', 'redis', 'mongodb', 'gitlab',
  'sonar', 'weblogic', 'default', 'monitor', 'public', 'office', 'nobody', 'bot', 'www-data', 'testuser', 'test1', 'test2',
  'user1', 'user2', 'admin1', 'adm', 'a', 'abc', '1234', '123456', 'solana', 'sol', 'validator', 'node', 'eth', 'ethereum',
  'openvpn', 'vpn', 'proxy', 'squid', 'asterisk', 'sip', 'voip', 'fax', 'print', 'scan', 'camera', 'dvr', 'cisco', 'ubadmin',
  'telecomadmin', 'supervisor', 'manager', 'webmaster', 'postmaster', 'mail', 'smtp', 'exim', 'bind', 'named', 'dns', 'cloud',
  'azureuser', 'opc', 'rocky', 'almalinux', 'fedora', 'arch', 'kali', 'linux', 'unix', 'apache', 'nginx', 'http', 'flask',
  'django', 'rails', 'node-red', 'grafana', 'prometheus', 'airflow', 'spark', 'hive', 'hbase', 'zookeeper', 'storm', 'sftp',
] as const

/** `root` leads with two fifths, `admin` follows with a sixth, and the rest is a power law (spec: measured on a real host). */
const STRANGER_NAMES = weighted<'root' | 'admin' | 'tail'>([['root', 0.46], ['admin', 0.17], ['tail', 0.37]])
const TAIL = zipf(COMMON_NAMES, 0.9, 3)

/** The name that a stranger tries. */
export function strangerName(random: Random): string {
  const which = draw(random, STRANGER_NAMES)
  if (which !== 'tail') return which
  // A good part of the tail is tried by one stranger only, ever.
  return random.next() < 0.18 ? rareName(random) : draw(random, TAIL)
}

const FIRST = [
  'anna', 'boris', 'carla', 'daniel', 'elena', 'felix', 'greta', 'hugo', 'ines', 'jonas', 'karin', 'lars', 'maria', 'nils',
  'olga', 'paul', 'rosa', 'stefan', 'tina', 'ulrich', 'vera', 'willi', 'yara', 'zoe', 'amir', 'bela', 'chen', 'dmitri', 'emil',
  'fatma', 'goran', 'hana', 'ivan', 'jana', 'kofi', 'lena', 'milan', 'nora', 'omar', 'petra', 'quentin', 'ravi', 'sonja',
] as const
const LAST = [
  'smith', 'meyer', 'novak', 'silva', 'kim', 'costa', 'berg', 'larsen', 'rossi', 'weber', 'cohen', 'patel', 'nguyen', 'dubois',
  'moreno', 'kovacs', 'jansen', 'olsen', 'fischer', 'garcia', 'lopez', 'santos', 'popov', 'yilmaz', 'sato', 'tanaka', 'wang',
  'zhang', 'singh', 'khan', 'ali', 'haddad', 'murphy', 'walsh', 'byrne', 'reid', 'stone', 'field', 'brook', 'lake', 'hill',
] as const

/** A name from a leaked list: hardly ever the same one twice. */
export function rareName(random: Random): string {
  const first = pick(random, FIRST)
  const last = pick(random, LAST)
  switch (random.below(5)) {
    case 0: return `${first}.${last}`
    case 1: return `${first[0]}${last}`
    case 2: return `${first}${whole(random, 1, 99)}`
    case 3: return `${last}${first[0]}${whole(random, 1, 9)}`
    default: return `${first}${last}`
  }
}

/** `count` different first names, for the people who own a host. */
export function ownerNames(random: Random, count: number): string[] {
  const names = new Set<string>()
  while (names.size < count) names.add(pick(random, FIRST))
  return [...names]
}
