/** Injection into a database's queries. */
import { definePayload } from './define-payload.ts'
import { hasOperator, isNoSql, NOSQL_FIRES, NOSQL_QUIET } from './nosql.ts'
import { sqlTokens } from './sql-tokens.ts'

/**
 * Shapes of an injection in the letters of sql-tokens.ts. Each needs structure that prose does not have: a comparison of
 * two literals behind a logic word, a select list behind UNION, a statement behind a semicolon.
 */
const ANYWHERE: readonly RegExp[] = [
  // union [all] select 1,2 / * / null / f() ; union select name from, name, name)
  /UA?\(*SA?[(]*(?:[nsNvgfEC+(]|[wi][,Fc;)])/,
  // and 1=1, or 'a'='a', where 5=5, having 1=1, and (select ...
  /[&WH]\(*[+]*[nsN]\)*=[(+]*[nsNgfESv(]/,
  /[&WH|]\(*[gf]\([^;]{0,80}=[(+]*[nsNgfE(]/,
  /[&=,|+]\(*E\(/,
  /[&]\(+SA?/,
  // a subquery where a value should stand
  /[=+|,]\(+SA?\(*[nsNvgfECwi+]/,
  /S\(*C/,
  /[(S,]C(?:\(*[ns]=|E|n)/,
  /g\(+n=n/,
  /[(,]n=n\)[+&|]/,
  /\(+Sg\([^)]{0,12}\)F/,
  /SA?[wig+][^;]{0,60}Fi/,
  // another statement
  /;\(*(?:SA?\(*[nsNvgfECS+(]|D|T|[gE]\()/,
  /;Sw+,?[^;]{0,40}F/,
  /E\(\(*[nsvSgEN]/,
  /T\(?s/,
  /Is/,
  /n&n\)*c/,
]

/** Shapes that count only behind the quote, bracket or number that leaves the host query's value. */
const BROKEN_OUT: readonly RegExp[] = [
  /^q\)*[&|]\(*(?:[nswN]=?[nsw]?\)*c|w=w)/,
  /^q\)*[&|]\(*[nsN]\)*=/,
  /^q=s$/,
  /^q\)*[+|]\(*S/,
  /^q\)*;?\(*[DT]/,
  /^q\)*[+|]\(*[gE]\(.*\)[+|]/,
  /^q?n?\)*&\(*[gf]\(/,
  /^(?:q\)*|n?\)+)O[nw](?:,[nw])*c?/,
  /^[+]?n\)*O[n](?:,n)*c/,
  /^q[w)]{0,6}(?:O[n](?:,n)*c|UA?S)/,
  /^q?\)*;\)*(?:[gES]|w\()/,
  /^(?:q|[+]?n)\)+(?:U|[&WH]\(*[nsgfES])/,
  /^q\)*w?w?\)*UA?S/,
  /^q\)*[=]\(*(?:S|[gE]\()/,
  /^[+]?n\)*UA?S/,
]

/** `admin'--`, `x') #`: leaves the string and cuts off the rest of the query. */
const CUT_OFF = /^[^'"]{0,64}['"]\)*\s*(?:--[\s+-]*$|--[\s+]*\w{1,8}$|#\s*$|\/\*[^*]{0,20}$|;\s*(?:--|#)\s*)/

/** A text with none of these has no SQL in it. */
const WORTH_A_LOOK = /['"();=*|#-]|\b(?:union|select|waitfor|having)\b/

const LONGEST = 4096

function isInjection(lower: string): boolean {
  if (!WORTH_A_LOOK.test(lower)) return false
  const text = lower.length > LONGEST ? lower.slice(0, LONGEST) : lower
  if (!text.includes('/*')) return hasShape(text)
  // /*!50000union*/ is code to MySQL; a comment between letters joins them for some filters and parts them for SQL.
  const bare = text
    .replace(/\/\*!\d{0,6}/g, ' ')
    .replace(/\/\*[^*]{0,40}\*\//g, '\0')
    .replaceAll('*/', ' ')
  return hasShape(bare.replaceAll('\0', ' ')) || hasShape(bare.replaceAll('\0', ''))
}

function hasShape(text: string): boolean {
  if (CUT_OFF.test(text) && !/\w\s+\w+['"]\s+--/.test(text)) return true
  const plain = sqlTokens(text, 0, false)
  if (matches(plain)) return true
  for (const quote of ["'", '"']) {
    const at = text.indexOf(quote)
    if (at >= 0 && matches(sqlTokens(text, at + 1, true))) return true
  }
  return false
}

function matches(tokens: string): boolean {
  for (const shape of ANYWHERE) if (shape.test(tokens)) return true
  for (const shape of BROKEN_OUT) if (shape.test(tokens)) return true
  return false
}

export const sqlInjection = definePayload({
  id: 'sql_injection',
  title: 'SQL or NoSQL injection',
  severity: 'high',
  exploit: true,
  technique: 'T1190',
  // One family: there are no more bits than families, and who sends either is after the same.
  value: value => isInjection(value.lower) || isNoSql(value),
  target: hasOperator,
  fires: [
    ...NOSQL_FIRES,
    "GET /item?id=1'+or+'1'='1",
    'GET /item?id=1%20and%201=1',
    'GET /item?id=-1+union+select+1,2,3--+-',
    'GET /item?id=1/**/union/**/select/**/null,null',
    'GET /item?id=1;drop+table+users',
    "GET /login?user=admin'--",
    'GET /item?id=1%2527%2520or%25201=1',
    'GET /item?id=1+and+sleep(5)',
    "GET /item?id=1';waitfor+delay+'0:0:5'--",
    'GET /item?id=/*!50000union*/+/*!50000select*/+1',
    "GET /news/1'+and+(select+1+from+users)='1",
    'GET /item?id=1+order+by+10--',
    'GET /item?id=(select+concat(user,0x3a,password)+from+information_schema.tables)',
    { agent: "x'+(select*from(select(sleep(20)))a)+'" },
    { value: '1) as a where 5=5 union all select null,null#' },
    { value: "' or ''='" },
    { value: '1 and extractvalue(1,concat(0x7e,version()))' },
  ],
  quiet: [
    ...NOSQL_QUIET,
    'GET /search?q=rock+and+roll',
    "GET /search?name=O'Brien",
    'GET /search?q=select+a+union+representative',
    "GET /search?q=the+boys'+--+a+story",
    'GET /shop?q=union+select+committee',
    'GET /shop?q=toppings+(select+2)',
    'GET /shop?q=1+or+2+bedrooms',
    'GET /a?q=drop+table+cloth',
    'GET /a?filter=status+%3D+%22open%22+and+type+%3D+%22bug%22',
    "GET /a?title=It's+5+o'clock+and+all+is+well",
    'GET /a?q=c%23+--+an+introduction',
    'GET /a?q=%22to+be%22+or+%22not+to+be%22',
    'GET /a?id=550e8400-e29b-41d4-a716-446655440000',
    'GET /a?t=order+by+phone',
    'GET /a?q=how+to+sleep+(better)',
    {
      agent:
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36',
    },
    { value: "d'amico & sons, 12 and 14 high street" },
    { value: 'plaza pont 47, 6?e' },
  ],
})
