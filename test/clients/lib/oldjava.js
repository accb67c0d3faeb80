// The habits of the old official Java client (DefaultDingTalkClient), byte by byte where they differ from what today's
// documentation shows. Its users cannot change it, so the server must take it as it is.
import { send } from './wire.js'

const charset = 'application/json;charset=UTF-8'
const form = 'application/x-www-form-urlencoded;charset=UTF-8'
const agent = { Accept: 'text/xml,text/javascript', 'User-Agent': 'top-sdk-java', Connection: 'keep-alive' }

/** The request classes that say GET by themselves; all others POST. */
export const getClasses = [
  '/auth/scopes', '/call_back/delete_call_back', '/call_back/get_call_back', '/call_back/get_call_back_failed_result',
  '/chat/get', '/chat/getReadList', '/checkin/record', '/cspace/add', '/cspace/get_custom_space',
  '/cspace/grant_custom_space', '/department/delete', '/department/get', '/department/list_ids',
  '/department/list_parent_depts', '/department/list_parent_depts_by_dept', '/department/list',
  '/file/upload/transaction', '/get_jsapi_ticket', '/gettoken', '/microapp/list_by_userid', '/sns/gettoken',
  '/sns/getuserinfo', '/sso/gettoken', '/sso/getuserinfo', '/user/can_access_microapp', '/user/delete',
  '/user/get_admin', '/user/get_by_mobile', '/user/getDeptMember', '/user/get_org_user_count', '/user/get',
  '/user/getUseridByUnionid', '/user/getuserinfo', '/user/list', '/user/listbypage', '/user/simplelist',
]

export class OldJava {
  constructor(url) {
    this.url = url
  }

  /** execute(request, session) of a class that POSTs: JSON in which every scalar is a string. */
  post(path, token, fields) {
    return send('POST', `${this.url}${path}?${query({ access_token: token })}`, {
      headers: { ...agent, 'Content-Type': charset }, body: JSON.stringify(asStrings(fields)),
    })
  }

  /** execute of a class that GETs: everything in the query, and a content type for the body it does not send. */
  get(path, token, fields) {
    return send('GET', `${this.url}${path}?${query({ access_token: token, ...fields })}`, {
      headers: { ...agent, 'Content-Type': form },
    })
  }

  /** What the documentation's curl samples do: a form, the token among its fields, lists and objects as JSON text. */
  form(path, token, fields) {
    return send('POST', `${this.url}${path}`, {
      headers: { ...agent, 'Content-Type': form }, body: query({ access_token: token, ...fields }),
    })
  }
}

// TaobaoHashMap.put turns every value into text; what looks like a list or an object is put into the body as one.
function asStrings(fields) {
  const body = {}
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null || value === '') continue
    const text = asText(value)
    body[name] = /^(\[.*\]|\{.*\})$/s.test(text) ? JSON.parse(text) : text
  }
  return body
}

const asText = value => typeof value === 'object' ? JSON.stringify(value) : String(value)

// java.net.URLEncoder: a plus for a space, and no escape for the star.
function query(fields) {
  return Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(asText(value)).replace(/%20/g, '+')
      .replace(/[!'()~]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`).join('&')
}
