/** Cross-site scripting. */
import { definePayload } from './define-payload.ts'

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
const WHOLE_URL = /^\s*["']?\s*(?:javascript|vbscript|livescript):\s*\S|^\s*data:text\/html[;,]/
const DOCUMENT =
  /\bdocument\s*\.\s*(?:cookie|write(?:ln)?|location|domain)\s*(?:=|\()|\balert\s*\(\s*(?:document\.|string\.fromcharcode|['"`/]?xss)|string\s*[.[]\s*['"]?fromcharcode/
const STYLE = /\b(?:expression\s*\(|-moz-binding\s*:|background(?:-image)?\s*:\s*url\s*\(\s*["']?\s*javascript:)/

const LONGEST = 8192

function isScript(lower: string): boolean {
  if (!/[<>'"`:(=]/.test(lower)) return false
  const text = (lower.length > LONGEST ? lower.slice(0, LONGEST) : lower).replace(/[\0\x01-\x08\x0b\x0c\x0e-\x1f]/g, '')
  if (text.includes('<') && hasActiveTag(text)) return true
  return (
    WHOLE_URL.test(text.replace(/[\t\r\n]/g, '')) ||
    BREAK_OUT.test(text) ||
    ATTRIBUTE.test(text) ||
    ASSIGNED.test(text) ||
    DOCUMENT.test(text) ||
    STYLE.test(text)
  )
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
  value: value => isScript(value.lower),
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
    { value: 'base64: PHNjcmlwdD4=' },
  ],
})
