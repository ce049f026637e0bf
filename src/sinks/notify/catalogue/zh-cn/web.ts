/** What rules about web servers say, by rule. */
import type { Sentence } from '../sentences.ts'

export const ZH_WEB: Readonly<Record<string, readonly Sentence[]>> = {
  'web-probe': [
    ['{n:n} probe{s} from {from:source}: {what:terms}', '{from} 发起 {n} 次探测：{what}'],
    [
      '{n:n} request{s}{time:within} for {what:terms}; visitors of a site send none',
      '{time}有 {n} 次请求涉及：{what}；正常访客不会发送',
    ],
    ['Answers: {answers:answers}', '响应情况：{answers}'],
    ['Asked for: {paths:names}', '请求的路径：{paths}'],
    ['The server gave, with pages of their own: {paths:names}', '服务器返回了实际内容：{paths}'],
    [
      'Pages that exist were given attack payloads and answered; whether they took effect the log does not tell',
      '向实际存在的页面发送了攻击载荷，且得到响应；是否生效无法从日志判断',
    ],
  ],
  'web-scan': [
    ['{n:n} request{s} from {from:source} for pages that are not there', '{from} 请求不存在的页面 {n} 次'],
    [
      '{n:n} distinct path{s} not found or refused within {w:span}, {time:span} in all; under {k:n} would be normal',
      '{w}内有 {n} 个不同路径未找到或被拒绝，全程 {time}；正常情况下少于 {k} 个',
    ],
    [
      'No page led there (no referrer); the last was {path:names}',
      '没有页面链接到这些路径（无 Referer）；最后一个是 {path}',
    ],
  ],
  'web-login-brute-force': [
    [
      '{n:n} login{s} tried on {path:names} from {from:source}; one may have got in',
      '{from} 在 {path} 尝试登录 {n} 次；可能已有一次成功',
    ],
    ['{n:n} login{s} tried on {path:names} from {from:source}', '{from} 在 {path} 尝试登录 {n} 次'],
    [
      '{n:n} login{s} answered by a redirect or with 200{time:within}; under {k:n} in {w:span} would be normal',
      '{time}有 {n} 次登录得到重定向或 200 响应；正常情况下 {w}内少于 {k} 次',
    ],
    [
      '{n:n} login{s} refused{time:within}; under {k:n} in {w:span} would be normal',
      '{time}有 {n} 次登录被拒绝；正常情况下 {w}内少于 {k} 次',
    ],
    [
      'Then {path:names} answered as it does to whoever gets in; somebody who mistypes does not need {n:n} tries',
      '随后 {path} 的响应与登录成功时一致；输错密码的人用不着尝试 {n} 次',
    ],
    ['Names: {names:names}', '用户名：{names}'],
  ],
  'web-scanner-agent': [
    ['A survey of the Internet ({name:names}) from {from:source}', '{from} 进行的互联网普查（{name}）'],
    ['The scanner {name:names} used from {from:source}', '{from} 使用扫描器 {name}'],
    [
      '{n:n} request{s}{time:within} with the user agent of {name:names}',
      '{time}有 {n} 次请求使用 {name} 的 User-Agent',
    ],
  ],
  'web-flood': [
    ['{n:n} request{s}{time:within} from {from:source}', '{from} {time}发送 {n} 次请求'],
    [
      '{n:n} request{s}{time:within}; under {k:n} in {w:n} s would be normal',
      '{time}有 {n} 次请求；正常情况下 {w} 秒内少于 {k} 次',
    ],
  ],
  'web-wordpress': [
    ['{n:n} request{s} from {from:source} against WordPress', '{from} 针对 WordPress 发送 {n} 次请求'],
    [
      'Posts to xmlrpc.php, which guess many passwords at once: {n:n} request{s} in {time:span}; under {k:n} in {w:n} min would be normal',
      '向 xmlrpc.php 提交请求（一次可猜解许多密码）：{time}内 {n} 次；正常情况下 {w} 分钟内少于 {k} 次',
    ],
    ['Enumerated: {names:names}', '枚举用户：{names}'],
  ],
  'open-proxy-probe': [
    ['{n:n} request{s} from {from:source} for other sites', '{from} 请求其他站点 {n} 次'],
    [
      '{n:n} request{s}{time:within} for other sites through this server, the last for {target:names}',
      '{time}有 {n} 次请求试图经本服务器访问其他站点，最后一次为 {target}',
    ],
    ['None was served, as far as the log tells', '从日志看，均未得到转发'],
    [
      'The server answered 2xx to {target:names}: make sure that it relays nothing',
      '服务器对 {target} 返回了 2xx：请确认没有转发任何请求',
    ],
  ],
  'web-protocol-abuse': [
    ['{what:terms} from {from:source} on the web port', '{from} 在 Web 端口上发送：{what}'],
    [
      '{n:n} request{s}{time:within} that no browser sends: {what:terms}',
      '{time}有 {n} 次请求不可能来自浏览器：{what}',
    ],
  ],
  'agent-rotation': [
    ['{n:n} user agent{s} from {from:source}', '{from} 使用了 {n} 个 User-Agent'],
    [
      '{n:n} user agent{s} in {requests:n} request{s} within {w:n} min ({time:span} in all); under {k:n}, or many requests to each, would be normal',
      '{w} 分钟内 {requests} 次请求使用了 {n} 个 User-Agent（全程 {time}）；正常情况下少于 {k} 个，或每个对应许多请求',
    ],
  ],
}
