/** Management pages and status pages that outsiders look for. */
import { definePayload } from './define-payload.ts'

/** What ordinary visitors of a WordPress site make their browser fetch from under wp-admin. */
const PUBLIC_WORDPRESS =
  /^\/(?:.{0,200}\/)?wp-admin\/(?:admin-ajax\.php|admin-post\.php|load-(?:styles|scripts)\.php|(?:css|js|images)\/.*)$/

export const wordpressAdmin = definePayload({
  id: 'wordpress_admin',
  title: 'WordPress administration',
  severity: 'medium',
  exploit: false,
  technique: 'T1595.002',
  target: ({ path, segments }) =>
    (segments.includes('wp-admin') && !PUBLIC_WORDPRESS.test(path)) || /\/wp-login\.php$/.test(path),
  fires: [
    'GET /wp-admin/',
    'GET /blog/wp-admin/setup-config.php?step=1',
    'GET /wp-login.php',
    'GET /wp-admin/install.php',
  ],
  quiet: [
    'POST /wp-admin/admin-ajax.php',
    'GET /wp-admin/css/login.min.css',
    'GET /how-to/wp-admin-guide',
    'GET /wp-content/a.png',
  ],
})

export const phpMyAdmin = definePayload({
  id: 'phpmyadmin',
  title: 'Database administration (phpMyAdmin, Adminer)',
  severity: 'medium',
  exploit: false,
  technique: 'T1595.002',
  target: ({ segments }) =>
    segments.some(segment =>
      /^(?:phpmy-?admin[-_\d.a-z]{0,20}|php-?my-?admin[-_\d.]*|php-my-admin|_?pma[\d_-]{0,6}|mysql-?admin|my-?admin|db-?admin|mysql-?manager|sqlmanager|websql|phpma|adminer(?:[-_.]\w{0,12}){0,3}\.php|phppgadmin)$/.test(
        segment,
      ),
    ),
  fires: [
    'GET /phpmyadmin/',
    'GET /phpMyAdmin-5.2.1/index.php',
    'GET /pma/',
    'GET /adminer-4.8.1.php',
    'GET /mysqladmin/',
    'GET /PMA2024/',
  ],
  quiet: ['GET /tutorials/install-phpmyadmin-on-debian', 'GET /pmag/', 'GET /a?q=phpmyadmin', 'GET /administrator'],
})

const ENDPOINTS =
  /^(?:env|heapdump|threaddump|trace|httptrace|dump|beans|mappings|configprops|autoconfig|loggers|logfile|jolokia|gateway|shutdown|restart|refresh|metrics|auditevents|caches|conditions|sessions|scheduledtasks|hystrix\.stream|features)$/

export const actuator = definePayload({
  id: 'actuator',
  title: 'Spring Boot actuator',
  severity: 'medium',
  exploit: false,
  technique: 'T1595.002',
  target: ({ segments }) => {
    const at = segments.findIndex(segment => segment === 'actuator' || segment.startsWith('actuator;'))
    if (at < 0)
      return /^\/?(?:jolokia|heapdump|threaddump|configprops)$/.test(segments.join('/')) && segments.length === 1
    const next = segments.at(at + 1)
    return next === undefined ? at === 0 : ENDPOINTS.test(next.replace(/;.*$/, ''))
  },
  fires: [
    'GET /actuator',
    'GET /actuator/env',
    'GET /api/actuator/heapdump',
    'GET /actuator/gateway/routes',
    'GET /jolokia',
  ],
  quiet: [
    'GET /actuator/health',
    'GET /products/linear-actuator-12v',
    'GET /actuator-parts',
    'GET /shop/actuator',
    'GET /parts/actuator/electric',
  ],
})

export const serverStatus = definePayload({
  id: 'server_status',
  title: 'Status, profiler and information pages',
  severity: 'medium',
  exploit: false,
  technique: 'T1595.002',
  target: ({ path, last }) =>
    /^\/(?:server-status|server-info|nginx[-_]status|stub_status|php-?fpm[-_]status|fpm[-_]status|_profiler(?:\/.*)?|app_dev\.php(?:\/.*)?|telescope\/requests|debug\/(?:default\/view|pprof\/?.*|vars)|elmah\.axd|trace\.axd|_environment|phpinfo)\/?$/.test(
      path,
    ) || /^(?:php_?info\d?|infophp|info)\.php\d?$/.test(last),
  fires: [
    'GET /server-status',
    'GET /phpinfo.php',
    'GET /_profiler/phpinfo',
    'GET /debug/pprof/',
    'GET /info.php',
    'GET /elmah.axd',
  ],
  quiet: ['GET /status', 'GET /docs/server-status', 'GET /company/info', 'GET /info.html'],
})

export const boaform = definePayload({
  id: 'boaform',
  title: 'Fibre modem administration (Boa)',
  severity: 'medium',
  exploit: false,
  technique: 'T1190',
  target: ({ segments }) => segments[0] === 'boaform' || segments[0] === 'boafrm',
  fires: ['POST /boaform/admin/formLogin', 'GET /boafrm/formSysCmd'],
  quiet: ['GET /shop/boaform', 'GET /boa-form'],
})

export const genericCgi = definePayload({
  id: 'generic_cgi',
  title: 'CGI programs',
  severity: 'low',
  exploit: false,
  technique: 'T1595.003',
  target: ({ segments }) => /^cgi-(?:bin|sys|local|mod|win|dos|exe)\d?$/.test(segments[0] ?? ''),
  fires: ['GET /cgi-bin/test.cgi', 'GET /cgi-bin/', 'GET /cgi-sys/defaultwebpage.cgi'],
  quiet: ['GET /docs/cgi-bin', 'GET /cgi-programming.html', 'GET /a?p=cgi-bin'],
})
