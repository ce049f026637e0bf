/**
 * Scripts without a tag: what a payload does where it already stands inside a script or is handed to one (DOM-based
 * cross-site scripting). Each shape is a call or an assignment that is complete; the bare name of a function is prose.
 */

/** What attackers call to show that they can: nobody's form value is such a call and nothing else. */
const SHOW = '(?:alert|confirm|prompt|eval)'
const OPEN = '\\s{0,4}[(`]'

const SHAPES: readonly RegExp[] = [
  // alert(1), prompt(document.domain), and nothing else
  new RegExp(
    `^\\s*${SHOW}${OPEN}(?:\\d{0,9}|['"\`/][^()]{0,80}|document\\.[\\w.]{1,40})[)\`]\\s*;?(?://.{0,40})?\\s*$`,
  ),
  // ...alert(1)"> where an attribute or a tag ends
  new RegExp(`(?:^|["'\`=\\s])${SHOW}${OPEN}\\d{0,6}[)\`]\\s{0,4};?(?://)?["'\`]?\\s{0,4}>`),
  new RegExp(`\\(\\s{0,4}${SHOW}\\s{0,4}\\)${OPEN}`),
  new RegExp(`\\$\\{\\s{0,4}(?:${SHOW}|fetch|import|document|window)\\s{0,4}[(\`.[]`),
  new RegExp(`\\b(\\w{1,8})\\s{0,4}=\\s{0,4}${SHOW}\\s{0,4}[,;]\\s{0,4}\\1${OPEN}`),
  new RegExp(`\\bon(?:error|load)\\s{0,4}=\\s{0,4}(?:${SHOW}|print)\\s{0,4}[;,]`),
  // window['alert'], self['al'+'ert'], top[/al/.source+...]
  /\b(?:document|window|self|top|this|globalthis|frames|parent)\s{0,4}\[\s{0,4}(?:['"`](?:alert|confirm|prompt|eval|cookie|write|domain|fetch|location)['"`]|['"`]\w{1,8}['"`]\s{0,4}\+\s{0,4}['"`]|\/\w{1,12}\/\s{0,4}\.\s{0,4}source)/,
  // code out of a text
  /\bfunction\s{0,4}\(\s{0,4}['"`][^'"`]{0,120}['"`]\s{0,4}\)\s{0,4}[(`]/,
  /\bset(?:timeout|interval|immediate)\s{0,4}\(\s{0,4}['"`][^'"`]{0,40}(?:alert|eval|document|location|fetch|import|atob)\b/,
  /\bconstructor\s{0,4}(?:\.\s{0,4}constructor\b|\(\s{0,4}['"`])|\[\s{0,4}['"`]constructor['"`]\s{0,4}\]/,
  /\b(?:eval|settimeout|function)\s{0,4}\(\s{0,4}(?:atob|unescape|decodeuricomponent|string\.fromcharcode|location\.|name\b)/,
  /\bimport\s{0,4}\(\s{0,4}['"`](?:https?:)?\/\//,
  // the document's secrets on their way out
  /[+=(,?]\s{0,4}(?:document\s{0,4}\.\s{0,4}cookie|(?:local|session)storage\s{0,4}[.[])/,
  /\bnew\s{1,4}image\s{0,4}\(\s{0,4}\)\s{0,4}\.\s{0,4}src\s{0,4}=|\bnavigator\s{0,4}\.\s{0,4}sendbeacon\s{0,4}\(\s{0,4}['"`]/,
  // other contents for it
  /\bdocument\b[^=;]{1,60}\.(?:inner|outer)html\s{0,4}\+?=\s{0,4}['"`<]|\binsertadjacenthtml\s{0,4}\(\s{0,4}['"`]/,
  /(?:^|[;}>'"])\s{0,4}(?:window|self|top|parent|document)\s{0,4}\.\s{0,4}location(?:\.href)?\s{0,4}=\s{0,4}['"`](?:https?:)?\/\//,
]

/** Whether the text, in lower case, is script that acts on the page. */
export function actsOnDocument(text: string): boolean {
  if (!/[(`[=]/.test(text)) return false
  return SHAPES.some(shape => shape.test(text))
}
