import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const binary = process.env.GATEPOST_BIN ?? new URL('../../bin/gatepost', import.meta.url).pathname

/**
 * Starts the real platform on an empty directory; with `demo`, with its demo company and what demo.env tells of it. `options`
 * are of its configuration.
 */
export async function startPlatform({ demo = true, options = {} } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'gatepost-data-'))
  const listen = `127.0.0.1:${await freePort()}`
  const args = ['up', ...(demo ? ['--demo'] : []), '--data', dir, '--listen', listen]
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options } })
  let said = ''
  child.stdout.on('data', (text) => {
    said += text
  })
  child.stderr.on('data', (text) => {
    said += text
  })
  const ended = new Promise((resolve, reject) => {
    child.on('exit', resolve)
    child.on('error', reject)
  })
  const url = `http://${listen}`
  await Promise.race([
    answering(`${url}/readyz`),
    ended.then((code) => {
      throw new Error(`gatepost ended with ${code}:\n${said}`)
    }),
  ])
  const env = demo ? readEnv(join(dir, 'demo.env')) : {}
  return {
    url,
    env,
    said: () => said,
    /** A call as an application makes it, in the old dialect. */
    async v1(path, token, body) {
      const answer = await fetch(`${url}${path}?access_token=${token}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      })
      return answer.json()
    },
    async token(appKey, appSecret) {
      const answer = await fetch(`${url}/gettoken?appkey=${appKey}&appsecret=${appSecret}`)
      return (await answer.json()).access_token
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function answering(url) {
  for (let tries = 0; tries < 200; tries++) {
    const ready = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    )
    if (ready) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${url} does not answer`)
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

/** NAME=value lines, as a shell reads them. */
function readEnv(path) {
  const lines = readFileSync(path, 'utf8').matchAll(/^(?:export )?(\w+)=(?:'([^']*)'|"([^"]*)"|(.*))$/gm)
  return Object.fromEntries([...lines].map(([, name, single, double, bare]) => [name, single ?? double ?? bare]))
}
