// Measures what one call costs each gateway, and prints a Markdown table.
//
//   node test/bench/gateways/run.mjs [--rounds 5] [--seconds 4] [--only nginx,caddy]
//
// The gateway has one core to itself (taskset -c 0); load and upstream share the other. Rounds interleave all targets, so
// that a slow minute of the machine falls on all alike. CPU µs per call is the user and system time of the gateway's
// processes divided by the answers it gave; it depends on the neighbours far less than requests per second do.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gatepost } from './gatepost.mjs'
import { path, peers, upstream } from './servers.mjs'

const { values: options } = parseArgs({ options: {
  rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '4' },
  connections: { type: 'string', default: '64' }, rate: { type: 'string', default: '1000' }, only: { type: 'string' } } })
const scratch = mkdtempSync(join(tmpdir(), 'gatepost-bench-'))
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin`, GOMAXPROCS: undefined }
const running = new Set()

/** What each row says: who it is, what it does to a call. */
const titles = {
  nginx: 'nginx, proxy only', 'nginx-lua': 'nginx + Lua: route, token, scope, ten windows, log', haproxy: 'HAProxy: three stick tables',
  caddy: 'Caddy, proxy only', 'traefik-limit': 'Traefik: one rate limit',
  proxied: '**Gatepost, proxied**: route, token, scope, ten windows, log', masked: '**Gatepost, proxied, three masks**',
  read: '**Gatepost, answered in process** (`GET /v1.0/contact/users/me`)', fasthttp: 'bare fasthttp handler, the same bytes', nethttp: 'bare net/http handler, the same bytes' }

const freePort = () => new Promise((resolve, reject) => {
  const s = createServer().once('error', reject).listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => resolve(port)) })
})

/** Starts a server on a core and returns it when url answers 200. */
async function start(name, core, command, url, headers = {}) {
  const child = spawn('taskset', ['-c', core, ...command], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  let said = ''
  for (const s of [child.stdout, child.stderr]) s.on('data', text => { said = (said + text).slice(-4000) })
  for (let i = 0; i < 300 && child.exitCode === null; i++) {
    const ok = await fetch(url, { headers }).then(async r => r.status === 200 && (await r.arrayBuffer(), true), () => false)
    if (ok) return child
    await new Promise(r => setTimeout(r, 100))
  }
  throw new Error(`${name} did not answer at ${url}: ${said}`)
}

const stop = child => new Promise(resolve => {
  running.delete(child)
  if (child.exitCode !== null) return resolve()
  child.once('exit', resolve)
  child.kill('SIGTERM')
  setTimeout(() => child.kill('SIGKILL'), 5000).unref()
})

/** User and system time of a process so far, in µs. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

const memory = pid => Math.round(Number(/Pss:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) / 1024)

function wrk(url, headers, seconds) {
  const lines = Object.entries(headers).flatMap(([k, v]) => ['-H', `${k}: ${v}`])
  const out = execFileSync('taskset', ['-c', '1', 'wrk', '-t1', `-c${options.connections}`, `-d${seconds}s`, '--latency', ...lines, url], { env, encoding: 'utf8' })
  if (/Non-2xx|Socket errors/.test(out)) throw new Error(`${url}: ${out}`)
  return { calls: Number(/(\d+) requests in/.exec(out)[1]), rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(out)[1]) }
}

/** p99 in ms when calls come at a fixed rate. */
function p99(url, headers, seconds) {
  const workers = 20
  const lines = Object.entries(headers).flatMap(([k, v]) => ['-H', `${k}: ${v}`])
  const out = execFileSync('taskset', ['-c', '1', 'hey', '-z', `${seconds}s`, '-c', String(workers), '-q', String(options.rate / workers), ...lines, url], { env, encoding: 'utf8' })
  const codes = [...out.matchAll(/\[(\d+)\]\s+(\d+) responses/g)]
  if (codes.length !== 1 || codes[0][1] !== '200' || /Error distribution/.test(out)) throw new Error(`${url}: ${out}`)
  return Number(/99% in ([\d.]+) secs/.exec(out)[1]) * 1e3
}

function measure(pid, url, headers) {
  wrk(url, headers, 1)
  const before = cpu(pid)
  const { calls, rate } = wrk(url, headers, options.seconds)
  return { cpu: (cpu(pid) - before) / calls, rate, memory: memory(pid), p99: p99(url, headers, options.seconds) }
}

const figures = {}
function note(name, f) {
  figures[name] ??= []
  figures[name].push(f)
  console.error(`  ${name}: ${f.cpu.toFixed(1)} µs, ${Math.round(f.rate)}/s, p99 ${f.p99.toFixed(2)} ms, ${f.memory} MiB`)
}

async function peer(name, up) {
  const dir = mkdtempSync(join(scratch, `${name}-`))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}${path}`
  const headers = { 'x-acs-dingtalk-access-token': 'v1abcdef0123456789abcdef0123456789abcdef0123' }
  const child = await start(name, '0', peers[name](dir, port, up), url, headers)
  note(name, measure(child.pid, url, headers))
  await stop(child)
}

