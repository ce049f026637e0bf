/** Pollution of JavaScript's prototypes: a key by which a merged object reaches what all objects have. */
import type { PayloadSample, PayloadTarget, PayloadValue } from './define-payload.ts'

/** In a parameter's name, between brackets or dots; a filter that takes the word out once leaves `__pro__proto__to__`. */
const IN_NAME =
  /(?:^|&)[^=&]{0,200}(?:__proto__(?:\]|\.|\[|to__)|\[__proto__|\.__proto__\b|constructor\]?\s*[.[]\s*\[?prototype(?:[\].[=]|$)|\bconstconstructorructor\b)/
const AS_KEY = /["']__proto__["']\s*:\s*[{["'\dtfn]|["']constructor["']\s*:\s*\{\s*["']prototype["']\s*:/

/** Whether a parameter is named after the prototype. */
export function namesPrototype({ query }: PayloadTarget): boolean {
  return query.includes('proto') && IN_NAME.test(query)
}

/** Whether a value is an object with the prototype for a key. */
export function hasPrototypeKey({ place, lower }: PayloadValue): boolean {
  return place !== 'header' && lower.includes('proto') && AS_KEY.test(lower)
}

export const PROTOTYPE_FIRES: PayloadSample[] = [
  'GET /?__proto__[x]=1',
  'GET /?__proto__.isAdmin=true',
  'GET /?a[__proto__][b]=1',
  'GET /?constructor[prototype][x]=1',
  'GET /?constructor.prototype.x=1',
  'GET /?a.constructor.prototype.x=1',
  'GET /?%5F%5Fproto%5F%5F%5Bx%5D=1',
  'GET /?__pro__proto__to__[x]=1',
  'GET /?data={"__proto__":{"isAdmin":true}}',
  'GET /?data={"constructor":{"prototype":{"a":1}}}',
]

export const PROTOTYPE_QUIET: PayloadSample[] = [
  'GET /search?q=__proto__',
  'GET /search?q=what+is+constructor.prototype.call',
  'GET /docs/Object/__proto__',
  'GET /?constructor=ferrari&prototype=1',
  'GET /?filter[constructor]=mclaren',
  'GET /?prototype[name]=a',
]
