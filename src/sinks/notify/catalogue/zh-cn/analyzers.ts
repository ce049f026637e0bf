/** What campaigns, rates and anomalies say, by detector. */
import type { Sentence } from '../sentences.ts'

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
      'Distributed attack on the web site ({family:term}){of:about}: {n:n} address{es} in {time:span}',
      '对网站的分布式攻击（{family}）{of}：{time}内 {n} 个地址',
    ],
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
    [`{n:n} new address{es} that attacked the web site in ${USUAL}`, `{time}内有 {n} 个新地址攻击网站；${SAID}`],
    [
      `{n:n} address{es} that attacked what hardly anybody attacks in ${USUAL}`,
      `{time}内有 {n} 个地址攻击几乎无人攻击的目标；${SAID}`,
    ],
    [`{n:n} address{es} that attacked \`{name:text}\` in ${USUAL}`, `{time}内有 {n} 个地址攻击 \`{name}\`；${SAID}`],
    [`{n:n} address{es} that tried {name:term} in ${USUAL}`, `{time}内有 {n} 个地址尝试{name}；${SAID}`],
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
    ['{n:n} path{s} attacked: {names:names}', '攻击了 {n} 个路径：{names}'],
    ['{n:n} attack{s} tried: {names:terms}', '尝试了 {n} 种攻击：{names}'],
    ['what they asked for is not there, or was refused', '所请求的内容不存在，或已被拒绝'],
    [
      '{n:n} address{es} got an answer without an error; whether an attack took effect the log does not tell',
      '{n} 个地址得到了无错误的应答；攻击是否生效，日志无法说明',
    ],
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
      'SSH 异常时段（{time}）：{what}为 {n}，平常为 {u}',
    ],
    [
      'Unusual {time:span} on the web site: {n:n} {what:feature}, {u:n} {is|are} usual',
      '网站异常时段（{time}）：{what}为 {n}，平常为 {u}',
    ],
    [
      '{n:n} {what:feature} in {time:span}; {u:n} {is|are} usual, and in the {d:n} other days only 1 of 100 had more than {h:n}',
      '{time}内{what}为 {n}；平常为 {u}，其余 {d} 天中每 100 个时段只有 1 个超过 {h}',
    ],
    [
      '{n:n} {what:feature} in {time:span}; {u:n} {is|are} usual, and in the {d:n} days learned from only 1 of 100 had more than {h:n}',
      '{time}内{what}为 {n}；平常为 {u}，学习所用的 {d} 天中每 100 个时段只有 1 个超过 {h}',
    ],
    [
      '{n:n} {what:feature} in {time:span}; {u:n} {is|are} usual, and only 1 of 100 had more than {h:n}',
      '{time}内{what}为 {n}；平常为 {u}，每 100 个时段只有 1 个超过 {h}',
    ],
    ['{n:n} {what:feature} in {time:span}; {u:n} {is|are} usual', '{time}内{what}为 {n}；平常为 {u}'],
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
