import { connect, createServer } from 'node:net'

/** A proxy between a client and the platform that keeps every byte of every connection. */
export async function startRecorder(to) {
  const { hostname, port } = new URL(to)
  const connections = []
  const open = new Set()
  const server = createServer((client) => {
    const platform = connect(Number(port), hostname)
    const kept = { up: [], down: [] }
    connections.push(kept)
    for (const socket of [client, platform]) {
      open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => open.delete(socket))
    }
    client.on('data', (bytes) => kept.up.push(bytes))
    platform.on('data', (bytes) => kept.down.push(bytes))
    client.pipe(platform)
    platform.pipe(client)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** What went over WebSockets, each way, with the masks of its frames taken off: they hide nothing from who looks. */
    sockets() {
      return connections
        .map(({ up, down }) => ({ up: Buffer.concat(up), down: Buffer.concat(down) }))
        .filter(({ up }) => /^upgrade: websocket/im.test(up.toString('latin1')))
        .map(({ up, down }) => Buffer.concat([opened(up), opened(down)]))
    },
    /** Every byte of every connection as it went by. */
    everything() {
      return Buffer.concat(connections.flatMap(({ up, down }) => [...up, ...down]))
    },
    async stop() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The head of the upgrade and the payloads of the frames after it. */
function opened(bytes) {
  let at = bytes.indexOf('\r\n\r\n') + 4
  const parts = [bytes.subarray(0, at)]
  while (at + 2 <= bytes.length) {
    const masked = bytes[at + 1] & 0x80
    let size = bytes[at + 1] & 0x7f
    at += 2
    if (size === 126) {
      size = bytes.readUInt16BE(at)
      at += 2
    } else if (size === 127) {
      size = Number(bytes.readBigUInt64BE(at))
      at += 8
    }
    const mask = masked ? bytes.subarray(at, at + 4) : Buffer.alloc(4)
    at += masked ? 4 : 0
    parts.push(Buffer.from(bytes.subarray(at, at + size).map((byte, i) => byte ^ mask[i % 4])))
    at += size
  }
  return Buffer.concat(parts)
}
