// Requests as bytes: what a test puts on the wire is exactly what it says, with no client library between.
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'

const agents = {
  'http:': new http.Agent({ keepAlive: true, maxSockets: 64 }),
  // The old clients check neither certificate nor host name.
  'https:': new https.Agent({ keepAlive: true, maxSockets: 64, rejectUnauthorized: false }),
}

/**
 * Sends one request and returns {status, headers, text, json}; json is undefined when the body is none.
 * A body may be a string, a Buffer, or an iterable of Buffers, which is streamed without a length.
 */
export async function send(method, url, { headers = {}, body } = {}) {
  const target = new URL(url)
  const streamed = body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body)
  const given = body === undefined || streamed ? {} : { 'Content-Length': Buffer.byteLength(body) }
  const req = (target.protocol === 'https:' ? https : http)
    .request(target, { method, agent: streamed ? undefined : agents[target.protocol], headers: { ...given, ...headers } })
  const answered = once(req, 'response')
  if (streamed) {
    // A server that has read enough answers and closes while the client still writes; that is no failure of the client.
    let open = true
    answered.then(() => { open = false }, () => { open = false })
    req.on('error', () => { open = false })
    for (const chunk of body) {
      if (!open) break
      if (!req.write(chunk)) await Promise.race([once(req, 'drain').catch(() => {}), answered.catch(() => {})])
    }
    req.end()
  } else {
    req.end(body)
  }
  const [res] = await answered
  const chunks = []
  try {
    for await (const chunk of res) chunks.push(chunk)
  } catch (err) {
    if (!streamed) throw err
  }
  req.on('error', () => {}) // a reset after the answer arrived
  const text = Buffer.concat(chunks).toString('utf8')
  let json
  try {
    json = JSON.parse(text)
  } catch {
    // the test will say what it expected
  }
  return { status: res.statusCode, headers: res.headers, text, json }
}

/** A v1 call as today's documentation shows it: POST, JSON, the token in the query. */
export function v1(platform, path, token, body) {
  const query = token === undefined ? '' : `?access_token=${encodeURIComponent(token)}`
  return send('POST', `${platform.url}${path}${query}`, {
    headers: { 'Content-Type': 'application/json' }, body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body ?? {}),
  })
}

/** A v2 call: JSON, the token in its header. */
export function v2(platform, method, path, token, body) {
  const headers = { Accept: 'application/json', 'Content-Type': 'application/json; charset=utf-8' }
  if (token !== undefined) headers['x-acs-dingtalk-access-token'] = token
  const text = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  return send(method, `${platform.url}${path}`, { headers, body: text })
}

/** The app token by the v1 call. */
export async function v1Token(platform, key = platform.env.APP_KEY, secret = platform.env.APP_SECRET) {
  const res = await send('GET', `${platform.url}/gettoken?appkey=${key}&appsecret=${secret}`)
  if (res.json?.errcode !== 0) throw new Error(`gettoken: ${res.status} ${res.text}`)
  return res.json.access_token
}

/** The app token by the v2 call. */
export async function v2Token(platform, appKey = platform.env.APP_KEY, appSecret = platform.env.APP_SECRET) {
  const res = await v2(platform, 'POST', '/v1.0/oauth2/accessToken', undefined, { appKey, appSecret })
  if (res.status !== 200) throw new Error(`accessToken: ${res.status} ${res.text}`)
  return res.json.accessToken
}
