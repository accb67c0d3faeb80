import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const shots = new URL('./shots/', import.meta.url).pathname
mkdirSync(shots, { recursive: true })

/** Debian's Chromium, with a profile of its own and no talk to the outside. */
export async function openBrowser() {
  const profile = mkdtempSync(join(tmpdir(), 'gatepost-e2e-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  const browser = context.browser()
  return {
    /** A page of a person who came for the first time. */
    async visit({ width = 1440, height = 900, locale = 'zh-CN', colorScheme = 'light' } = {}) {
      const visit = await browser.newContext({
        viewport: { width, height },
        locale,
        colorScheme,
        reducedMotion: 'reduce',
        timezoneId: 'Asia/Shanghai',
      })
      await visit.grantPermissions(['clipboard-read', 'clipboard-write'])
      const page = await visit.newPage()
      // Long enough for a machine that does other things as well; what works does not wait for it.
      page.setDefaultTimeout(20_000)
      const complaints = []
      page.on('pageerror', (err) => complaints.push(String(err)))
      page.on('console', (message) => {
        // A refused request is told by the browser too; the page's own handling of it is what is tested.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
          complaints.push(message.text())
        }
      })
      return { page, complaints, close: () => visit.close() }
    },
    async close() {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

/** What axe finds on the page that is serious or worse, one line each. */
export async function barriers(page) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.any[0]?.message ?? ''}`))
}

/** How much wider the content is than the window. */
export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

export async function shot(page, name, options = {}) {
  await page.screenshot({ path: join(shots, `${name}.png`), ...options })
}
