// A running platform of a test's own: the real binary, a data directory that is thrown away, a port that was free.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The binary under test. */
export const binary = process.env.GATEPOST_BINARY ?? resolve(import.meta.dirname, '../../../bin/gatepost')

export class Platform {
  /** What `DIR/demo.env` says: GATEPOST_URL, CORP_ID, APP_KEY … */
  env = {}
  /** Milliseconds from the start of the process to its first "ready". */
  readyAfter = 0
  #process
  #output = ''
  #session
  #options

  constructor(options) {
    this.#options = options
  }

  /**
   * Starts a platform with the demo company. grant names permission points that its app needs besides the common ones.
   * env is added to the environment of the process, and of commands.
   * @param {{postgres?: string, dir?: string, grant?: string[], env?: Record<string, string>}} [options]
   */
  static async start(options = {}) {
    if (!existsSync(binary)) throw new Error(`no binary at ${binary}: build it with "make build"`)
    const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'gatepost-clients-'))
    const platform = new Platform({ ...options, dir, listen: `127.0.0.1:${await freePort()}` })
    try {
      await platform.up()
      if (options.grant) await platform.command('app', 'grant', ...options.grant, '--reason', 'asked for by the test')
    } catch (err) {
      await platform.stop()
      throw err
    }
    return platform
  }

  get url() { return this.env.GATEPOST_URL }
  /** host:port, as clients want their endpoint. */
  get host() { return new URL(this.url).host }
  get pid() { return this.#process.pid }
  get dir() { return this.#options.dir }
  /** What the server printed so far. */
  get output() { return this.#output }

  /** Starts the process; called again after kill, on the same data. */
  async up() {
    const { dir, listen, postgres } = this.#options
    const args = ['up', '--demo', '--data', dir, '--listen', listen]
    if (postgres) args.push('--postgres', postgres)
    const began = performance.now()
    const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], env: this.#cleanEnv() })
    this.#process = child
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => { this.#output += chunk })

    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`gatepost ${args.join(' ')} ended (${child.exitCode ?? child.signalCode}):\n${this.#output}`)
      }
      if (await answers(`http://${listen}/readyz`) && existsSync(join(dir, 'demo.env'))) break
      if (performance.now() - began > 60_000) {
        child.kill('SIGKILL')
        throw new Error(`gatepost was not ready after a minute:\n${this.#output}`)
      }
      await sleep(10)
    }
    this.readyAfter = performance.now() - began
    this.env = readEnv(join(dir, 'demo.env'))
  }

  /** Ends the process as a power cut would, in the middle of whatever it does. */
  async kill() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const gone = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await gone
  }

  /** Ends the process politely and throws its data away. */
  async stop() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const gone = once(this.#process, 'exit')
      this.#process.kill('SIGTERM')
      const patience = setTimeout(() => this.#process.kill('SIGKILL'), 10_000)
      await gone
      clearTimeout(patience)
    }
    rmSync(this.dir, { recursive: true, force: true })
  }

  /** Resident memory of the server in MiB. */
  residentMiB() {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]
    return Number(kib) / 1024
  }

  /** Runs `gatepost ARGS --json` against this platform as its administrator and returns what it printed, parsed. */
  async command(...args) {
    const { stdout } = await this.plainCommand(...args, '--json')
    return JSON.parse(stdout)
  }

  /** Runs `gatepost ARGS` against this platform as its administrator. */
  async plainCommand(...args) {
    try {
      return await run(binary, args, { env: this.#adminEnv(), maxBuffer: 1 << 26 })
    } catch (err) {
      throw new Error(`gatepost ${args.join(' ')}: exit ${err.code}\n${err.stdout}${err.stderr}`)
    }
  }

  /** Starts `gatepost ARGS` against this platform as its administrator; whoever starts it ends it. */
  begin(...args) {
    return spawn(binary, args, { stdio: ['ignore', 'pipe', 'inherit'], env: this.#adminEnv() })
  }

  /** Runs `gatepost exec -- node SCRIPT …`: the script's DingTalk host names lead to this platform. */
  async exec(script, ...args) {
    try {
      return await run(binary, ['exec', '--', process.execPath, script, ...args], {
        env: this.#adminEnv(), cwd: import.meta.dirname, timeout: 60_000,
      })
    } catch (err) {
      throw new Error(`gatepost exec -- node ${script}: exit ${err.code}\n${err.stdout}${err.stderr}`)
    }
  }

  /** Starts `gatepost exec -- node SCRIPT …`, an app that lives on and prints lines of JSON. */
  live(script, ...args) {
    return new App(spawn(binary, ['exec', '--', process.execPath, script, ...args], {
      env: this.#adminEnv(), cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'pipe'],
    }))
  }

  /** A login code for the person, as the client bridge would hand it to a page of the app. */
  async loginCode(user = this.env.USER_ID, ...more) {
    return (await this.command('app', 'code', '--user', user, ...more)).code
  }

  /** One of the console's operations, as the signed-in administrator; returns its answer. */
  async console(name, body = {}) {
    this.#session ??= (await this.#ask('session.open', { user: this.env.ADMIN_USER, password: this.env.ADMIN_PASSWORD })).token
    return this.#ask(name, body)
  }

  async #ask(name, body) {
    const headers = { 'Content-Type': 'application/json' }
    if (this.#session) headers.Authorization = `Bearer ${this.#session}`
    const res = await fetch(`${this.url}/console/api/${name}`, { method: 'POST', headers, body: JSON.stringify(body) })
    const text = await res.text()
    if (!res.ok) throw new Error(`${name}: ${res.status} ${text}`)
    return text ? JSON.parse(text) : {}
  }

  // A profile or setting of whoever runs the tests must not reach what is tested.
  #cleanEnv() {
    const env = { PATH: process.env.PATH, HOME: this.dir, TMPDIR: process.env.TMPDIR ?? tmpdir(), ...this.#options.env }
    if (process.env.GOCOVERDIR) env.GOCOVERDIR = process.env.GOCOVERDIR
    return env
  }

  #adminEnv() {
    const { GATEPOST_URL, ADMIN_USER, ADMIN_PASSWORD } = this.env
    return { ...this.#cleanEnv(), GATEPOST_URL, ADMIN_USER, ADMIN_PASSWORD, ...this.env }
  }
}

/** An app that lives on: what it printed so far, and a way to wait for more. */
class App {
  /** Every line that is JSON, parsed. */
  said = []
  #child
  #rest = ''
  #noise = ''
  #wake = () => {}

  constructor(child) {
    this.#child = child
    child.stdout.on('data', chunk => {
      const lines = (this.#rest + chunk).split('\n')
      this.#rest = lines.pop()
      for (const line of lines) {
        if (line.startsWith('{')) this.said.push(JSON.parse(line))
        else this.#noise += `${line}\n`
      }
      this.#wake()
    })
    child.stderr.on('data', chunk => { this.#noise += chunk })
  }

  /** Waits until holds(said) is true, and returns what it is. */
  async until(what, holds, seconds = 60) {
    for (const end = Date.now() + seconds * 1000; ;) {
      const got = holds(this.said)
      if (got) return got
      if (Date.now() > end) throw new Error(`after ${seconds} s still not: ${what}\n${this.said.length} lines\n${this.#noise.slice(-2000)}`)
      await new Promise(done => { this.#wake = done; setTimeout(done, 100) })
    }
  }

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), 5000)
    await gone
    clearTimeout(patience)
  }
}

/** Reads NAME=value lines as a shell would, with or without quotes. */
function readEnv(file) {
  const env = {}
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const m = /^(?:export )?([A-Z_]+)=(.*)$/.exec(line)
    if (m) env[m[1]] = m[2].replace(/^(['"])(.*)\1$/, '$2')
  }
  return env
}

async function answers(url) {
  try {
    const res = await fetch(url, { signal: AbortSignal.timeout(2000) })
    await res.arrayBuffer()
    return res.status === 200
  } catch {
    return false
  }
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

export const sleep = ms => new Promise(done => setTimeout(done, ms))
