/** What stands in detectors' sentences: numbers, spans, names, terms; in simplified Chinese. */
import { SERVICE_NAMES } from '../../../../kit/service-names.ts'
import type { PartKind } from '../sentences.ts'

const SPAN = String.raw`\d+ s|\d+ min|\d+ h \d+ min|\d+ h|\d+ days|hour|\d+ hours|an hour`
const NUMBER = String.raw`(?:less than )?\d[\d,.]*(?: %| bits| thousand| million)?`

/** Terms of detectors that are no names: services, ways to log in, kinds of attack, answers. */
const TERMS: Readonly<Record<string, string>> = {
  mail: '邮件',
  'the mail server': '邮件',
  'control panel': '控制面板',
  'the admin panel': '管理面板',
  'web server': 'Web 服务器',
  'the web site': '网站',
  console: '控制台',
  'the console': '控制台',
  'HTTP authentication': 'HTTP 认证',
  'SSH connections without a login': '未登录的 SSH 连接',
  password: '密码',
  publickey: '公钥',
  network: '网络',
  provider: '运营商',
  country: '国家',
  'the host': '本机',
  // Kinds of payloads and probes.
  'Environment file with secrets': '含密钥的环境变量文件',
  'Repository inside the document root': '网站目录中的代码仓库',
  'Keys and settings files': '密钥与配置文件',
  'Backups and database dumps': '备份与数据库导出文件',
  'WordPress administration': 'WordPress 后台',
  'Database administration (phpMyAdmin, Adminer)': '数据库管理界面（phpMyAdmin/Adminer）',
  'Spring Boot actuator': 'Spring Boot Actuator 端点',
  'Status, profiler and information pages': '状态页与性能分析页等信息页面',
  'Fibre modem administration (Boa)': '光猫管理界面（Boa）',
  'CGI programs': 'CGI 程序',
  'Reading a system file': '读取系统文件',
  'Shell command injection': 'Shell 命令注入',
  'Shell reached through cgi-bin': '经 cgi-bin 调用 Shell',
  'PHPUnit evaluating what is posted': 'PHPUnit 远程代码执行',
  'Web shells, by their usual names or places': '常见文件名或位置的 WebShell',
  'Exploits for routers, cameras and other devices': '路由器与摄像头等设备的漏洞利用',
  'Paths of products with known holes': '存在已知漏洞的产品路径',
  'Code execution in a web framework': 'Web 框架代码执行',
  'Use as an open proxy': '当作开放代理使用',
  'Path traversal': '路径穿越',
  'Encoding meant to pass a filter': '用于绕过过滤的编码',
  'Cross-site scripting': '跨站脚本（XSS）',
  'Log4Shell (JNDI lookup)': 'Log4Shell（JNDI 注入）',
  Shellshock: 'Shellshock（破壳漏洞）',
  'PHP stream wrapper': 'PHP 流包装器',
  'PHP configuration by request': '通过请求修改 PHP 配置',
  'Template or expression injection': '模板或表达式注入',
  'Serialised object or prototype where text should be': '反序列化或原型污染',
  "Reading the cloud's instance metadata": '读取云实例元数据',
  'Requests forged to inner hosts': '服务器端请求伪造（SSRF）',
  'Line breaks that forge headers': '换行注入（伪造头部）',
  'SQL or NoSQL injection': 'SQL 或 NoSQL 注入',
  // Other protocols on the web port.
  'TLS on a plain port': '明文端口上的 TLS',
  'Remote Desktop': '远程桌面（RDP）',
  'a port survey': '端口普查',
  'DNS, LDAP or another binary protocol': 'DNS 或 LDAP 等二进制协议',
  'Java debugging': 'Java 调试协议',
  'a device protocol': '设备协议',
  'no HTTP request': '非 HTTP 请求',
  'an unknown method': '未知请求方法',
  'an HTTP version that there is not': '不存在的 HTTP 版本',
  // How a probe of SSH ended.
  'no identification string': '未发送标识字符串',
  'refused connect': '连接被拒绝',
  'past MaxStartups': '超过 MaxStartups 限制',
  'timeout before authentication': '认证前超时',
  'banner exchange': '版本标识交换失败',
  'bad protocol version': '协议版本错误',
  'key exchange': '密钥交换失败',
}

/** Terms with a comma of their own. */
const COMPOUND = Object.keys(TERMS).filter(term => term.includes(', '))

