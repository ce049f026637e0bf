/**
 * Names that are guessed at on every host of the Internet, all the time: that many sources fail as one of them says
 * nothing about it. The leading names of dictionaries seen by any server with an open port 22.
 */
const COMMON: ReadonlySet<string> = new Set([
  'root', 'admin', 'administrator', 'user', 'test', 'guest', 'ubuntu', 'debian', 'centos', 'fedora', 'ec2-user', 'opc', 'pi', 'oracle',
  'postgres', 'mysql', 'git', 'ftp', 'ftpuser', 'www', 'www-data', 'nginx', 'apache', 'nagios', 'zabbix', 'hadoop', 'tomcat', 'jenkins',
  'deploy', 'support', 'backup', 'mail', 'nobody', 'daemon', 'bin', 'sshd', 'games', 'sync', 'operator', 'vagrant', 'ansible', 'docker',
  'dev', 'developer', 'server', 'web', 'service', 'steam', 'minecraft', 'teamspeak', 'es', 'elastic', 'elasticsearch', 'kafka', 'spark',
  'redis', 'mongodb', 'gitlab', 'runner', 'demo', 'student', 'default', 'info', 'data', 'sysadmin', 'system', 'master', 'app', 'weblogic',
])

export function isCommonName(name: string): boolean {
  return COMMON.has(name)
}
