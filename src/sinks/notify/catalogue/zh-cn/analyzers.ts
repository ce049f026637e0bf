/** What campaigns, rates and anomalies say, by detector, and the kinds of parts that only they have. */
import type { PartKind, Sentence } from '../sentences.ts'

const WHAT: Readonly<Record<string, string>> = {
  'Distributed guessing of common names': '分布式猜解（常见用户名）',
  'Distributed guessing of many names': '分布式猜解（大量用户名）',
  'Distributed guessing from one list of names': '分布式猜解（同一份用户名列表）',
  'Slow distributed guessing': '缓慢的分布式猜解',
  'Distributed guessing': '分布式猜解',
  'Distributed probing without a name': '分布式探测（不带用户名）',
  'Distributed scan of the web site': '对网站的分布式扫描',
  'Distributed form posts': '分布式表单提交',
  'Distributed posts to a login page': '对登录页的分布式提交',
}

const NOUNS: Readonly<Record<string, string>> = {
  'requests refused or failed (4xx, 5xx)': '被拒绝或失败的请求（4xx、5xx）',
  requests: '请求',
  'failed logins': '登录失败',
  'other events': '其他事件',
}

/** Features of hours, with the noun that stands after their number; the singular and the plural are one. */
const FEATURES: Readonly<Record<string, string>> = {
  'failed login': '登录失败次数',
  'address that failed': '失败的地址数',
  'address never seen before': '从未出现过的地址数',
  'name tried': '尝试的用户名数',
  'address on one name': '针对同一用户名的地址数',
  'name from one address': '单一地址尝试的用户名数',
  'of variety in the names': '用户名多样性',
  'name never tried before': '从未尝试过的用户名数',
  'failure on accounts that exist': '针对已有账户的失败次数',
  'of the addresses with one connection only': '仅连接一次的地址占比',
  '/24 networks for each address': '平均每个地址对应的 /24 网络数',
  'tries for each connection': '每次连接的尝试次数',
  'spread of the gaps between arrivals (1 is chance)': '到达间隔的离散度（1 为随机）',
  'login from a network new to this host': '来自本机新网络的登录次数',
  request: '请求数',
  address: '地址数',
  path: '不同路径数',
  'path never asked for before': '从未请求过的路径数',
  'address posting to one path': '向同一路径提交的地址数',
  POST: 'POST 请求数',
  'of the requests refused or not found': '被拒绝或未找到的请求占比',
  'kind of client': '客户端种类数',
  'bytes sent': '发送的字节数',
  'of variety in the paths': '路径多样性',
  'address refused or led to nothing': '被拒绝或无结果的地址数',
  'of the addresses with one request only': '仅请求一次的地址占比',
}

/** The singular of a feature's noun. */
const singular = (noun: string): string =>
  noun
    .replace(/^(addresse|login|name|path|request|POST|kind|failure)s\b/, '$1')
    .replace(/^addresse\b/, 'address')
    .replace(/^different path\b/, 'path')
    .replace(/^login from networks new/, 'login from a network new')
    .replace(/^failed logins$/, 'failed login')

const oneOf = (words: readonly string[]): string =>
  words
    .map(word => word.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .sort((a, b) => b.length - a.length)
    .join('|')

const PLURALS = [
  ...['failed logins', 'addresses that failed', 'addresses never seen before', 'names tried', 'addresses on one name'],
  ...['names from one address', 'names never tried before', 'failures on accounts that exist', 'requests', 'addresses'],
  ...['logins from networks new to this host', 'different paths', 'paths never asked for before', 'POSTs'],
  ...['addresses posting to one path', 'kinds of client', 'addresses refused or led to nothing'],
]

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
  feature: { pattern: oneOf([...Object.keys(FEATURES), ...PLURALS]), say: text => FEATURES[singular(text)] ?? text },
  range: {
    pattern: String.raw`\d+ (?:to \d+|or more)|\d+`,
    say: text => text.replace(' to ', ' 至 ').replace(' or more', ' 以上'),
  },
}

const WAVES = 'linked by names that hardly anybody else tries: {names:names}'
const USUAL = '{time:span}; {u:n} are usual; {chance:chance}'
const SAID = '平常为 {u} 个；{chance}'
const SHARE = ['{p:n} of them ', '; {q:n} of other strangers do'] as const

const share = (does: string, said: string): Sentence => [
  `${SHARE[0]}${does}${SHARE[1]}`,
  `其中 {p} ${said}；其他陌生来源中为 {q}`,
]

