// Dials wss://api.dingtalk.com with npm ws, which reads no proxy variable, and prints how the server answered.
import WebSocket from 'ws'

const socket = new WebSocket('wss://api.dingtalk.com/connect?ticket=none')
socket.on('unexpected-response', (_, res) => {
  console.log(JSON.stringify({ status: res.statusCode, issuer: res.socket.getPeerCertificate().issuer?.O ?? '' }))
  process.exit(0)
})
socket.on('open', () => { console.log(JSON.stringify({ open: true })); process.exit(0) })
socket.on('error', err => { console.log(JSON.stringify({ error: err.message })); process.exit(1) })
