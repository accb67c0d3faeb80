// The first run: an empty platform, and the code that its terminal printed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { barriers, openBrowser } from './browser.mjs'
import { startPlatform } from './platform.mjs'

test('whoever has the code from the terminal makes the first company', async () => {
  const platform = await startPlatform({ demo: false })
  const browser = await openBrowser()
  try {
    const { page, complaints } = await browser.visit({ locale: 'en-US' })
    await page.goto(`${platform.url}/console/`)
    await page.getByRole('heading', { name: 'Set up the platform' }).waitFor()
    assert.deepEqual(await barriers(page), [])

    const password = page.getByLabel('Password', { exact: true })
    await page.getByLabel('Set-up code').fill('guessed')
    await page.getByLabel('Company name').fill('Yunshan')
    await page.getByLabel('Name', { exact: true }).fill('Wang Min')
    await page.getByLabel('Administrator account').fill('wangmin')
    await password.fill('a long password')
    await page.getByRole('button', { name: 'Create and sign in' }).click()
    await page.getByRole('alert').first().waitFor()

    const [, code] = /set-up code is\s+(\w+)/.exec(platform.said())
    await page.getByLabel('Set-up code').fill(code)
    await page.getByRole('button', { name: 'Create and sign in' }).click()
    await page.getByRole('heading', { name: 'No apps yet' }).waitFor()
    assert.deepEqual(await barriers(page), [])
    assert.deepEqual(complaints, [])
  } finally {
    await browser.close()
    await platform.stop()
  }
})
