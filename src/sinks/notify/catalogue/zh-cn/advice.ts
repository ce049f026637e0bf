/** What recommendations say above their commands; the commands stay. */
import type { Sentence } from '../sentences.ts'

export const ZH_ADVICE: readonly Sentence[] = [
  [
    'Shut the source out (a route; where the host has a firewall, its own rule is better). Make sure first that it is not you.',
    '封锁该来源（使用黑洞路由；本机有防火墙时，最好用防火墙规则）。请先确认那不是您自己。',
  ],
  ['Shut the source out. Make sure first that it is not you.', '封锁该来源。请先确认那不是您自己。'],
  [
    '{n:n} sources are one set, not {m:n} rules: write them to {file:source} (the report lists them), one a line, then load it.',
    '{n} 个来源应放进一个集合，而不是写成 {m} 条规则：把它们写入 {file}（报告中列出），每行一个，然后加载。',
  ],
  [
    'A source is inside your own network: look at that machine. If it is a proxy or the gateway of a container, everybody comes through it: have it hand on the address of the client, and the client is told instead.',
    '有来源位于您自己的网络内：请检查该机器。如果它是代理或容器网关，所有访客都经过它：请让它转发客户端地址，这样报告的将是客户端本身。',
  ],
  ...(
    [
      ['Some sources', 'leave its addresses out of the file', '请勿将其地址写入该文件'],
      ['Some sources', 'do not block its addresses', '请勿封锁其地址'],
      ['Sources', 'do not block its addresses', '请勿封锁其地址'],
    ] as const
  ).map(
    ([which, them, said]): Sentence => [
      `${which} are proxies of {who:text}, which bring everybody: ${them}. If they stand before this web server: log the address that they forward, and set [web] trusted_proxies = [{list:text}].`,
      `部分来源是 {who} 的代理，所有访客都可能经过它们：${said}。如果它们位于本 Web 服务器之前：请在日志中记录其转发的地址，并设置 [web] trusted_proxies = [{list}]。`,
    ],
  ),
  [
    'Passwords can be guessed, keys cannot: when every user has a key, switch passwords off.',
    '密码可以被猜解，密钥不能：所有用户都有密钥后，请关闭密码登录。',
  ],
  [
    'The internet need not reach {what:text}: let it listen on 127.0.0.1 or a private network, or let the firewall pass only those who use it.',
    '{what} 无需向互联网开放：请让它只监听 127.0.0.1 或内网，或由防火墙仅放行需要使用它的来源。',
  ],
  [
    'Ask {user:text} whether that was them. If not: lock the account in {what:text}, end its sessions, and give it a new password.',
    '请向 {user} 确认是否为本人。如果不是：在 {what} 中锁定该账户，结束其会话，并更改其密码。',
  ],
  [
    'Log in as a user of your own and use sudo: then the log says who it was. Root keeps at most its key.',
    '请用自己的账户登录，再使用 sudo：这样日志会记录是谁。root 至多保留密钥登录。',
  ],
  [
    'Ask whether that was you. If not: give root a new password, remove its unknown keys, and see who is logged in.',
    '请确认是否为您本人。如果不是：更改 root 密码，删除未知密钥，并查看当前登录者。',
  ],
  [
    'Ask {user:text} whether that was them. If not: lock the account (password and keys) and end its sessions.',
    '请向 {user} 确认是否为本人。如果不是：锁定该账户（密码与密钥），并结束其会话。',
  ],
  [
    'Ask {user:text} whether that was them, and see why sshd takes passwords.',
    '请向 {user} 确认是否为本人，并检查 sshd 为何接受密码。',
  ],
  ['Ask whoever uses {user:text} whether that was them.', '请向使用 {user} 的人确认是否为本人。'],
  ['Ask {user:text} whether that was them.', '请向 {user} 确认是否为本人。'],
  ['Ask whether that login was wanted.', '请确认这次登录是否正常。'],
  ['See what the account did, and which keys open it.', '查看该账户的活动，以及可登录它的密钥。'],
  ['Give the account a new password.', '更改该账户的密码。'],
  [
    'A rate says that it is more than usual, not that it is an attack: a link that went round, a backup or a test of your own looks the same. Look at the lines.',
    '速率只说明比平常多，并不说明是攻击：链接被广泛转发、备份或您自己的测试也会这样。请查看日志行。',
  ],
  [
    'Nobody is proven to attack: it is only more than this server has seen. Look at the lines; if it was you (a new service, a test, many guests), nothing is to be done.',
    '没有证据表明有人攻击：只是超出了本服务器以往的情况。请查看日志行；如果是您自己所为（新服务、测试、访客增多），无需处理。',
  ],
  [
    'Ask who appointed it. If nobody did, take it out and see what it has done.',
    '请确认是谁授权的。如果没有人授权，请将其移出，并查看它做过什么。',
  ],
  [
    'Ask who made it. If nobody did, lock it and look at what it can be reached with.',
    '请确认是谁创建的。如果没有人创建，请锁定它，并检查可用什么方式登录它。',
  ],
  ['Find out who was at this host at that time.', '请查明当时是谁在使用本机。'],
  [
    'If a job of yours runs there, its key or password is out of date.',
    '如果那里运行着您的任务，说明其密钥或密码已失效。',
  ],
  ['If a program of yours runs there, its password is out of date.', '如果那里运行着您的程序，说明其密码已失效。'],
  [
    'If nobody can say why they are there, see what was installed at that time.',
    '如果没有人知道这些账户的来历，请查看当时安装了什么。',
  ],
  ['If this is your own monitoring, whitelist its address.', '如果这是您自己的监控，请将其地址加入白名单。'],
  [
    'Limit the rate of requests by source in the web server (limit_req, mod_ratelimit).',
    '请在 Web 服务器中按来源限制请求速率（limit_req、mod_ratelimit）。',
  ],
  [
    'Limit the rate of this path in the web server, and ask for a second factor behind it.',
    '请在 Web 服务器中限制此路径的请求速率，并为登录启用双因素认证。',
  ],
  [
    'Look in the application for the account that logged in then; end its sessions, change its password.',
    '请在应用中找出当时登录的账户；结束其会话，更改其密码。',
  ],
  ['Make sure that it was you or a job of yours.', '请确认那是您本人或您的任务。'],
  ['No package and no installer does this. Find out who did.', '软件包和安装程序都不会这样做。请查明是谁所为。'],
  [
    'See whether the clock was set, and what the journal has of that time.',
    '查看时钟是否被调整，以及 journal 中那段时间的记录。',
  ],
  ['See whether the host was off at that time.', '查看主机当时是否关机。'],
  ['See which accounts can log in.', '查看哪些账户可以登录。'],
  ['See who has the number 0.', '查看哪些账户的用户编号为 0。'],
  ['Surveys publish how to be left out of them; blocking is not needed.', '这类普查会公布退出方式；无需封锁。'],
  [
    'Switch forward proxying off (ProxyRequests Off in Apache; no proxy_pass to $http_host in nginx) and answer unknown hosts with 421 or 444.',
    '请关闭正向代理（Apache 中设 ProxyRequests Off；nginx 中不要 proxy_pass 到 $http_host），并对未知主机名返回 421 或 444。',
  ],
  ['Take it out of the group.', '将其移出该用户组。'],
  [
    'Where nobody posts through it, switch xmlrpc.php off in the web server.',
    '如果没有人通过 xmlrpc.php 发布内容，请在 Web 服务器中停用它。',
  ],
  [
    "Check the job or program that logs in as {users:names} from {from:text}: its key, its known user name, and the account's authorized_keys.",
    '请检查从 {from} 以 {users} 身份登录的任务或程序：其密钥、用户名，以及该账户的 authorized_keys。',
  ],
  [
    'Look at what was served, remove it from the document root, and renew any secret in it: {paths:names}',
    '请检查已返回的内容，将其移出网站目录，并更换其中的密钥与密码：{paths}',
  ],
  [
    'Your users log in by key from {from:text}: find out which machine behind it tries passwords or other names.',
    '您的用户从 {from} 用密钥登录：请查明其后是哪台机器在尝试密码或其他用户名。',
  ],
]
