/**
 * Operators of document databases where a value should stand. Strapi, Feathers and others filter their lists with the
 * very same operators in the query, Parse and RESTHeart with JSON; so what counts is on what they stand, and with what.
 */
import type { PayloadSample, PayloadTarget, PayloadValue } from './define-payload.ts'

/** Nobody filters a list by a secret; by a person one may, but hardly by one of four letters at most. */
const SECRET = '(?:pass|password|passwd|passw|pwd|pw|otp|secret|api_?key|reset_?token|captcha)'
const PERSON = '(?:user|user_?name|login|log|email|mail)'
const OPERATOR = '(?:ne|n?in|[gl]te?|regex|exists|where|not|n?or|and|type|size|all|mod|elemmatch|expr)'

/** `user[$ne]=1`, `login[password][$regex]=.*`; not `filters[email][$eq]=a@b.example`, which Strapi sends. */
const ON_CREDENTIAL = new RegExp(
  `(?:^|&)(?!filters?\\[|where\\[|query\\[|q\\[|populate\\[)(?:\\w{1,32}\\[){0,3}(?:${SECRET}\\]?\\[\\$${OPERATOR}\\]|` +
    `${PERSON}\\]?\\[\\$(?:(?:ne|[gl]te?|nin|not)\\](?:\\[\\d?\\])?=(?:null|undefined|true|false|[^&]{0,4})(?:&|$)|(?:regex|exists|where|type|size)\\]))`,
)
/** A comparison that everything passes: greater than nothing, any text. Empty fields of a range are a form's. */
const TAKES_ALL = /(?:^|&)(?:id|_id|uid|q|search|name|key|value|param|data|filter)\[\$(?:gte?|ne)\]=(?:&|$)/
const ANY_TEXT = /\[\$regex\]=(?:\^?\.[*+]\$?|\^?\.\{\d*,?\d*\}\$?|\^|\^\.)(?:&|$)/
/** Code for the server to run. OData and Socrata have a $where of their own, without code in it. */
const CODE =
  /\[?\$(?:where|function|accumulator)\]?=[^&]{0,200}(?:\bthis\.|\bfunction\s*\(|\breturn\b|\bsleep\s*\(|\b(?:while|for)\s*\()/

/** Parameters in which programs send a query as JSON. */
const QUERIES =
  /^(?:where|filters?|query|q|find|conditions?|constraints|criteria|match|pipeline|aggregat\w*|selector|search|keys|projection)(?:$|\[)/
/** The value is an operator by itself, where text should be. */
const JSON_OPERATOR = /^\s*\{\s*["']\$(?:ne|n?in|[gl]te?|regex|exists|where)["']\s*:/
const JSON_CREDENTIAL = new RegExp(`["'](?:${SECRET}|${PERSON})["']\\s*:\\s*\\{\\s*["']\\$${OPERATOR}["']\\s*:`)
const JSON_CODE =
  /["']\$(?:where|function)["']\s*:\s*["'{][^}]{0,200}(?:\bthis\.|\bfunction\b|\breturn\b|\bsleep\s*\(|\bwhile\s*\()/

/** Leaves a string of JavaScript: `' || '1'=='1`, `';return true;//`. */
const SCRIPT =
  /^[^'"]{0,64}['"]\)*\s*(?:\|\|\s*['"]?\w{0,12}['"]?\s*={2,3}\s*['"]?\w|;\s*(?:return\s*(?:true|1|'|"|\(|this\b)|sleep\s*\(|while\s*\(|var\s+\w+\s*=)|(?:\|\||&&)\s*this\.\w)/

/** Whether the query names an operator on a value that has none. */
export function hasOperator({ query }: PayloadTarget): boolean {
  if (!query.includes('$')) return false
  return ON_CREDENTIAL.test(query) || TAKES_ALL.test(query) || ANY_TEXT.test(query) || CODE.test(query)
}

/** Whether the value is a query where text should be. */
export function isNoSql({ place, name, lower }: PayloadValue): boolean {
  if (place === 'header' || lower.length > 4096) return false
  if (SCRIPT.test(lower)) return true
  if (!lower.includes('$')) return false
  if (JSON_CREDENTIAL.test(lower) || JSON_CODE.test(lower)) return true
  return place === 'parameter' && !QUERIES.test(name) && JSON_OPERATOR.test(lower)
}

export const NOSQL_FIRES: PayloadSample[] = [
  'GET /login?user[$ne]=1&pass[$ne]=1',
  'GET /login?username[%24ne]=x&password[%24regex]=.*',
  'GET /login?login[email][$gt]=&login[password][$gt]=',
  'GET /item?id[$gt]=',
  'GET /search?name[$regex]=^.*',
  'GET /item?id={"$ne":null}',
  'GET /login?user=%7B%22%24gt%22%3A%22%22%7D',
  'GET /api?where={"username":"a","password":{"$regex":"^a"}}',
  'GET /item?$where=this.price%3C9||sleep(5000)',
  'GET /item?a[$where]=function(){return+true}',
  "GET /item?name=a'%20||%20'1'=='1",
  "GET /item?name=a';return+true;var+x='",
]

export const NOSQL_QUIET: PayloadSample[] = [
  'GET /api/articles?filters[title][$eq]=a&filters[$or][0][author][email][$ne]=b',
  'GET /api/users?age[$gt]=18&$limit=10&$sort[createdAt]=-1&status[$ne]=archived',
  'GET /api/users?email[$in][]=a@b.example&email[$eq]=a&user[$ne]=5f43a1b2c3',
  'GET /shop?price[$gte]=&price[$lte]=',
  'GET /shop?price[$]=9&sort[$date]=1',
  'GET /odata/Items?$filter=Price%20gt%2010&$select=Name&$orderby=Name',
  'GET /resource/x.json?$where=magnitude%20%3E%203.0&$limit=5',
  'GET /1/classes/Score?where={"score":{"$gte":1000,"$lte":3000}}',
  'GET /db/coll?filter={"status":{"$ne":"gone"},"email":"a"}',
  'GET /api?name[$regex]=smith',
  'GET /a?state={"$type":"a"}&params={"age":{"$gt":18}}',
  'GET /search?q=mongodb+$where+return',
  "GET /search?q=rock'n'roll;+return+tickets",
]
