/**
 * The page's script, as the browser gets it. The content is in the HTML already: this only filters, sorts, pages,
 * copies and switches the ground. It reads text and sets `hidden`; it never makes HTML out of log text.
 */
export const SCRIPT = `'use strict';
(() => {
  const root = document.documentElement
  root.classList.add('js')
  const one = (selector, from = document) => from.querySelector(selector)
  const all = (selector, from = document) => [...from.querySelectorAll(selector)]

  one('.theme').addEventListener('click', () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
    root.dataset.theme = dark ? 'light' : 'dark'
  })

  document.addEventListener('click', async event => {
    const copy = event.target.closest('.copy')
    if (!copy) return
    const pre = one('pre', copy.parentElement)
    try {
      await navigator.clipboard.writeText(pre.textContent)
      copy.textContent = 'Copied'
    } catch {
      // Pages opened from a file may not use the clipboard: the text is selected instead.
      getSelection().selectAllChildren(pre)
      copy.textContent = 'Selected'
    }
    setTimeout(() => { copy.textContent = 'Copy' }, 1600)
  })

  const PAGE = 100
  const form = one('.filter')
  const status = one('.status')
  const more = one('.more')
  let limit = PAGE
  const stories = all('.story')
  const opened = new Set()
  const cards = all('.finding').map(element => {
    let text
    let sources
    const story = element.closest('.story')
    const title = story ? one('summary', story).textContent + ' ' : ''
    return {
      element, story,
      severity: element.dataset.severity, kind: element.dataset.kind, rule: element.dataset.rule,
      text: () => (text ??= (title + element.textContent).toLowerCase()),
      sources: () => (sources ??= all('.source', element).map(each => each.textContent)),
    }
  })

  const matcher = () => {
    const data = new FormData(form)
    const words = String(data.get('text')).toLowerCase().split(/\\s+/).filter(Boolean)
    const severities = new Set(data.getAll('severity'))
    const kind = data.get('kind')
    const rule = data.get('rule')
    const story = data.get('story')
    const source = String(data.get('source')).trim()
    return card =>
      severities.has(card.severity) && (!kind || card.kind === kind) && (!rule || card.rule === rule) &&
      (!story || card.story?.id === story) &&
      (!source || card.sources().some(each => each.startsWith(source))) && words.every(word => card.text().includes(word))
  }
  const count = number => number.toLocaleString('en-US')
  const apply = () => {
    const matches = matcher()
    let found = 0
    let shown = 0
    // A story takes one place of a page, however many findings it has.
    const places = new Set()
    const seen = new Set()
    for (const card of cards) {
      const match = matches(card)
      if (match) { found++; places.add(card.story ?? card.element) }
      const show = match && places.size <= limit
      if (show) { shown++; seen.add(card.story) }
      if (card.element.hidden === show) card.element.hidden = !show
    }
    for (const story of stories) {
      story.hidden = !seen.has(story)
      const narrowed = found < cards.length && !story.hidden
      if (narrowed && !story.open) { story.open = true; opened.add(story) }
      else if (!narrowed && opened.delete(story)) story.open = false
    }
    status.textContent = found === cards.length && shown === found ? ''
      : found === 0 ? 'No finding matches.'
      : (shown < found ? count(shown) + ' of ' : '') + count(found) + (found === 1 ? ' finding matches' : ' findings match') +
        (found < cards.length ? ', ' + count(cards.length) + ' in all' : '')
    if (found === cards.length && shown < found) status.textContent = 'The worst ' + count(shown) + ' of ' + count(found)
    more.hidden = shown >= found
    more.textContent = 'Show more (' + count(found - shown) + ' left)'
    one('.reset').hidden = found === cards.length
  }
  let waiting
  const changed = () => {
    limit = PAGE
    clearTimeout(waiting)
    waiting = setTimeout(apply, 90)
  }
  if (form) {
    form.addEventListener('input', changed)
    form.addEventListener('submit', event => event.preventDefault())
    form.addEventListener('reset', () => setTimeout(changed))
    more.addEventListener('click', () => { limit += 5 * PAGE; apply() })
    document.addEventListener('keydown', event => {
      const search = form.elements.text
      const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)
      if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); search.focus() }
    })
    apply()
  }

  for (const table of all('table.sortable')) {
    const body = table.tBodies[0]
    for (const head of all('th', table)) {
      const button = document.createElement('button')
      button.type = 'button'
      button.append(...head.childNodes)
      head.append(button)
      button.addEventListener('click', () => {
        const first = head.classList.contains('num') ? 'descending' : 'ascending'
        const other = first === 'ascending' ? 'descending' : 'ascending'
        const order = head.getAttribute('aria-sort') === first ? other : first
        for (const each of all('th', table)) each.removeAttribute('aria-sort')
        head.setAttribute('aria-sort', order)
        const key = row => row.cells[head.cellIndex].dataset.key ?? row.cells[head.cellIndex].textContent
        const sign = order === 'ascending' ? 1 : -1
        const rows = [...body.rows].map(row => [key(row), row])
        const numbers = rows.every(([value]) => value === '' || !Number.isNaN(Number(value)))
        rows.sort(([a], [b]) => sign * (numbers ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0))
        body.append(...rows.map(([, row]) => row))
      })
    }
  }
  document.addEventListener('click', event => {
    const pick = event.target.closest('.source-pick')
    if (!pick || !form) return
    form.reset()
    form.elements.source.value = pick.textContent
    setTimeout(() => { changed(); one('#findings').scrollIntoView() })
  })

  const openTarget = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
    if (!target || !target.matches('.finding, .story')) return
    const story = target.closest('.story')
    if ((target.hidden || story?.hidden) && form) {
      form.reset()
      limit = Math.max(limit, cards.findIndex(card => card.element === target || card.story === target) + 1)
      apply()
    }
    if (story) story.open = true
    target.open = true
    target.scrollIntoView()
  }
  addEventListener('hashchange', openTarget)
  openTarget()

  let unfolded = []
  addEventListener('beforeprint', () => {
    unfolded = all('.finding:not([hidden]):not([open]), .story:not([hidden]):not([open])')
    for (const each of unfolded) each.open = true
  })
  addEventListener('afterprint', () => { for (const each of unfolded) each.open = false })
})()
`
