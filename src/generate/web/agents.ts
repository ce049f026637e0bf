/** Who they say they are. */
import { weighted } from '../draw.ts'

const CHROME = (system: string, version: number): string =>
  `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`
const FIREFOX = (system: string, version: number): string =>
  `Mozilla/5.0 (${system}; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`

const WINDOWS = 'Windows NT 10.0; Win64; x64'
const MAC = 'Macintosh; Intel Mac OS X 10_15_7'
const LINUX = 'X11; Linux x86_64'

export const BROWSERS = weighted([
  [CHROME(WINDOWS, 138), 20],
  [CHROME(WINDOWS, 139), 14],
  [CHROME(MAC, 139), 9],
  [CHROME(MAC, 138), 5],
  [CHROME(LINUX, 138), 3],
  [`${CHROME(WINDOWS, 138)} Edg/138.0.0.0`, 7],
  [FIREFOX(WINDOWS, 141), 7],
  [FIREFOX('Macintosh; Intel Mac OS X 10.15', 141), 3],
  [FIREFOX(LINUX, 140), 3],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    16,
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
    7,
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36',
    14,
  ],
  [
    'Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
    4,
  ],
])

export const CRAWLERS = [
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)',
  'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
  'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)',
] as const

export const FEED_READERS = [
  'Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)',
  'Tiny Tiny RSS/24.11 (https://tt-rss.org/)',
  'FreshRSS/1.26.3 (Linux; https://freshrss.org)',
  'Miniflux/2.2.10; +https://miniflux.app',
] as const

export const UPTIME = 'Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)'

/** What strangers call themselves: nothing, a library, a scanner that owns up to it, or a browser out of a list. */
export const STRANGERS = weighted([
  ['-', 18],
  ['Mozilla/5.0', 8],
  ['Mozilla/5.0 zgrab/0.x', 10],
  ['Go-http-client/1.1', 9],
  ['python-requests/2.32.3', 8],
  ['curl/7.88.1', 5],
  ['Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)', 5],
  ['Mozilla/5.0 (compatible; InternetMeasurement/1.0; +https://internet-measurement.com/)', 3],
  ['Hello World', 1],
  ['Custom-AsyncHttpClient', 3],
  [CHROME(WINDOWS, 78), 8],
  [CHROME(WINDOWS, 120), 8],
  [CHROME(LINUX, 108), 7],
  [FIREFOX(LINUX, 115), 4],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
    3,
  ],
])
