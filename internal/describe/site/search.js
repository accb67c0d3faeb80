// The search box and the choice of language. Without this file every page can still be read.
'use strict'

const field = document.getElementById('search')
const found = document.getElementById('found')
let entries

const load = async () => {
  entries ??= await (await fetch('search.json')).json()
  return entries
}

const item = (entry, first) => {
  const link = document.createElement('a')
  link.href = entry.url
  link.textContent = entry.title
  if (first) link.className = 'first'
  if (entry.path) {
    const path = document.createElement('small')
    path.textContent = entry.path
    link.append(path)
  }
  const line = document.createElement('li')
  line.append(link)
  return line
}

const none = () => {
  const line = document.createElement('li')
  const text = document.createElement('span')
  text.textContent = '没有找到 · Nothing found'
  line.append(text)
  return line
}

const show = async () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) {
    found.hidden = true
    return
  }
  const all = await load()
  const hits = all.filter((entry) => {
    const text = `${entry.title} ${entry.path ?? ''} ${entry.more ?? ''}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  found.replaceChildren(...(hits.length > 0 ? hits.slice(0, 30).map((hit, i) => item(hit, i === 0)) : [none()]))
  found.hidden = false
}

field.disabled = false
field.addEventListener('input', show)
field.addEventListener('focus', show)
field.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') found.querySelector('a')?.click()
  if (event.key === 'Escape') found.hidden = true
})
found.addEventListener('click', () => {
  found.hidden = true
})
document.addEventListener('click', (event) => {
  if (!event.target.closest('.search')) found.hidden = true
})
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== field) {
    event.preventDefault()
    field.focus()
  }
})

const buttons = document.querySelectorAll('.lang button')
const speak = (lang) => {
  document.documentElement.dataset.lang = lang
  document.documentElement.lang = lang === 'en' ? 'en' : 'zh-CN'
  for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.set === lang))
}
for (const button of buttons) {
  button.addEventListener('click', () => {
    localStorage.setItem('docs-lang', button.dataset.set)
    speak(button.dataset.set)
  })
}
speak(localStorage.getItem('docs-lang') ?? 'both')
