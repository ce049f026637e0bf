/**
 * The pass that every request takes: one table step a byte, percent codes undone on the way, and no string made. It says
 * whether any family could have something to say. Ordinary requests end here.
 */

/* Texts without which no family fires, in lower case; `+` in a query counts as a space. */

/** Signs and phrases of an attack in a value. */
// biome-ignore format: a list
const SIGNS = [
  "'", '"', '<', '>', ';', '|', '`', '$', '{', '(', '\\', '\0', '\r', '\n', '--', '/*', '%25', 'union ', 'select ',
  'waitfor ', ' and ', ' or ', ' having ', '&&', '& ', 'cat ', '\xef\xbc', 'powershell', 'cmd /c', 'cmd.exe', 'iex ',
]

/** Schemes, hosts, files and names of paths. */
const NAMES = (
  '.. ./. ////// 0x2e /./ /var/ /run/ /proc/ /usr/ meta-inf system.ini .htaccess .htpasswd c:/ d:/ ext:: proxycommand queuedirectory :// javascript: vbscript: data: file: jar: /etc/ etc/passwd proc/ win.ini boot.ini ' +
  'windows/ web-inf /bin/ jndi 169.254 100.100.100 metadata computemetadata aced0005 ro0ab yso commonscoll ' +
  'commons.coll __class __proto prototype __mro __sub __glob __imp ognl classloader java. invokefunction call_user pearcmd ' +
  'allow_url auto_prepend config-create memberaccess freemarker spring.cloud xwork class.module .env /. ' +
  '.ds_store cvs/ wp-admin wp-login wp-config .bak .old .orig .save .swp .swo ~ .sql .mdb .sqlite .dump .backup ' +
  '.php. .zip .rar .7z .tar .tgz .gz id_rsa id_dsa id_e credential secret .key web.config appsettings ' +
  'database.yml parameters.yml localsettings tfstate docker-compose sftp-config service-account serviceaccount ' +
  'configuration.php admin pma mysql sqlmanager websql phppg actuator jolokia heapdump threaddump configprops ' +
  '-status _status -info phpinfo php_info infophp _profiler app_dev telescope /debug/ .axd _environment boaf ' +
  'cgi phpunit shell .php .asp .jsp .cfm .phtml .phar .ashx hnap gponform ctrlt /ud/ goform currentsetting ' +
  'picsdesc wanipcn device.rsp weblanguage onvif isapi /evox swedish stalker live_mjpeg web_shell users/setting ' +
  'ztp/ tr064 tr-064 upnp /cmd autodiscover /ecp/ /owa/ /mapi/ /rpc/ vpn /remote/ api/v2/cmdb dana- ' +
  'global-protect cscoe cscot solr _ignition manager/ wls-wsat _async console bea_wls invoker jsonws /mgmt/ ' +
  'tmui vropspluginui vimservice nacos druid geoserver containers telerik desktopmodules cfide flex2gateway ' +
  'hudson /script asynch securityrealm recordings a2billing vicidial zabbix zentao seeyon weaver ws_utc ' +
  'pages/create pages/doenter setup tinymce servlet/ /secure/ text-inline webtools gwtest aspera goanywhere ' +
  'graphapi kibana /api/console functionrouter sitecore reportserver fckeditor kindeditor ueditor elfinder ' +
  'kcfinder localhost 127.0 gopher: dict:'
).split(' ')

const TRIGGERS: readonly string[] = [...SIGNS, ...NAMES]

/** Bytes are folded to few classes, so that the table of steps stays small enough for the processor's cache. */
const CLASS = new Uint8Array(256)
let classes = 1
for (const text of TRIGGERS) {
  for (const char of text) {
    const code = char.charCodeAt(0)
    if (CLASS[code] === 0) CLASS[code] = classes++
  }
}
for (let upper = 65; upper <= 90; upper++) CLASS[upper] = CLASS[upper | 32]
/** `%` and `+` stand for other bytes; the loop looks at them itself. */
const PERCENT = 37
const PLUS = 43
const AMPERSAND = 38

/** Steps of an Aho-Corasick automaton: step[state + class] is the next state (times `WIDTH`), HIT where a trigger ends. */
const WIDTH = classes
const HIT = -1
/** Built when the first request comes: most logs, and most threads, have none. */
let built: Int32Array | undefined

function buildSteps(): Int32Array {
  const children: Map<number, number>[] = [new Map()]
  const ends: boolean[] = [false]
  for (const text of TRIGGERS) {
    let node = 0
    for (const char of text) {
      const symbol = CLASS[char.charCodeAt(0)]
      let next = children[node].get(symbol)
      if (next === undefined) {
        next = children.length
        children.push(new Map())
        ends.push(false)
        children[node].set(symbol, next)
      }
      node = next
    }
    ends[node] = true
  }
  const steps = new Int32Array(children.length * WIDTH)
  const fail = new Int32Array(children.length)
  const queue = [0]
  for (let head = 0; head < queue.length; head++) {
    const node = queue[head]
    for (let symbol = 0; symbol < WIDTH; symbol++) {
      const child = children[node].get(symbol)
      const fallback = node === 0 ? 0 : steps[fail[node] * WIDTH + symbol]
      if (child === undefined) {
        steps[node * WIDTH + symbol] = fallback
        continue
      }
      fail[child] = node === 0 ? 0 : fallback === HIT ? 0 : fallback / WIDTH
      if (fallback === HIT) ends[child] = true
      steps[node * WIDTH + symbol] = ends[child] ? HIT : child * WIDTH
      if (!ends[child]) queue.push(child)
    }
  }
  return steps
}

function hexValue(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/** Whether the request target in bytes[start, end) may carry a payload. */
export function mayCarryPayload(bytes: Uint8Array, start: number, end: number): boolean {
  built ??= buildSteps()
  const step = built
  let state = 0
  for (let i = start; i < end; i++) {
    let byte = bytes[i]
    if (byte === PERCENT) {
      const high = i + 2 < end ? hexValue(bytes[i + 1]) : -1
      const low = high < 0 ? -1 : hexValue(bytes[i + 2])
      // `%u0027` and a percent sign that was encoded itself: somebody hides something.
      if (low < 0) return true
      byte = high * 16 + low
      // Overlong UTF-8, and a percent code under a percent code.
      if (byte === 0xc0 || byte === 0xc1 || byte === 0xe0 || byte === PERCENT || byte === 0xad) return true
      // An ampersand that parts no parameters: a value's own, and a shell's.
      if (byte === AMPERSAND) return true
      i += 2
    } else if (byte === PLUS) byte = 32
    state = step[state + CLASS[byte]]
    if (state === HIT) return true
  }
  return false
}

/** A header without any of these, plain or as a percent code, carries no payload that we know. */
const HEADER = new Uint8Array(256)
for (const char of '$\'"`<\\{') HEADER[char.charCodeAt(0)] = 1

/** The same for a header (referrer, user agent), where brackets, semicolons and slashes are usual. */
export function mayCarryHeaderPayload(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]
    if (HEADER[byte] === 1) return true
    if (byte === PERCENT && i + 2 < end) {
      const low = hexValue(bytes[i + 2])
      if (low >= 0 && HEADER[hexValue(bytes[i + 1]) * 16 + low] === 1) return true
    }
  }
  return false
}
