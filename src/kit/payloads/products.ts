/**
 * Paths of products with known holes. Some of them only an attacker asks for; most are the doors at which a product's own
 * users come in, and stand for an attack only on a site that does not have the product.
 */

/** Where only the holes are. */
const HOLES_NAMES = [
  String.raw`ecp/(?:y\.js|[a-z]\.js|default\.flt|proxylogon\.ecp)`,
  String.raw`owa/auth/(?:x\.js|[a-z]\.js|\d)`,
  String.raw`vpns?/(?:\.\./|portal|cfg|newbm)`,
  'remote/(?:fgt_lang|hostcheck_validate|error)',
  'api/v2/cmdb/',
  String.raw`\+cscot\+/`,
  String.raw`solr/[\w-]+/(?:config|debug)`,
  '_ignition/',
  'wls-wsat/',
  '_async/asyncresponseservice',
  'bea_wls_',
  'jmx-console',
  'invoker/',
  'web-console',
  'mgmt/(?:tm|shared)/',
  'tmui/',
  'ui/vropspluginui',
  'sdk/vimservice',
  'containers/json',
  String.raw`v1\.\d\d/containers`,
  'flex2gateway',
  'securityrealm/user',
  String.raw`cgi-bin/(?:php|php4|php5|php-cgi|php\.cgi)$`,
  'weaver/',
  'ws_utc/',
  'pages/doenterpagevariables',
  String.raw`server-info\.action`,
  'setup/setupadministrator',
  String.raw`template/aui/text-inline\.vm`,
  'gwtest',
  'moveitisapi',
  'owncloud/apps/graphapi',
  'api/console/(?!proxy)',
  'functionRouter',
  String.raw`php-cgi/php-cgi\.exe`,
]

/** Where a product's own users come in, too: maps of a GeoServer, a Zabbix, the mail of an Exchange. */
const DOORS_NAMES = [
  String.raw`owa/auth/logon\.aspx`,
  '(?:mapi|rpc)/(?:nspi|emsmdb)/',
  'remote/logincheck',
  'dana-(?:na|ws|cached)/',
  'global-protect/(?:login|portal)',
  String.raw`\+cscoe\+/`,
  String.raw`solr/(?:admin|[\w-]+/select)`,
  'manager/(?:html|text|status)',
  'host-manager/html',
  'console/(?:login|css|images|framework|portal)',
  'api/jsonws/',
  'nacos/v1/',
  'druid/(?:index|websession|indexer)',
  'geoserver/(?:web|wms|ows)',
  String.raw`telerik\.web\.ui`,
  'desktopmodules/',
  'cfide/',
  'hudson',
  'script$',
  'asynch?people',
  String.raw`admin/config\.php$`,
  'recordings/',
  'a2billing/',
  'vicidial/',
  'zabbix/',
  'zentao/',
  'seeyon/',
  'pages/createpage',
  'rest/tinymce',
  'plugins/servlet/(?:oauth|gadgets)',
  'secure/(?:contactadministrators|queryComponent)',
  'webtools/control/',
  'aspera/faspex',
  'goanywhere',
  String.raw`human\.aspx`,
  String.raw`guestaccess\.aspx`,
  'app/kibana',
  'api/console/proxy',
  'sitecore/shell/',
  'ReportServer',
]

const HOLES = new RegExp(`^/(?:${HOLES_NAMES.join('|')})`, 'i')
const DOORS = new RegExp(`^/(?:${DOORS_NAMES.join('|')})`, 'i')
/** Editors and file managers with holes, wherever they lie; the people who write a site use them. */
const EDITORS = /\/(?:fckeditor|kindeditor|ueditor|elfinder|kcfinder)\/.{0,80}\.(?:php|aspx?|jsp|html)$/i
/** No user's browser writes a path like that. */
const CONTRIVED = /\.\.|[;%\\]|\/\//

/** Whether the path is one of a product with a known hole. */
export function isProductPath(path: string): boolean {
  return HOLES.test(path) || DOORS.test(path) || EDITORS.test(path)
}

/**
 * The door of a product at which its users come in, as a name of where the product lives on the site; undefined for what
 * only an attacker asks for. `path` as logged, since whoever encodes it is no user.
 */
export function productDoor(path: string, query = ''): string | undefined {
  if (CONTRIVED.test(path) || HOLES.test(path) || /(?:^|&)type=rau(?:&|$)/i.test(query)) return undefined
  const found = DOORS.exec(path) ?? EDITORS.exec(path)
  return found === null ? undefined : path.slice(0, path.indexOf('/', found.index + 1) + 1 || undefined).toLowerCase()
}
