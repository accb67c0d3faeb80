// An app as its author wrote it for the real service: npm dingtalk-stream with its hard-coded hosts. Prints what it saw,
// as one line of JSON.
import { DWClient } from 'dingtalk-stream'

const client = new DWClient({ clientId: process.env.APP_KEY, clientSecret: process.env.APP_SECRET })
const seen = {}
try {
  seen.token = await client.getAccessToken()
} catch (err) {
  seen.tokenError = { message: err.message, status: err.response?.status, body: err.response?.data }
}
try {
  await client.getEndpoint()
  seen.endpoint = client.config.endpoint
} catch (err) {
  seen.open = { message: err.message, status: err.response?.status, body: err.response?.data }
}
console.log(JSON.stringify(seen))