const term = (text: string): string =>
  Object.hasOwn(TERMS, text)
    ? TERMS[text]
    : text.replace(/^method (TRACE|TRACK|DEBUG)$/, '请求方法 $1').replace(/^(\S+) on the web port$/, 'Web 端口上的 $1')

function number(text: string): string {
  const [, less, digits, unit] = /^(less than )?([\d,.]+)(?: (%|bits|thousand|million))?$/.exec(text) ?? []
  if (digits === undefined) return text
  const units: Readonly<Record<string, string>> = { '%': '%', bits: ' 比特', thousand: ',000', million: ',000,000' }
  return `${less === undefined ? '' : '不到 '}${digits}${unit === undefined ? '' : units[unit]}`
}

function span(text: string): string {
  if (text === 'hour' || text === 'an hour') return '1 小时'
  return text
    .replace(/(\d+) hours/, '$1 小时')
    .replace(/(\d+) h (\d+) min/, '$1 小时 $2 分钟')
    .replace(/(\d+) h$/, '$1 小时')
    .replace(/(\d+) min$/, '$1 分钟')
    .replace(/(\d+) s$/, '$1 秒')
    .replace(/(\d+) days/, '$1 天')
}

const SOURCES: Readonly<Record<string, string>> = {
  'one source': '单一来源',
  'the source': '该来源',
  'a source': '某来源',
  'an unknown source': '未知来源',
  'a listed source': '名单中的来源',
}

/** `root, admin and 9 more`: the names stay, what stands between them is said. */
function list(text: string, say: (name: string) => string): string {
  const [, shown, more] = /^(.*) and ([\d,]+) more$/s.exec(text) ?? [undefined, text, undefined]
  const names = splitList(shown).map(name => (name === '(empty)' ? '（空）' : say(name)))
  return `${names.join('、')}${more === undefined ? '' : `，另有 ${more} 个`}`
}

function splitList(text: string): string[] {
  const names: string[] = []
  let rest = text
  while (rest !== '') {
    const compound = COMPOUND.find(name => rest.startsWith(name))
    const end = compound === undefined ? rest.indexOf(', ') : compound.length
    if (end < 0 || end >= rest.length) return [...names, rest]
    names.push(rest.slice(0, end))
    rest = rest.slice(end).replace(/^, /, '')
  }
  return names
}

/** What is not a list of terms keeps its commas: they may be part of a name. */
const names = (text: string): string => {
  const [, shown, more] = /^(.*) and ([\d,]+) more$/s.exec(text) ?? [undefined, text, undefined]
  return `${shown.replaceAll('(empty)', '（空）')}${more === undefined ? '' : `，另有 ${more} 个`}`
}

const ANSWERS: readonly (readonly [RegExp, string])[] = [
  [/^([\d,]+) answered$/, '正常响应 $1 次'],
  [/^([\d,]+) redirected$/, '重定向 $1 次'],
  [/^([\d,]+) refused$/, '拒绝 $1 次'],
  [/^([\d,]+) not found$/, '未找到 $1 次'],
  [/^([\d,]+) server errors$/, '服务器错误 $1 次'],
  [/^([\d,]+) without a status$/, '无状态码 $1 次'],
]

export const ZH_PARTS: Readonly<Record<string, PartKind>> = {
  n: { pattern: NUMBER, say: number },
  span: { pattern: SPAN, say: span },
  /** ` in 5 min`, or nothing. */
  within: { pattern: `(?: in (?:${SPAN}))?`, say: text => (text === '' ? '' : `${span(text.slice(4))}内`) },
  source: {
    pattern: String.raw`[\w.:/%-]+|(?:[Oo]ne|the|a|an unknown|a listed) source`,
    say: text => SOURCES[text.charAt(0).toLowerCase() + text.slice(1)] ?? text,
  },
  /** A name, a path or a word of the log: said as it is. */
  text: { pattern: '.*?', say: text => (text === '(empty)' ? '（空）' : text) },
  /** The name of a place: it comes from a database, not from the log, and may end in a figure. */
  place: { pattern: String.raw`[\s\S]*?`, say: text => text },
  names: { pattern: '.*?', say: names },
  term: { pattern: '.*?', say: term },
  terms: { pattern: '.*?', say: text => list(text, term) },
  answers: {
    pattern: '.*?',
    say: text => list(text, each => ANSWERS.reduce((said, [shape, form]) => said.replace(shape, form), each)),
  },
  family: { pattern: ['SSH|FTP|mail|control panel|web server|console', ...SERVICE_NAMES].join('|'), say: term },
}
