/** The variables of a `log_format` (nginx) or LogFormat (Apache) string, and what they mean to us. */

/** What a variable's text becomes. `skip`: read over. */
export type Slot =
  | 'peer'
  | 'forwarded'
  | 'client'
  | 'user'
  | 'clf-time'
  | 'bracketed-clf-time'
  | 'iso-time'
  | 'epoch'
  | 'request'
  | 'method'
  | 'target'
  | 'path'
  | 'query'
  | 'protocol'
  | 'status'
  | 'size'
  | 'referrer'
  | 'agent'
  | 'vhost'
  | 'port'
  | 'skip'

/** A text that the slot can have, for the sample that every format carries. */
export const SLOT_SAMPLES: Readonly<Record<Slot, string>> = {
  peer: '192.0.2.1',
  forwarded: '-',
  client: '-',
  user: '-',
  'clf-time': '17/May/2025:10:05:03 +0000',
  'bracketed-clf-time': '[17/May/2025:10:05:03 +0000]',
  'iso-time': '2025-05-17T10:05:03+00:00',
  epoch: '1747476303.000',
  request: 'GET /a?b=1 HTTP/1.1',
  method: 'GET',
  target: '/a?b=1',
  path: '/a',
  query: 'b=1',
  protocol: 'HTTP/1.1',
  status: '200',
  size: '512',
  referrer: '-',
  agent: 'Mozilla/5.0',
  vhost: 'www.example',
  port: '40123',
  skip: '-',
}

export const NGINX_VARIABLES: Readonly<Record<string, Slot>> = {
  remote_addr: 'peer',
  realip_remote_addr: 'skip',
  proxy_protocol_addr: 'client',
  binary_remote_addr: 'skip',
  remote_port: 'port',
  http_x_forwarded_for: 'forwarded',
  proxy_add_x_forwarded_for: 'forwarded',
  http_x_real_ip: 'client',
  http_cf_connecting_ip: 'client',
  http_true_client_ip: 'client',
  remote_user: 'user',
  time_local: 'clf-time',
  time_iso8601: 'iso-time',
  msec: 'epoch',
  request: 'request',
  request_method: 'method',
  request_uri: 'target',
  uri: 'path',
  document_uri: 'path',
  args: 'query',
  query_string: 'query',
  server_protocol: 'protocol',
  status: 'status',
  body_bytes_sent: 'size',
  bytes_sent: 'skip',
  http_referer: 'referrer',
  http_user_agent: 'agent',
  host: 'vhost',
  http_host: 'vhost',
  server_name: 'vhost',
  server_port: 'skip',
  server_addr: 'skip',
  request_time: 'skip',
  request_length: 'skip',
  request_id: 'skip',
  connection: 'skip',
  scheme: 'skip',
  connection_requests: 'skip',
  gzip_ratio: 'skip',
  pipe: 'skip',
  hostname: 'skip',
  pid: 'skip',
  https: 'skip',
  is_args: 'skip',
  request_body: 'skip',
  request_completion: 'skip',
  content_type: 'skip',
  content_length: 'skip',
  limit_rate: 'skip',
  request_filename: 'skip',
  document_root: 'skip',
  nginx_version: 'skip',
  proxy_host: 'skip',
  proxy_port: 'skip',
  tcpinfo_rtt: 'skip',
  namespace: 'skip',
  ingress_name: 'skip',
  service_name: 'skip',
  service_port: 'skip',
  req_id: 'skip',
  http2: 'skip',
  http3: 'skip',
}

/** Families of nginx variables that carry nothing for us. */
export const NGINX_PREFIXES: readonly string[] = [
  'http_',
  'sent_http_',
  'sent_trailer_',
  'upstream_',
  'cookie_',
  'arg_',
  'ssl_',
  'geoip_',
  'geoip2_',
  'proxy_',
  'tcpinfo_',
  'jwt_',
  'limit_',
]

/** Apache's directives by their letter. */
export const APACHE_DIRECTIVES: Readonly<Record<string, Slot>> = {
  h: 'peer',
  a: 'peer',
  A: 'skip',
  l: 'skip',
  u: 'user',
  t: 'bracketed-clf-time',
  r: 'request',
  m: 'method',
  U: 'path',
  q: 'query',
  H: 'protocol',
  s: 'status',
  b: 'size',
  B: 'size',
  O: 'skip',
  I: 'skip',
  S: 'skip',
  D: 'skip',
  T: 'skip',
  v: 'vhost',
  V: 'vhost',
  p: 'skip',
  P: 'skip',
  k: 'skip',
  X: 'skip',
  L: 'skip',
  f: 'skip',
  R: 'skip',
  i: 'skip',
  o: 'skip',
  e: 'skip',
  n: 'skip',
  C: 'skip',
}

/** Apache's request headers that mean something: `%{Name}i`, in lower case. */
export const APACHE_HEADERS: Readonly<Record<string, Slot>> = {
  referer: 'referrer',
  'user-agent': 'agent',
  'x-forwarded-for': 'forwarded',
  'x-real-ip': 'client',
  'cf-connecting-ip': 'client',
  'true-client-ip': 'client',
  host: 'vhost',
}
