import { shell } from '../../ui/format'

export interface Credentials {
  url: string
  corpId: string
  agentId: number
  appKey: string
  appSecret: string
}

/** Shell-readable lines, under the names that the demo company's own file uses. */
export function env({ url, corpId, agentId, appKey, appSecret }: Credentials): string {
  return [
    `GATEPOST_URL=${shell(url)}`,
    `CORP_ID=${shell(corpId)}`,
    `AGENT_ID=${agentId}`,
    `APP_KEY=${shell(appKey)}`,
    `APP_SECRET=${shell(appSecret)}`,
  ].join('\n')
}

export function tokenV1({ url, appKey, appSecret }: Credentials): string {
  return `curl ${quote(`${url}/gettoken?appkey=${encodeURIComponent(appKey)}&appsecret=${encodeURIComponent(appSecret)}`)}`
}

export function tokenV2({ url, appKey, appSecret }: Credentials): string {
  return [
    `curl -X POST ${quote(`${url}/v1.0/oauth2/accessToken`)} \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d ${quote(JSON.stringify({ appKey, appSecret }))}`,
  ].join('\n')
}

/** Redeems an in-app login code; the app's token is expected in the shell, because it is a secret of another kind. */
export function redeem(url: string, code: string): string {
  return [
    `curl -X POST "${url}/topapi/v2/user/getuserinfo?access_token=$ACCESS_TOKEN" \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d ${quote(JSON.stringify({ code }))}`,
  ].join('\n')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
