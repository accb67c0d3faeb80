// An app as its author wrote it for the real service: npm dingtalk-stream with its hard-coded hosts. Prints what it is told,
// a line of JSON each. Its argument is JSON: later, how many events it puts off; cut, after how many it loses its
// connection; callbacks, the topics that it answers instead of events.
import { DWClient, EventAck } from 'dingtalk-stream'

const { later = 0, cut = 0, callbacks } = JSON.parse(process.argv[2] ?? '{}')
const say = what => console.log(JSON.stringify(what))

const client = new DWClient({
  clientId: process.env.APP_KEY, clientSecret: process.env.APP_SECRET, ua: 'clients-test',
  ...(callbacks && { subscriptions: [] }),
})
let told = 0
client.registerAllEventListener(({ headers, data }) => {
  told++
  const status = told <= later ? EventAck.LATER : EventAck.SUCCESS
  say({ at: Date.now(), status, ...headers, data: JSON.parse(data) })
  if (told === cut) setImmediate(() => { client.socket.terminate(); say({ cut: true }) })
  return { status }
})
for (const topic of callbacks ?? []) {
  client.registerCallbackListener(topic, ({ headers, data }) => {
    say({ callback: topic, headers, data: JSON.parse(data) })
    client.socketCallBackResponse(headers.messageId, { heard: JSON.parse(data) })
  })
}
try {
  say({ token: await client.getAccessToken() })
} catch (err) {
  say({ tokenError: { message: err.message, status: err.response?.status, body: err.response?.data } })
}
await client.connect()
say({ endpoint: client.config.endpoint?.endpoint, connected: client.connected })
