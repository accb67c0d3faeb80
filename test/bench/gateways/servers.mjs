// The gateways that are measured, each as a user would configure it, and what stands behind them.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))

/** The path that every gateway is asked for, and carries to the upstream. */
export const path = '/v1.0/contact/users/3'

const modules = '/usr/lib/nginx/modules'

/** One nginx process, so that its CPU time is one number. */
function nginx(dir, main, http) {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(n => `${n}_temp_path ${dir};`).join(' ')
  writeFileSync(`${dir}/nginx.conf`, `${main} daemon off; master_process off; pid ${dir}/nginx.pid; error_log ${dir}/error.log;
    events { worker_connections 16384; }
    http { ${temp} keepalive_timeout 3600s; keepalive_requests 1000000000; tcp_nodelay on; server_tokens off; ${http} }`)
  return ['nginx', '-p', dir, '-c', `${dir}/nginx.conf`, '-e', `${dir}/error.log`]
}

const toUpstream = upstream => `upstream u { server 127.0.0.1:${upstream}; keepalive 256; keepalive_requests 1000000000; }`
const carry = `proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $remote_addr;`

/** What all gateways carry calls to: nginx, which returns body. */
export function upstream(dir, port, body) {
  const text = body.replace(/[\\']/g, '\\$&')
  if (text.includes('$')) throw new Error('the body has a dollar sign, which nginx cannot return')
  return nginx(dir, '', `access_log off; server { listen 127.0.0.1:${port} backlog=4096; default_type application/json; location / { return 200 '${text}'; } }`)
}

/** Each takes a directory, its port, and the upstream's port; it writes its configuration and returns its command. */
export const peers = {
  nginx: (dir, port, up) => nginx(dir, '', `access_log off; ${toUpstream(up)} server { listen 127.0.0.1:${port} backlog=4096; location / { ${carry} } }`),

  'nginx-lua': (dir, port, up) => {
    writeFileSync(`${dir}/init.lua`, `KEY = "0123456789abcdef0123456789abcdef" LIMIT = 5e11 grants = {["qyapi_get_member"] = true} routes = {}
      for i = 0, 1999 do routes["/v1.0/contact/users/" .. i] = {id = i, group = i % 16, scope = "qyapi_get_member"} end`)
    return nginx(dir, `load_module ${modules}/ndk_http_module.so; load_module ${modules}/ngx_http_lua_module.so;`, `
      log_format j escape=json '{"t":"$msec","app":"$app","m":"$request_method","p":"$uri","s":"$status","n":"$body_bytes_sent","rt":"$request_time","ip":"$remote_addr"}';
      access_log ${dir}/access.log j buffer=256k flush=1s; lua_package_path "/usr/share/lua/5.1/?.lua;;"; lua_shared_dict windows 64m; init_by_lua_file ${dir}/init.lua;
      ${toUpstream(up)} server { listen 127.0.0.1:${port} backlog=4096; location / { set $app ""; access_by_lua_file ${here}nginx-policies.lua; ${carry} } }`)
  },

  haproxy: (dir, port, up) => {
    writeFileSync(`${dir}/haproxy.cfg`, `global
 nbthread 1
 maxconn 4096
defaults
 mode http
 timeout connect 5s
 timeout client 1h
 timeout server 1h
 timeout http-keep-alive 1h
 option http-keep-alive
 http-reuse always
frontend f
 bind 127.0.0.1:${port}
 option forwardfor
 http-request deny deny_status 401 unless { req.hdr(x-acs-dingtalk-access-token) -m found }
 http-request track-sc0 req.hdr(x-acs-dingtalk-access-token) table t_app
 http-request track-sc1 path table t_op
 http-request track-sc2 base32 table t_pair
 http-request deny deny_status 429 if { sc0_http_req_rate(t_app) gt 2000000000 }
 http-request deny deny_status 429 if { sc1_http_req_rate(t_op) gt 2000000000 }
 http-request deny deny_status 429 if { sc2_http_req_rate(t_pair) gt 2000000000 }
 default_backend b
backend t_app
 stick-table type string len 64 size 100k expire 1d store http_req_rate(60s)
backend t_op
 stick-table type string len 64 size 100k expire 1d store http_req_rate(60s)
backend t_pair
 stick-table type binary len 20 size 100k expire 1d store http_req_rate(60s)
backend b
 server s 127.0.0.1:${up} pool-max-conn 512 pool-purge-delay 1h
`)
    return ['haproxy', '-db', '-f', `${dir}/haproxy.cfg`]
  },

  caddy: (dir, port, up) => {
    writeFileSync(`${dir}/Caddyfile`, `{
 admin off
 auto_https off
}
http://127.0.0.1:${port} {
 reverse_proxy 127.0.0.1:${up} {
  transport http {
   keepalive_idle_conns_per_host 256
  }
 }
}
`)
    return ['bin/tools/caddy', 'run', '--config', `${dir}/Caddyfile`, '--adapter', 'caddyfile']
  },

  'traefik-limit': (dir, port, up) => {
    writeFileSync(`${dir}/routes.yml`, `http:
  routers: {r: {rule: "PathPrefix(\`/\`)", service: s, middlewares: [limit]}}
  middlewares: {limit: {rateLimit: {average: 1000000, burst: 1000000, sourceCriterion: {requestHeaderName: x-acs-dingtalk-access-token}}}}
  services: {s: {loadBalancer: {servers: [{url: "http://127.0.0.1:${up}"}]}}}
`)
    writeFileSync(`${dir}/traefik.yml`, `entryPoints: {web: {address: "127.0.0.1:${port}"}}
providers: {file: {filename: ${dir}/routes.yml}}
global: {checkNewVersion: false, sendAnonymousUsage: false}
serversTransport: {maxIdleConnsPerHost: 256}
log: {level: ERROR}
`)
    return ['bin/tools/traefik', `--configfile=${dir}/traefik.yml`]
  },
}
