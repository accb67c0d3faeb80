// An application sends a person here, and gets a code, a token, and in the end nothing more.

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { barriers, openBrowser } from './browser.mjs'
import { startPlatform } from './platform.mjs'

// feature: GW-008
test('a person consents in the browser, the app gets a token, and revoking kills it', async () => {
  const platform = await startPlatform()
  const browser = await openBrowser()
  const client = await startClient()
  const { APP_KEY: clientId, APP_SECRET: clientSecret, ADMIN_USER: user, ADMIN_PASSWORD: password } = platform.env
  const api = async (path, body, head = {}) => {
    const answer = await fetch(platform.url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...head },
      body: JSON.stringify(body),
    })
    return { status: answer.status, ...(await answer.json()) }
  }
  try {
    const { token } = await api('/console/api/session.open', { user, password })
    const admin = { Authorization: `Bearer ${token}` }
    const { list } = await api('/console/api/app.list', {}, admin)
    const { agentId } = list.find((a) => a.appKey === clientId)
    const codeVerifier = randomBytes(32).toString('base64url')
    const start = new URL('/oauth2/auth', platform.url)
    start.search = new URLSearchParams({
      client_id: clientId,
      redirect_uri: client.redirect,
      response_type: 'code',
      scope: 'openid',
      state: 'a b&c',
      code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
    client.sendTo(start.href)

    const { page, complaints } = await browser.visit({ locale: 'en-US' })
    await page.goto(client.home)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'This cannot be allowed' }).waitFor()
    await page.getByText(client.redirect).first().waitFor()
    await api('/console/api/app.update', { agentId, redirectUrls: [client.redirect] }, admin)

    await page.goto(client.home)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByLabel('User').fill(user)
    await page.getByLabel('Password').fill(password)
    assert.deepEqual(await barriers(page), [])
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('button', { name: 'Allow' }).waitFor()
    assert.deepEqual(await barriers(page), [])
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText('Welcome').waitFor()
    const back = new URL(page.url())
    assert.equal(back.searchParams.get('state'), 'a b&c')

    const code = back.searchParams.get('authCode')
    const got = await api('/v1.0/oauth2/userAccessToken', {
      clientId,
      clientSecret,
      grantType: 'authorization_code',
      code,
      codeVerifier,
    })
    assert.equal(got.status, 200, JSON.stringify(got))
    const me = () =>
      fetch(`${platform.url}/v1.0/contact/users/me`, { headers: { 'x-acs-dingtalk-access-token': got.accessToken } })
    assert.equal((await me()).status, 200)

    // The person is signed in and has decided: coming from the app's own site, no question.
    await page.goto(client.home)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByText('Welcome').waitFor()

    const revoked = await api('/console/api/consent.revoke', { agentId }, admin)
    assert.equal(revoked.revoked, 2)
    assert.equal((await me()).status, 400)
    await page.goto(client.home)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByText('Not let in: access_denied').waitFor()
    assert.deepEqual(complaints, [])
  } finally {
    await browser.close()
    await client.stop()
    await platform.stop()
  }
})

/** An application of another site than the platform's: a page with a link, and the address that browsers come back to. */
async function startClient() {
  let link = ''
  const server = createServer((request, answer) => {
    const url = new URL(request.url, 'http://localhost')
    answer.setHeader('Content-Type', 'text/html; charset=utf-8')
    if (url.pathname !== '/cb') {
      answer.end(`<!doctype html><title>App</title><a href="${link.replaceAll('&', '&amp;')}">Sign in</a>`)
      return
    }
    const error = url.searchParams.get('error')
    answer.end(
      `<!doctype html><title>App</title><p>${error ? `Not let in: ${encodeURIComponent(error)}` : 'Welcome'}</p>`,
    )
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const home = `http://localhost:${server.address().port}/`
  return {
    home,
    redirect: `${home}cb`,
    sendTo(href) {
      link = href
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}
