/** The page's style. Colours are named once, for a light and a dark ground; both reach a contrast of 4.5 to 1. */
const LIGHT = `
  color-scheme: light;
  --ground: #f7f7f5; --card: #ffffff; --sunk: #f2f2ef; --ink: #1b1e22; --soft: #5a616b; --line: #e2e2de; --hold: #c9cac5;
  --mark: #fdeebf; --bar: #aab1bb; --focus: #1f5fbf;
  --critical: #b3111e; --high: #b84a06; --medium: #7d6000; --low: #2f6299; --info: #5a616b; --on-critical: #ffffff;`
const DARK = `
  color-scheme: dark;
  --ground: #101316; --card: #171b1f; --sunk: #1e2328; --ink: #e6e8ea; --soft: #9ea6af; --line: #272d33; --hold: #404850;
  --mark: #4a3d12; --bar: #5d6772; --focus: #7fb2ff;
  --critical: #ff7a75; --high: #ffa05c; --medium: #e0be4c; --low: #84b4ea; --info: #9ea6af; --on-critical: #2b0706;`

export const STYLE = `
:root {${LIGHT}
  --sans: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) {${DARK}
} }
:root[data-theme=dark] {${DARK}
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 5rem; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 var(--sans); font-variant-numeric: tabular-nums; }
main, header, footer { max-width: 66rem; margin: 0 auto; padding: 0 1.5rem; }
h1, h2, h3 { line-height: 1.25; margin: 0; font-weight: 650; text-wrap: balance; }
h1 { font-size: clamp(1.5rem, 1.1rem + 1.9vw, 2.15rem); letter-spacing: -.018em; }
h2 { font-size: 1.15rem; letter-spacing: -.005em; margin: 3rem 0 .9rem; }
h3 { font-size: .82rem; font-weight: 600; color: var(--soft); margin: 1.5rem 0 .45rem; }
p { margin: 0; }
a { color: inherit; text-decoration-color: var(--hold); text-underline-offset: .2em; }
a:hover { text-decoration-color: currentColor; }
code, pre, .mono { font-family: var(--mono); font-size: .875em; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
.soft { color: var(--soft); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .4rem .8rem; z-index: 9; }

.top { display: flex; justify-content: space-between; align-items: center; gap: 1rem; padding-top: 1.4rem; font-size: .87rem; }
.name { font-weight: 650; letter-spacing: -.01em; }
button, select, input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 7px; padding: .38rem .7rem; }
button { cursor: pointer; }
button:hover, select:hover, input:hover { border-color: var(--hold); }
.quiet { background: none; border-color: transparent; color: var(--soft); margin-right: -.7rem; }
.lede { padding: 2.6rem 0 0; }
.lede p { color: var(--soft); margin-top: .35rem; max-width: 46rem; }
.lede h1 + p { margin-top: .9rem; }
.counts { display: flex; flex-wrap: wrap; gap: .4rem 2.2rem; list-style: none; padding: 0; margin: 1.8rem 0 0; }
.counts b { display: block; font-size: 1.7rem; line-height: 1.2; font-weight: 600; letter-spacing: -.02em; }
.counts .none { opacity: .45; }
.sev { white-space: nowrap; font-weight: 600; font-size: .87rem; }
.sev i { font-style: normal; display: inline-block; width: 1.15em; }
.critical .sev, .critical b { color: var(--critical); } .high .sev, .high b { color: var(--high); }
.medium .sev { color: var(--medium); } .low .sev { color: var(--low); } .info .sev { color: var(--info); }
.remarks { list-style: none; padding: .8rem 1rem; margin: 1.6rem 0 0; background: var(--sunk); border-radius: 8px; font-size: .9rem; }
.remarks li { padding-left: 1.3rem; position: relative; }
.remarks li + li { margin-top: .3rem; }
.remarks li::before { content: '!'; position: absolute; left: .3rem; font-weight: 700; color: var(--medium); }

.timeline { width: 100%; display: block; overflow: visible; font: 11.5px var(--sans); }
.timeline text { fill: var(--soft); }
.timeline line { stroke: var(--line); }
.timeline .bar { fill: var(--bar); }
.timeline .in { fill: var(--ink); }
.timeline .critical { fill: var(--critical); } .timeline .high { fill: var(--high); } .timeline .medium { fill: var(--medium); }
.timeline .low { fill: var(--low); } .timeline .info { fill: var(--info); }
.timeline .merged { opacity: .45; }
.timeline a rect { fill-opacity: .6; } .timeline a .critical { fill-opacity: 1; }
.timeline a:hover rect { stroke: var(--ink); stroke-width: 1.5; }

.filter { display: none; position: sticky; top: 0; z-index: 3; background: var(--ground); padding: .7rem 0; gap: .5rem; flex-wrap: wrap; align-items: center; border-bottom: 1px solid var(--line); font-size: .87rem; }
.js .filter { display: flex; }
.filter [name=text] { flex: 1 1 13rem; min-width: 0; }
.filter [name=source] { flex: 0 1 12rem; min-width: 0; }
.filter select { max-width: 11rem; }
.filter .pick { display: flex; gap: .25rem; border: 0; padding: 0; margin: 0; flex-wrap: wrap; }
.pick label { border: 1px solid var(--line); border-radius: 7px; padding: .38rem .6rem; cursor: pointer; background: var(--card); }
.pick label:has(:checked) { border-color: var(--hold); }
.pick label:not(:has(:checked)) { opacity: .5; }
.pick label:focus-within { outline: 2px solid var(--focus); outline-offset: 2px; }
.pick input { position: absolute; opacity: 0; pointer-events: none; }
.status { color: var(--soft); margin-left: auto; }
.more { display: block; margin: 1rem auto 0; }
[hidden] { display: none !important; }

.finding, .story { margin: 0 -.6rem; padding: 0 .6rem; border-bottom: 1px solid var(--line); }
.finding { content-visibility: auto; contain-intrinsic-size: auto 66px; }
.finding > summary, .story > summary { display: grid; grid-template-columns: 6.6rem 1fr auto 1rem; gap: .1rem 1rem; padding: .75rem 0; cursor: pointer; list-style: none; align-items: baseline; }
.finding > summary::-webkit-details-marker, .story > summary::-webkit-details-marker { display: none; }
.finding > summary::after, .story > summary::after { content: '+'; color: var(--soft); grid-column: 4; grid-row: 1; text-align: right; font-family: var(--mono); }
.finding[open] > summary::after, .story[open] > summary::after { content: '−'; }
.finding > summary:hover .title, .story > summary:hover .title { text-decoration: underline; text-decoration-color: var(--hold); text-underline-offset: .2em; }
.title { font-weight: 600; overflow-wrap: anywhere; }
.low .title, .info .title { font-weight: 450; }
.brief { grid-column: 2 / 4; color: var(--soft); font-size: .87rem; overflow-wrap: anywhere; }
.risk { color: var(--soft); font-size: .87rem; white-space: nowrap; }
.critical > summary .sev { background: var(--critical); color: var(--on-critical); border-radius: 5px; padding: .1rem .5rem .1rem .4rem; margin-left: -.4rem; justify-self: start; }
.chain { grid-column: 2 / 4; display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .45rem; font-size: .82rem; margin-top: .2rem; }
.chain b { color: var(--ink); font-weight: 500; border: 1px solid var(--hold); border-radius: 99px; padding: 0 .6rem; white-space: nowrap; }
.chain i { font-style: normal; color: var(--soft); }
.parts { margin: 0 0 1rem 1rem; padding-left: 1.4rem; border-left: 2px solid var(--hold); }
.parts > p { font-size: .87rem; padding: .1rem 0 .5rem; overflow-wrap: anywhere; } .parts > .finding:last-child { border-bottom: 0; }
.parts .finding > summary { padding: .5rem 0; }
.body { padding: .2rem 0 2rem 7.6rem; } .parts .body { padding-left: 0; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.4rem; margin: 0; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.chip { font-family: var(--mono); font-size: .9em; overflow-wrap: anywhere; }
.chips { display: flex; flex-wrap: wrap; gap: .15rem .9rem; list-style: none; padding: 0; margin: 0; }
.fold > summary { cursor: pointer; color: var(--soft); font-size: .87rem; padding: .15rem 0; width: fit-content; }
.why { padding: 0; margin: 0; list-style: none; }
.why li { max-width: 46rem; overflow-wrap: anywhere; }
.why li + li { margin-top: .55rem; }
.compare { display: grid; grid-template-columns: max-content minmax(4rem, 16rem) max-content; gap: .1rem .8rem; align-items: center; font-size: .82rem; color: var(--soft); margin-top: .15rem; }
.meter { width: 100%; height: 6px; display: block; border-radius: 3px; background: var(--sunk); }
.meter rect { fill: var(--bar); }
.meter.seen rect { fill: var(--ink); }
.proof { list-style: none; padding: 0; margin: 0; border-radius: 8px; background: var(--sunk); }
.proof li { display: grid; grid-template-columns: 3.6rem 1fr; gap: .9rem; padding: .32rem .9rem; }
.proof li:first-child { padding-top: .65rem; } .proof li:last-child { padding-bottom: .65rem; }
.proof .path { display: block; color: var(--soft); }
.proof .at { color: var(--soft); text-align: right; user-select: none; }
.proof code { white-space: pre-wrap; overflow-wrap: anywhere; }
mark { background: var(--mark); color: inherit; border-radius: 2px; box-shadow: 0 0 0 1px var(--mark); }
.command { position: relative; margin: 0 0 .5rem; }
.command pre { margin: 0; padding: .65rem .9rem; background: var(--sunk); border-radius: 8px; white-space: pre-wrap; overflow-wrap: anywhere; }
.copy { display: none; position: absolute; top: .35rem; right: .4rem; padding: .1rem .5rem; font-size: .8rem; }
.js .copy { display: block; }
.js .command:has(.copy) pre { padding-right: 4.6rem; }

.scroll { overflow: auto; max-height: 34rem; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; }
th { text-align: left; font-weight: 600; color: var(--soft); position: sticky; top: 0; background: var(--ground); white-space: nowrap; box-shadow: inset 0 -1px var(--line); }
th, td { padding: .38rem 1.3rem .38rem 0; vertical-align: baseline; }
td { border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: .2rem; }
.body table { width: auto; } .body th, .body td { padding-right: 2rem; }
.num { text-align: right; }
td .meter { width: 5rem; display: inline-block; vertical-align: middle; margin-right: .6rem; }
th button { all: unset; cursor: pointer; }
th button:hover { color: var(--ink); }
th button:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
th[aria-sort=ascending] button::after { content: ' ↑'; } th[aria-sort=descending] button::after { content: ' ↓'; }
.source-pick { all: unset; cursor: pointer; font-family: var(--mono); font-size: .86em; }
.js .source-pick { text-decoration: underline; text-decoration-color: var(--hold); text-underline-offset: .2em; }
.source-pick:focus-visible { outline: 2px solid var(--focus); }
.nowrap { white-space: nowrap; }
.plain { list-style: none; padding: 0; margin: 0; }
.plain li + li { margin-top: .35rem; }
footer { margin-top: 3.5rem; padding-top: 1.2rem; padding-bottom: 3rem; color: var(--soft); font-size: .84rem; overflow-wrap: anywhere; }
footer p + p { margin-top: .25rem; }

@media (max-width: 44rem) {
  main, header, footer { padding: 0 1rem; }
  .lede { padding-top: 1.8rem; }
  .counts { display: grid; grid-template-columns: repeat(5, 1fr); gap: 0; } .counts b { font-size: 1.35rem; }
  .counts .sev { font-size: .78rem; } .counts i, .pick i { display: none; }
  .finding > summary, .story > summary { grid-template-columns: 1fr auto 1rem; row-gap: .3rem; }
  .sev, .risk { grid-row: 1; } .risk { grid-column: 2; } .finding > summary::after, .story > summary::after { grid-column: 3; }
  .finding > summary .sev, .story > summary .sev { justify-self: start; }
  .finding .title, .story .title, .brief, .chain { grid-column: 1 / -1; }
  .parts { margin-left: 0; padding-left: .9rem; }
  .body { padding-left: 0; }
  .facts { gap: .3rem 1rem; }
  .proof li { grid-template-columns: 1fr; gap: 0; } .proof .at { text-align: left; }
  .filter { position: static; } .filter select, .pick label { flex: 1; text-align: center; } .filter .pick { width: 100%; }
  .filter [name=text], .filter [name=source] { flex: 1 1 100%; }
  .timeline .even { display: none; }
  footer { padding-bottom: 2rem; }
}
@media (pointer: coarse) { button, select, input, .pick label { min-height: 2.6rem; } th button, .source-pick, .copy { min-height: 0; } }
@media print {
  :root, :root[data-theme] {${LIGHT}
    --ground: #fff; --sunk: #f5f5f5; }
  body { font-size: 10pt; } main, header, footer { max-width: none; padding: 0; }
  .filter, .js .filter { display: block; position: static; padding: 0; border: 0; } .filter > :not(.status),
  .copy, .js .copy, .more, .theme, .skip, .finding > summary::after, .story > summary::after { display: none; }
  .finding { content-visibility: visible; } .finding > summary, .proof li, tr { break-inside: avoid; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  .body { padding-left: 0; } .scroll { max-height: none; overflow: visible; } th { position: static; }
  h2, h3 { break-after: avoid; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`
