/** The parts of sentences that only campaigns, rates and anomalies have. */
import type { PartKind } from '../sentences.ts'

const WHAT: Readonly<Record<string, string>> = {
  'Distributed guessing of common names': '分布式猜解（常见用户名）',
  'Distributed guessing of many names': '分布式猜解（大量用户名）',
  'Distributed guessing from one list of names': '分布式猜解（同一份用户名列表）',
  'Slow distributed guessing': '缓慢的分布式猜解',
  'Distributed guessing': '分布式猜解',
  'Distributed probing without a name': '分布式探测（不带用户名）',
  'Distributed scan of the web site': '对网站的分布式扫描',
  'Distributed attack on the web site': '对网站的分布式攻击',
  'Distributed form posts': '分布式表单提交',
  'Distributed posts to a login page': '对登录页的分布式提交',
}

const NOUNS: Readonly<Record<string, string>> = {
  'requests refused or failed (4xx, 5xx)': '被拒绝或失败的请求（4xx、5xx）',
  requests: '请求',
  'failed logins': '登录失败',
  'other events': '其他事件',
}

/** Features of hours, with the noun that stands after their number: for one, for several. */
const FEATURES: readonly (readonly [one: string, many: string, said: string])[] = [
  ['failed login', 'failed logins', '登录失败次数'],
  ['address that failed', 'addresses that failed', '登录失败的地址数'],
  ['address never seen before', 'addresses never seen before', '从未出现过的地址数'],
  ['name tried', 'names tried', '尝试的用户名数'],
  ['address on one name', 'addresses on one name', '针对同一用户名的地址数'],
  ['name from one address', 'names from one address', '单一地址尝试的用户名数'],
  ['of variety in the names', 'of variety in the names', '用户名多样性'],
  ['name never tried before', 'names never tried before', '从未尝试过的用户名数'],
  ['failure on accounts that exist', 'failures on accounts that exist', '针对已有账户的失败次数'],
  ['of the addresses with one connection only', 'of the addresses with one connection only', '仅连接一次的地址占比'],
  ['/24 networks for each address', '/24 networks for each address', '平均每个地址对应的 /24 网络数'],
  ['tries for each connection', 'tries for each connection', '每次连接的尝试次数'],
  [
    'spread of the gaps between arrivals (1 is chance)',
    'spread of the gaps between arrivals (1 is chance)',
    '到达间隔的离散度（1 为随机）',
  ],
  ['login from a network new to this host', 'logins from networks new to this host', '来自本机新网络的登录次数'],
  ['request', 'requests', '请求数'],
  ['address', 'addresses', '地址数'],
  ['path', 'different paths', '不同路径数'],
  ['path never asked for before', 'paths never asked for before', '从未请求过的路径数'],
  ['address posting to one path', 'addresses posting to one path', '向同一路径提交的地址数'],
  ['POST', 'POSTs', 'POST 请求数'],
  ['of the requests refused or not found', 'of the requests refused or not found', '被拒绝或未找到的请求占比'],
  ['kind of client', 'kinds of client', '客户端种类数'],
  ['bytes sent', 'bytes sent', '发送的字节数'],
  ['of variety in the paths', 'of variety in the paths', '路径多样性'],
  ['address refused or led to nothing', 'addresses refused or led to nothing', '被拒绝或无结果的地址数'],
  ['of the addresses with one request only', 'of the addresses with one request only', '仅请求一次的地址占比'],
]
const FEATURE_OF = new Map(FEATURES.flatMap(([one, many, said]) => [[one, said] as const, [many, said] as const]))

