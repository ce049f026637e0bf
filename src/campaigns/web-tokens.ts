/** What a web request tries, as one token: method and path with what varies taken out. */
const LOGIN =
  /(?:^|[/_.-])(?:log[_-]?in|sign[_-]?in|log[_-]?on|auth|session|sessions|wp-login\.php|xmlrpc\.php|account\/login|admin\/login)(?:[/_.-]|form|$)/i
const FORM =
  /join|register|registration|sign[_-]?up|subscribe|contact|comment|guestbook|feedback|reply|forum|topic|post(?:ing)?\.php|ucp\.php|form/i
const ASSET = /\.(?:css|js|mjs|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|eot|map|mp4|webm|pdf)$/i
/** Doors of programs: they answer a failed login with an error, and what they are sent without one is their traffic. */
const MACHINE =
  /\/(?:api|graphql|rest|rpc|v\d+|wp-json|wp-cron\.php|admin-ajax\.php|matomo\.php|piwik\.php|webhooks?|callback|oauth2?|token|collect|beacon|track|metrics|telemetry|rum|csp-report|microsoft-server-activesync|autodiscover|ews|mapi|rpcproxy\.dll|webmention)(?:\/|$)|\.json$/i
/** Doors at which servers, or resolvers, of others knock as a protocol has it: ActivityPub, Matrix, DNS over HTTPS, OCSP. */
const PEERS = /\/(?:inbox|_matrix\/(?:federation|key)|dns-query|ocsp)(?:\/|$)/i
/** What scripts call themselves, the attackers' too, as against programs with a name of their own. */
const BROWSER_OR_SCRIPT =
  /^(?:Mozilla|Opera)\/|\b(?:curl|wget|python|aiohttp|httpx|go-http-client|java|libwww|perl|ruby|php|node|axios|powershell)\b/i
const LONGEST_PATH = 200

/** What a path is for, in the numbers that the feed caches. */
export const PATH = { OTHER: 1, ASSET: 2, LOGIN: 3, FORM: 4 } as const

/** One of `PATH`, by the first 200 characters. */
export function pathClass(path: string): number {
  const bare = path.slice(0, LONGEST_PATH)
  if (ASSET.test(bare)) return PATH.ASSET
  if (LOGIN.test(bare)) return PATH.LOGIN
  return FORM.test(bare) ? PATH.FORM : PATH.OTHER
}

/** Whether programs talk there, and no people's forms are sent. */
export function isMachineDoor(path: string): boolean {
  return MACHINE.test(path.slice(0, LONGEST_PATH))
}

/** Whether servers of others post there, which refusals are part of. */
export function isPeersDoor(path: string): boolean {
  return PEERS.test(path.slice(0, LONGEST_PATH))
}

/** Whether the agent names a program of its own: another server, an app. Spam says that it is a browser. */
export function namesAProgram(agent: string): boolean {
  return agent !== '' && agent !== '-' && !BROWSER_OR_SCRIPT.test(agent)
}

/** The path without its host and with numbers, digests and long segments replaced, so that equal doors have equal names. */
export function pathTemplate(path: string): string {
  const local = path.startsWith('http') ? path.replace(/^https?:\/\/[^/]*/i, '') : path
  return local
    .slice(0, LONGEST_PATH)
    .split('/')
    .map(segment => {
      if (/^\d+$/.test(segment)) return '{n}'
      if (/^[0-9a-f-]{16,}$/i.test(segment)) return '{id}'
      return segment.length > 48 ? '{text}' : segment
    })
    .join('/')
}