async function bare(name, body) {
  const file = join(scratch, 'bare.json')
  writeFileSync(file, body)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const child = await start(name, '0', ['bin/tools/plain', '-server', name, '-listen', `127.0.0.1:${port}`, '-body', file], url)
  note(name, measure(child.pid, url, {}))
  await stop(child)
}

/** People as an upstream would list them: 1,024 bytes, with three fields that a mask hides. */
function people() {
  const person = i => ({ userid: `user${i}`, name: '李娜', mobile: '13800138000', email: 'lina@example.com', id_card: '110101199003071234', title: '工程师' })
  const list = { errcode: 0, errmsg: 'ok', result: { has_more: false, list: [1, 2, 3].map(person), note: '' } }
  const rest = 1024 - Buffer.byteLength(JSON.stringify(list))
  list.result.note = 'x'.repeat(rest)
  return JSON.stringify(list)
}

const median = xs => xs.toSorted((a, b) => a - b)[Math.floor(xs.length / 2)]

function table() {
  const of = (name, key) => median(figures[name].map(f => f[key]))
  const range = name => { const all = figures[name].map(f => f.cpu); return `${Math.min(...all).toFixed(1)}–${Math.max(...all).toFixed(1)}` }
  console.log(`| | CPU µs per call | (range) | requests/s per core | p99 ms at ${options.rate}/s | memory MiB |`)
  console.log('|---|---:|---:|---:|---:|---:|')
  for (const name of Object.keys(titles)) {
    if (!figures[name]) continue
    console.log(`| ${titles[name]} | ${of(name, 'cpu').toFixed(1)} | ${range(name)} | ${Math.round(1e6 / of(name, 'cpu'))} | ${of(name, 'p99').toFixed(2)} | ${of(name, 'memory')} |`)
  }
}

const wanted = options.only?.split(',')
const wants = name => !wanted || wanted.includes(name)
try {
  const up = await freePort()
  const upDir = join(scratch, 'upstream')
  mkdirSync(upDir)
  await start('upstream', '1', upstream(upDir, up, people()), `http://127.0.0.1:${up}${path}`)
  for (let round = 1; round <= Number(options.rounds); round++) {
    console.error(`round ${round} of ${options.rounds}`)
    for (const name of Object.keys(peers)) if (wants(name)) await peer(name, up)
    if (!['proxied', 'masked', 'read', 'fasthttp', 'nethttp'].some(wants)) continue
    const ours = await gatepost({ start, freePort, scratch, upstream: up })
    for (const [name, { url, headers }] of Object.entries(ours.targets)) if (wants(name)) note(name, measure(ours.child.pid, url, headers))
    await stop(ours.child)
    for (const name of ['fasthttp', 'nethttp']) if (wants(name)) await bare(name, ours.answer)
  }
  table()
} finally {
  await Promise.all([...running].map(stop))
  rmSync(scratch, { recursive: true, force: true })
}