export const ZH_ANALYZERS: Readonly<Record<string, readonly Sentence[]>> = {
  campaigns: [
    [
      '{what:what}{of:about}: {n:n} address{es} in {time:span}; it got in as `{user:text}`',
      '{what}{of}：{time}内 {n} 个地址；已以 `{user}` 身份登录成功',
    ],
    ['{what:what}{of:about}: {n:n} address{es} in {time:span}', '{what}{of}：{time}内 {n} 个地址'],
    [
      'Login as `{user:text}` from a new address after failures from several others',
      '多个地址登录失败后，一个新地址以 `{user}` 身份登录成功',
    ],
    [
      '{from:source}, {role:role}, logged in as `{user:text}` at {at:source}, {past:past}{keyed:keyed}{siege:siege}',
      '{from}（{role}）于 {at} 以 `{user}` 身份登录；{past}{keyed}{siege}',
    ],
    ['and {n:n} further login{s} of that kind', '另有 {n} 次此类登录'],
    [`{n:n} new address{es} that only knocked in ${USUAL}`, `{time}内有 {n} 个只连接而不登录的新地址；${SAID}`],
    [`{n:n} new address{es} in ${USUAL}`, `{time}内有 {n} 个新地址；${SAID}`],
    [
      `{n:n} address{es} on names that hardly anybody tries in ${USUAL}`,
      `{time}内有 {n} 个地址尝试罕见的用户名；${SAID}`,
    ],
    [
      `{n:n} address{es} that go through one list of names in ${USUAL}`,
      `{time}内有 {n} 个地址逐一尝试同一份用户名列表；${SAID}`,
    ],
    [`{n:n} failure{s} on existing accounts in ${USUAL}`, '{time}内针对已有账户失败 {n} 次；平常为 {u} 次；{chance}'],
    [
      `{n:n} address{es} on the names of the common lists in ${USUAL}`,
      `{time}内有 {n} 个地址尝试常见列表中的用户名；${SAID}`,
    ],
    [
      `{n:n} address{es} on \`{name:text}\`{door:door} in ${USUAL}`,
      `{time}内有 {n} 个地址针对{door} \`{name}\`；${SAID}`,
    ],
    [
      'each address made {n:n} attempt{s} (median): too few for any limit per address',
      '每个地址尝试 {n} 次（中位数）：低于任何按地址设定的阈值',
    ],
    ['each address made {n:n} attempt{s} (median)', '每个地址尝试 {n} 次（中位数）'],
    ['{n:n} name{s} tried: {names:names}', '尝试了 {n} 个用户名：{names}'],
    ['{n:n} path{s} tried: {names:names}', '尝试了 {n} 个路径：{names}'],
    [WAVES, '由几乎无人使用的用户名关联：{names}'],
    [
      `{n:n} wave{s} ({days:names}) told as one, ${WAVES}`,
      '{n} 轮攻击（{days}）合并报告，由几乎无人使用的用户名关联：{names}',
    ],
    share('asked for the same pages first', '最先请求相同的页面'),
    share('came from a port of {range:range}', '的源端口为 {range}'),
    share('made {range:range} attempts a connection', '每次连接尝试 {range} 次'),
    share('left with the words `{text:text}`', '断开时留下 `{text}`'),
    share('tried the method `{text:text}`', '尝试了认证方式 `{text}`'),
    share('offered the key `{text:text}`', '提供了密钥 `{text}`'),
    share('called themselves `{text:text}`', '自称为 `{text}`'),
    share('sent the query keys `{text:text}`', '发送了查询参数 `{text}`'),
    share('came from {text:text}', '来自 {text}'),
    [
      'accounts that exist here and stand on no common list: {names:names}',
      '涉及本机实际存在、且不在任何常见列表中的账户：{names}',
    ],
    ['the first {n:n} are named; about {m:n} more took part', '仅列出前 {n} 个；另有约 {m} 个参与'],
    [
      'about {n:n} of the addresses named are likely ordinary strangers who came at the same time',
      '列出的地址中约有 {n} 个可能只是同时到来的普通访客',
    ],
    [
      'uncalibrated: the log is too short to check how often such a thing happens here by itself',
      '未校准：日志太短，无法检验此类情况在本机自然出现的频率',
    ],
    [
      'the names rose together, each a little: one list is being gone through',
      '各用户名的尝试次数同时小幅上升：有人在逐一尝试同一份列表',
    ],
  ],
  'rate-anomaly': [
    ['{n:n} {what:noun} in 60 s; {u:usual} usual', '60 秒内{what} {n} 次；{u}'],
    ['{n:n} {what:noun} from {from:source} in 60 s; {u:usual} usual', '60 秒内来自 {from} 的{what} {n} 次；{u}'],
    ['{n:n} {what:noun} for rare paths in 60 s; {u:usual} usual', '60 秒内对少见路径的{what} {n} 次；{u}'],
    ['{n:n} {what:noun} for {path:text} in 60 s; {u:usual} usual', '60 秒内对 {path} 的{what} {n} 次；{u}'],
    [
      '{n:n} {what:noun} in 60 s; {u:usual} usual{scope:scope}; {chance:chance}',
      '60 秒内{what} {n} 次；{u}{scope}；{chance}',
    ],
    [
      '{n:n} {what:noun} from {from:source} in 60 s; {u:usual} usual{scope:scope}; {chance:chance}',
      '60 秒内来自 {from} 的{what} {n} 次；{u}{scope}；{chance}',
    ],
    [
      '{n:n} {what:noun} for rare paths in 60 s; {u:usual} usual{scope:scope}; {chance:chance}',
      '60 秒内对少见路径的{what} {n} 次；{u}{scope}；{chance}',
    ],
    [
      '{n:n} {what:noun} for {path:text} in 60 s; {u:usual} usual{scope:scope}; {chance:chance}',
      '60 秒内对 {path} 的{what} {n} 次；{u}{scope}；{chance}',
    ],
    ['It lasted {time:span}: {n:n} {what:noun} in all', '持续 {time}：{what}共 {n} 次'],
    [
      'Spread over {n:n} addresses, of which none made more than {most:n}',
      '分散在 {n} 个地址，其中没有一个超过 {most} 次',
    ],
    ['Of {n:n} by {m:n} addresses: {list:names}', '共 {n} 次，来自 {m} 个地址：{list}'],
    ['By path: {list:names}', '按路径：{list}'],
    ['Part of it is told by {rules:names}', '其中一部分已由 {rules} 报告'],
    [
      'Uncalibrated: there are too few clean days to check the chance against',
      '未校准：正常的日子太少，无法检验偶然概率',
    ],
  ],
  'window-anomaly': [
    [
      'Unusual {time:span} on SSH: {n:n} {what:feature}, {u:n} {is|are} usual',
      'SSH 异常时段（{time}）：{what} {n}，平常为 {u}',
    ],
    [
      'Unusual {time:span} on the web site: {n:n} {what:feature}, {u:n} {is|are} usual',
      '网站异常时段（{time}）：{what} {n}，平常为 {u}',
    ],
    [
      '{n:n} {what:feature} in {time:span}; {u:n} {is|are} usual, and in the {d:n} other days only 1 of 100 had more than {h:n}',
      '{time}内{what} {n}；平常为 {u}，其余 {d} 天中只有 1% 超过 {h}',
    ],
    [
      '{n:n} {what:feature} in {time:span}; {u:n} {is|are} usual, and in the {d:n} days learned from only 1 of 100 had more than {h:n}',
      '{time}内{what} {n}；平常为 {u}，学习所用的 {d} 天中只有 1% 超过 {h}',
    ],
    [
      '{n:n} {what:feature} in {time:span}; {u:n} {is|are} usual, and only 1 of 100 had more than {h:n}',
      '{time}内{what} {n}；平常为 {u}，只有 1% 超过 {h}',
    ],
    ['{n:n} {what:feature} in {time:span}; {u:n} {is|are} usual', '{time}内{what} {n}；平常为 {u}'],
    ['{n:n} addresses posted to {path:text}', '{n} 个地址向 {path} 提交请求'],
    ['{n:n} addresses tried the name the empty name', '{n} 个地址尝试了空用户名'],
    ['{n:n} addresses tried the name {name:text}', '{n} 个地址尝试了用户名 {name}'],
    [
      '{n:n} address{es} of the period also logged in here and {is|are} not named: expired or changed passwords look like this',
      '该时段另有 {n} 个地址在本机登录成功，未列出：密码过期或更改会是这种情形',
    ],
    [
      '{n:n} address{es} of the period also logged in here and {is|are} not named',
      '该时段另有 {n} 个地址在本机登录成功，未列出',
    ],
    [
      'Too little history for the models: robust z-scores over less than a week, so take it as a hint',
      '历史太短，无法使用模型：仅为不足一周数据的稳健 z 分数，请只作参考',
    ],
    [
      'Uncalibrated: there are too few clean days to promise how often chance alone does this',
      '未校准：正常的日子太少，无法给出偶然出现的频率',
    ],
  ],
}
