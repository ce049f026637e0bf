/** What rules about logins say, by rule. */
import type { Sentence } from '../sentences.ts'

const IN_VAIN: Sentence = [
  'No password had been tried or taken on this host by then: where sshd accepts only keys, such guesses cannot succeed',
  '截至当时，本机没有尝试过或接受过密码登录：sshd 只接受密钥时，这类猜解不可能成功',
]
export const ZH_LOGINS: Readonly<Record<string, readonly Sentence[]>> = {
  'breach-detection': [
    [
      'At least {n:n} failed login{s}, then {from:source} got in as {user:text} ({service:family})',
      '登录失败至少 {n} 次后，{from} 以 {user} 身份登录成功（{service}）',
    ],
    [
      'At least {n:n} failed login{s}, then {from:source} got in as {user:text}',
      '登录失败至少 {n} 次后，{from} 以 {user} 身份登录成功',
    ],
    [
      'At least {n:n} failed login{s} in {time:span}, then a login as {user:text} by {method:term} succeeded; under {k:n} failures before a success would be normal',
      '{time}内登录失败至少 {n} 次，随后以 {user} 身份登录成功（认证方式：{method}）；正常情况下成功前的失败少于 {k} 次',
    ],
    [
      'At least {n:n} failed login{s} in {time:span}, then a login as {user:text} succeeded; under {k:n} failures before a success would be normal',
      '{time}内登录失败至少 {n} 次，随后以 {user} 身份登录成功；正常情况下成功前的失败少于 {k} 次',
    ],
    [
      '{n:n} failed login{s}, then {from:source} got in as {user:text} ({service:family})',
      '登录失败 {n} 次后，{from} 以 {user} 身份登录成功（{service}）',
    ],
    [
      '{n:n} failed login{s}, then {from:source} got in as {user:text}',
      '登录失败 {n} 次后，{from} 以 {user} 身份登录成功',
    ],
    [
      '{user:text} was guessed at from {n:n} sources, then a login from {from:source} succeeded',
      '{n} 个来源猜解 {user} 的密码后，来自 {from} 的登录成功',
    ],
    [
      '{n:n} source{s} failed as {user:text} in the 24 h before; under {k:n} would be normal',
      '此前 24 小时内有 {n} 个来源以 {user} 身份登录失败；正常情况下少于 {k} 个',
    ],
    [
      '{from:source}, which then got in with a password, was one of them and had never logged in before',
      '随后用密码登录成功的 {from} 正是其中之一，且此前从未登录过',
    ],
    [
      '{from:source}, which then got in with a password, had never logged in before',
      '随后用密码登录成功的 {from} 此前从未登录过',
    ],
    [
      '{n:n} failed login{s} in {time:span}, then a login as {user:text} by {method:term} succeeded; under {k:n} failures before a success would be normal',
      '{time}内登录失败 {n} 次，随后以 {user} 身份登录成功（认证方式：{method}）；正常情况下成功前的失败少于 {k} 次',
    ],
    [
      '{n:n} failed login{s} in {time:span}, then a login as {user:text} succeeded; under {k:n} failures before a success would be normal',
      '{time}内登录失败 {n} 次，随后以 {user} 身份登录成功；正常情况下成功前的失败少于 {k} 次',
    ],
    ['It had tried other names too: {names:names}', '该来源还尝试过其他用户名：{names}'],
    [
      '{user:text} is known at this address (first login {time:span} earlier), so it may be its owner or a job with an old password; but so many failures are no typing',
      '{user} 曾从此地址登录（首次登录在 {time}前），因此可能是本人，或是仍在使用旧密码的任务；但失败次数如此之多，不会是输错密码',
    ],
    [
      'Few failures, all for one name: its owner, mistyping at a place not seen before, would look the same',
      '失败次数不多，且只针对一个用户名：本人在新地点输错密码也会是这种情形',
    ],
    [
      'A key cannot be guessed: whoever is at this source holds one that the account accepts',
      '密钥无法猜解：此来源的使用者持有该账户接受的密钥',
    ],
  ],
  'brute-force': [
    ['{n:n} failed {service:family} logins from {from:source}', '{from} 的 {service} 登录失败 {n} 次'],
    [
      '{n:n} failed login{s} in {time:span}; under {k:n} in {w:n} min would be normal',
      '{time}内登录失败 {n} 次；正常情况下 {w} 分钟内少于 {k} 次',
    ],
    [
      '{n:n} failed login{s} in {time:span}, {burst:n} or more of them within {within:n} min; under {k:n} in {w:n} min would be normal',
      '{time}内登录失败 {n} 次，其中 {within} 分钟内达到 {burst} 次以上；正常情况下 {w} 分钟内少于 {k} 次',
    ],
    ['All against one name: {name:names}', '全部针对同一个用户名：{name}'],
    ['Against {n:n} name{s}: {names:names}', '针对 {n} 个用户名：{names}'],
    IN_VAIN,
    [
      'Users logged in by key from this address before; these tries are by password, or as others too',
      '此前有用户从此地址用密钥登录；这些尝试使用了密码，或还使用了其他用户名',
    ],
    [
      'The same users logged in by key from this address before: a job whose key or account was changed fails like this',
      '这些用户此前从此地址用密钥登录过：密钥或账户变更后的任务会这样失败',
    ],
  ],
  'slow-brute-force': [
    ['Slow guessing from {from:source}: {n:n} failure{s} in {time:span}', '{from} 缓慢猜解：{time}内失败 {n} 次'],
    [
      '{n:n} failed login{s} over {time:span}, {rate:n} an hour: never {most:n} in one hour; under {k:n} in {w:n} days would be normal',
      '{time}内登录失败 {n} 次，平均每小时 {rate} 次，任何一小时内都不到 {most} 次；正常情况下 {w} 天内少于 {k} 次',
    ],
    ['All as {name:names}', '全部使用用户名 {name}'],
    ['Against {n:n} name{s}: {names:names}', '针对 {n} 个用户名：{names}'],
    IN_VAIN,
  ],
  'invalid-user-spray': [
    ['{from:source} tried {n:n} name{s} that this host does not have', '{from} 尝试了本机不存在的 {n} 个用户名'],
    [
      '{n:n} name{s}{time:within}: {names:names}; under {k:n} in {w:n} min would be normal',
      '{time}尝试 {n} 个用户名：{names}；正常情况下 {w} 分钟内少于 {k} 个',
    ],
    IN_VAIN,
  ],
  'credential-stuffing': [
    ['{n:n} sources tried {names:n} names, about once each', '{n} 个来源尝试了 {names} 个用户名，每个约一次'],
    [
      '{n:n} source{s}{time:within}, at most {most:n} tries each; under {k:n} in {w:n} min would be normal',
      '{time}有 {n} 个来源，各尝试至多 {most} 次；正常情况下 {w} 分钟内少于 {k} 个',
    ],
    [
      '{n:n} different names per 100 attempts ({names:names}); everyday guessing tries the same few again and again',
      '每 100 次尝试中有 {n} 个不同的用户名（{names}）；平常的猜解只会反复尝试少数几个',
    ],
  ],
  'cross-service': [
    ['{from:source} attacks {services:terms}', '{from} 攻击多个服务：{services}'],
    [
      '{n:n} service{s} attacked{time:within} ({services:terms}), each at least {least:n} times in {w:n} h; no service would be normal',
      '{time}攻击 {n} 个服务（{services}），每个在 {w} 小时内至少 {least} 次；正常情况下一个也没有',
    ],
  ],
  'geo-velocity': [
    [
      '{user:text} logged in from {from:place}, then from {to:place} {time:span} later',
      '{user} 先从 {from} 登录，{time}后又从 {to} 登录',
    ],
    [
      'From {from:place} ({a:source}) to {to:place} ({b:source}) in {time:span}: at least {km:n} km, which takes {speed:n} km/h; up to {most:n} would be possible',
      '{time}内由 {from}（{a}）到 {to}（{b}）：至少 {km} 公里，时速需达 {speed} 公里；可能的上限为 {most} 公里',
    ],
    [
      'The places are known to within {km:n} km in all, which is taken off already',
      '两地位置的误差合计约 {km} 公里，已经扣除',
    ],
    [
      'Users of this host have logged in from the second address before: an account shared between two places looks like this',
      '本机用户此前曾从第二个地址登录：两地共用一个账户会是这种情形',
    ],
    [
      'The second address belongs to {who:text}: a VPN or a server there would explain it',
      '第二个地址属于 {who}：在那里使用 VPN 或服务器可以解释这一现象',
    ],
  ],
  'new-source-for-user': [
    [
      '{user:text} logged in from {from:source}, a network never seen for them',
      '{user} 从 {from} 登录，该用户从未使用过此网络',
    ],
    [
      '{n:n} login{s} in {time:span} came from {networks:n} network{s} ({list:names}); this one from {from:text}',
      '{time}内的 {n} 次登录来自 {networks} 个网络（{list}）；这一次来自 {from}',
    ],
    ['Its provider is one that the user has come from before', '该用户此前使用过同一运营商'],
  ],
  'password-login-on-key-host': [
    [
      '{user:text} logged in by {method:term} from {from:source}, where keys are the custom',
      '{user} 从 {from} 使用{method}登录，而这里惯用密钥',
    ],
    [
      '{user:text} had logged in {n:n} time{s} by key, and next to never by password',
      '{user} 此前用密钥登录 {n} 次，几乎从不使用密码',
    ],
    [
      'Users of this host had logged in {n:n} time{s} by key, and next to never by password',
      '本机用户此前用密钥登录 {n} 次，几乎从不使用密码',
    ],
  ],
  'quiet-hours': [
    [
      '{user:text} logged in from {n:n} further address{es} in the quiet hours',
      '{user} 在安静时段内又从 {n} 个地址登录',
    ],
    ['{user:text} logged in from the console in the quiet hours', '{user} 在安静时段内从控制台登录'],
    ['{user:text} logged in from {from:source} in the quiet hours', '{user} 在安静时段内从 {from} 登录'],
    [
      '{n:n} login{s} from {start:source} to {end:source} {zone:text} (the latest at {at:text}); none is expected then',
      '{start} 至 {end}（{zone}）登录 {n} 次（最近一次在 {at}）；此时段不应有登录',
    ],
    [
      '{user:text} logged in at these hours from {n:n} network{s}; the first {own:n} have findings of their own. Many people behind one account look like this',
      '{user} 在此时段从 {n} 个网络登录；前 {own} 个另有单独的发现。多人共用一个账户会是这种情形',
    ],
    [
      'Later logins by key show that {n:n} of the further ones {is a job|are jobs}',
      '之后的密钥登录表明，其中 {n} 个是定时任务',
    ],
    [
      'From the same network the user logged in {n:n} time{s} outside these hours by then',
      '截至当时，该用户在此时段之外从同一网络登录过 {n} 次',
    ],
    ['These hours are usual for this user', '该用户通常就在此时段登录'],
    [
      'Later logins, by key and around the clock or at one time of day, show that it is a job; those are left out',
      '之后的登录使用密钥，且全天都有或固定在某一时刻，说明是定时任务；这些登录不再计入',
    ],
    [
      'All by key, as a job would: if it is one, whitelist its address or set other hours',
      '全部使用密钥，像定时任务：如果确实是，请把其地址加入白名单，或调整时段',
    ],
  ],
  'root-login': [
    ['root logged in by password and by key from {from:source}', 'root 从 {from} 使用密码和密钥登录'],
    ['root logged in by password from {from:source}', 'root 从 {from} 使用密码登录'],
    ['root logged in by key from {from:source}', 'root 从 {from} 使用密钥登录'],
    ['root logged in from {from:source}', 'root 从 {from} 登录'],
    [
      "{n:n} login{s} as root over {time:span}; a user of one's own and sudo would be normal",
      '{time}内以 root 身份登录 {n} 次；正常做法是用自己的账户登录，再使用 sudo',
    ],
    [
      "{n:n} login{s} as root; a user of one's own and sudo would be normal",
      '以 root 身份登录 {n} 次；正常做法是用自己的账户登录，再使用 sudo',
    ],
    ...(
      [
        ['by password and by key', '密码和密钥'],
        ['by password', '密码'],
        ['by key', '密钥'],
      ] as const
    ).flatMap(([how, said]): Sentence[] => [
      [
        `{n:n} login{s} as root ${how} over {time:span}; a user of one's own and sudo would be normal`,
        `{time}内以 root 身份使用${said}登录 {n} 次；正常做法是用自己的账户登录，再使用 sudo`,
      ],
      [
        `{n:n} login{s} as root ${how}; a user of one's own and sudo would be normal`,
        `以 root 身份使用${said}登录 {n} 次；正常做法是用自己的账户登录，再使用 sudo`,
      ],
    ]),
    ['On {n:n} day{s}: a usual place for root, or a job', '{n} 天中均有登录：root 常用的来源，或是定时任务'],
    [
      '{n:n} source{s} had failed as root in the 24 h before the first of these logins: this password is being guessed at',
      '首次登录前 24 小时内有 {n} 个来源以 root 身份登录失败：此密码正在被猜解',
    ],
  ],
  'ssh-scan': [
    ['{n:n} connection{s} from {from:source} that probed SSH and went away', '{from} 探测 SSH 后断开，共 {n} 次连接'],
    [
      '{n:n} connection{s} in {time:span} that came to no login ({what:terms}); under {k:n} in 24 h would be normal',
      '{time}内有 {n} 次连接未进入登录（{what}）；正常情况下 24 小时内少于 {k} 次',
    ],
    ['None of them said anything: port monitoring looks the same', '这些连接都没有发送任何内容：端口监控也是这样'],
  ],
}
