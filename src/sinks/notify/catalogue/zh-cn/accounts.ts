/** What rules about accounts, the log itself and listed sources say, by rule. */
import type { Sentence } from '../sentences.ts'

const OPERATOR: readonly Sentence[] = [
  ['{by:text} had just run by sudo: {command:text}', '{by} 刚刚通过 sudo 执行过：{command}'],
  [
    'Nobody had logged in yet in this log, which had only begun: the installation of a host does this',
    '日志刚刚开始，尚无人登录：安装系统时会出现这种情况',
  ],
]

export const ZH_ACCOUNTS: Readonly<Record<string, readonly Sentence[]>> = {
  'sudo-failures': [
    ['somebody failed {n:n} time{s} to become {target:text}', '有人切换为 {target} 失败 {n} 次'],
    ['{user:text} failed {n:n} time{s} to become {target:text}', '{user} 切换为 {target} 失败 {n} 次'],
    [
      'Commands refused or passwords wrong: {n:n}{time:within}; under {k:n} in {w:n} min would be normal',
      '{time}命令被拒或密码错误 {n} 次；正常情况下 {w} 分钟内少于 {k} 次',
    ],
    [
      'Wrong passwords: {n:n}{time:within}; under {k:n} in {w:n} min would be normal',
      '{time}密码错误 {n} 次；正常情况下 {w} 分钟内少于 {k} 次',
    ],
    [
      '{user:text} is not allowed to do this by sudo: a service or a stranger under this name would try it',
      '{user} 无权通过 sudo 执行此操作：服务，或冒用此账户的人，才会这样尝试',
    ],
  ],
  'account-created': [
    ['The account {name:text} was created', '新建了账户 {name}'],
    ['{n:n} accounts were created: {names:names}', '新建了 {n} 个账户：{names}'],
    [
      'A new account on {host:term}: {names:names}; none is expected unless somebody made one',
      '{host} 上出现新账户：{names}；若无人创建，不应出现',
    ],
    ['{n:n} new account{s}{time:within} on {host:term}: {names:names}', '{time}{host} 上新增 {n} 个账户：{names}'],
    ['Its number is one of those that packages make for themselves', '其用户编号属于软件包自建账户的范围'],
    ...OPERATOR,
  ],
  'account-made-admin': [
    ['{name:text} has the number 0: it is root under another name', '{name} 的用户编号为 0：等同于换了名字的 root'],
    ['{name:text} has the user number 0; only root has it', '{name} 的用户编号为 0；只有 root 应当如此'],
    ['{name:text} joined the group {group:text}', '{name} 被加入用户组 {group}'],
    [
      'Members of {group:text} may become root; a new one is expected only when somebody appointed one',
      '{group} 组的成员可以成为 root；只有经人授权才应增加成员',
    ],
    ['Members of {group:text} may read the logs', '{group} 组的成员可以读取日志'],
    ['Members of {group:text} can make themselves root by a detour', '{group} 组的成员可以通过间接途径获得 root 权限'],
    ...OPERATOR,
  ],
  'log-gap': [
    ["The log's clock goes back by {time:span}", '日志时钟倒退 {time}'],
    [
      'A stamp {time:span} earlier than the line before; under {k:n} h would be normal. An edited log looks like this, and so does one joined from parts in the wrong order, or a clock put right',
      '时间戳比上一行早 {time}；正常情况下少于 {k} 小时。日志被篡改会是这样，按错误顺序拼接的日志或校正过的时钟也是如此',
    ],
    ['The log is silent for {time:span}', '日志中断 {time}'],
    [
      'No line from {from:source} to {to:source}: {time:span}; it had never been silent for ten minutes. Lines may have been removed; a host that was off looks the same',
      '{from} 至 {to} 没有日志，共 {time}；此前从未中断达十分钟。日志行可能被删除；主机关机也是这样',
    ],
    [
      'No line from {from:source} to {to:source}: {time:span}; the longest silence before was {longest:span}. Lines may have been removed; a host that was off looks the same',
      '{from} 至 {to} 没有日志，共 {time}；此前最长中断为 {longest}。日志行可能被删除；主机关机也是这样',
    ],
  ],
  'blacklisted-source': [
    ['Blacklisted {from:source} is at work here', '黑名单来源 {from} 正在活动'],
    ['Blacklisted {from:source} logged in as {user:names}', '黑名单来源 {from} 以 {user} 身份登录'],
    [
      '{n:n} event{s}{time:within} ({services:terms}) from a source on the blacklist; none would be normal',
      '{time}黑名单来源产生 {n} 个事件（{services}）；正常情况下没有',
    ],
    [
      '{n:n} event{s}{time:within} from a source on the blacklist; none would be normal',
      '{time}黑名单来源产生 {n} 个事件；正常情况下没有',
    ],
    ['It logged in as {user:names}', '该来源以 {user} 身份登录'],
  ],
}
