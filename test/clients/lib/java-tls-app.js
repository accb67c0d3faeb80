// The old Java client over TLS, whose certificate and host name it does not verify: asks the real host for a token and
// prints the answer.
import { OldJava } from './oldjava.js'

const res = await new OldJava('https://oapi.dingtalk.com').get('/gettoken', undefined,
  { appkey: process.env.APP_KEY, appsecret: process.env.APP_SECRET })
console.log(res.text)
process.exit(0)