const oneOf = (words: readonly string[]): string =>
  words
    .map(word => word.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .sort((a, b) => b.length - a.length)
    .join('|')

const NOVELTY: Readonly<Record<string, string>> = { network: '网络', provider: '运营商', country: '国家' }
const DOORS: Readonly<Record<string, string>> = {
  'SSH connections without a login': '未登录的 SSH 连接',
  SSH: 'SSH',
  mail: '邮件服务',
  FTP: 'FTP',
  'the admin panel': '管理面板',
  'the console': '控制台',
  'HTTP authentication': 'HTTP 认证',
  'the web site': '网站',
}
const SCOPES: Readonly<Record<string, string>> = {
  '': '',
  ' for the server': '（就整台服务器而言）',
  ' for one source': '（就单一来源而言）',
  ' for this part of the site': '（就网站的这一部分而言）',
}

export const ZH_ANALYZER_PARTS: Readonly<Record<string, PartKind>> = {
  what: { pattern: oneOf(Object.keys(WHAT)), say: text => WHAT[text] },
  /** What a campaign is about, or nothing. */
  about: {
    pattern: '(?: (?:of|on) `[^`]*`)?',
    say: text => (text === '' ? '' : `（目标 ${text.slice(4).replace('`(empty)`', '空用户名')}）`),
  },
  door: {
    pattern: `(?: of (?:${oneOf(Object.keys(DOORS))}))?`,
    say: text => (text === '' ? '' : DOORS[text.slice(4)]),
  },
  chance: {
    pattern: String.raw`one chance in (?:10\^)?[\d,]+|[\d.]+ standard deviations above the mean of 30 minutes|the 30 minutes before did not vary at all|[\d.]+ times the mean of 30 minutes|none before`,
    say: text =>
      text
        .replace(/^one chance in (.*)$/, '偶然出现的概率为 1/$1')
        .replace(/^(.*) standard deviations above the mean of 30 minutes$/, '高出前 30 分钟均值 $1 个标准差')
        .replace(/^(.*) times the mean of 30 minutes$/, '为前 30 分钟均值的 $1 倍')
        .replace('the 30 minutes before did not vary at all', '此前 30 分钟没有任何波动')
        .replace('none before', '此前没有'),
  },
  role: {
    pattern: 'one of the participants|an address that never logged in here before',
    say: text => (text.startsWith('one') ? '攻击参与者之一' : '此前从未登录过的地址'),
  },
  past: {
    pattern: String.raw`with no login before|which had logged in [\d,]+ times? from [\d,]+ networks?, never from that (?:network|provider|country)`,
    say: text =>
      text
        .replace('with no login before', '该账户此前没有登录记录')
        .replace(
          /^which had logged in ([\d,]+) times? from ([\d,]+) networks?, never from that (\w+)$/,
          (_, times: string, networks: string, novelty: string) =>
            `该账户此前从 ${networks} 个网络登录过 ${times} 次，从未来自该${NOVELTY[novelty]}`,
        ),
  },
  keyed: {
    pattern: '(?:; by password, on an account that had used keys only)?',
    say: text => (text === '' ? '' : '；该账户此前只用密钥，这次使用了密码'),
  },
  siege: {
    pattern: String.raw`(?:; [\d,]+ failures? by [\d,]+ other address(?:es)? in the day before)?`,
    say: text => text.replace(/^; ([\d,]+) failures? by ([\d,]+) .*$/, '；此前一天内有 $2 个其他地址登录失败 $1 次'),
  },
  noun: { pattern: oneOf(Object.keys(NOUNS)), say: text => NOUNS[text] },
  usual: {
    pattern: String.raw`hardly any is|1 is|[\d,]+ are`,
    say: text => (text === 'hardly any is' ? '平常几乎没有' : `平常为 ${text.replace(/ .*$/, '')}`),
  },
  scope: {
    pattern: '(?: for (?:the server|one source|this part of the site))?',
    say: text => SCOPES[text],
  },
  feature: { pattern: oneOf([...FEATURE_OF.keys()]), say: text => FEATURE_OF.get(text) ?? text },
  range: {
    pattern: String.raw`\d+ (?:to \d+|or more)|\d+`,
    say: text => text.replace(' to ', ' 至 ').replace(' or more', ' 以上'),
  },
}
