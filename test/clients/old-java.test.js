// The old official Java client's way of putting requests on the wire, without Java.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { getClasses, OldJava } from './lib/oldjava.js'
import { Platform } from './lib/platform.js'
import { v1Token } from './lib/wire.js'

let platform, env, java, token, mobile, dept

before(async () => {
  platform = await Platform.start({ grant: ['qyapi_manage_addresslist', 'fieldMobile', 'fieldEmail'] })
  env = platform.env
  java = new OldJava(platform.url)
  token = await v1Token(platform)
  const person = ok(await java.post('/topapi/v2/user/get', token, { userid: env.USER_ID })).result
  mobile = person.mobile
  dept = person.dept_id_list[0]
})
after(() => platform?.stop())

function ok(res) {
  assert.equal(res.status, 200, res.text)
  assert.equal(res.json?.errcode, 0, res.text)
  assert.equal(res.json.errmsg, 'ok')
  return res.json
}

test('scalars as JSON strings', async () => {
  const page = ok(await java.post('/topapi/v2/user/list', token,
    { dept_id: dept, cursor: 0, size: 10, order_field: 'modify_desc', contain_access_limit: false, language: 'zh_CN' })).result
  assert.ok(page.list.length > 0 && page.list.length <= 10)
  assert.equal(typeof page.has_more, 'boolean')

  const count = ok(await java.post('/topapi/user/count', token, { only_active: false })).result
  assert.ok(count.count >= 200, `${count.count} people`)

  const roles = ok(await java.post('/topapi/role/list', token, { offset: 0, size: 20 })).result
  assert.ok(roles.list.length > 0)
  const some = roles.list.flatMap(g => g.roles)[0]
  ok(await java.post('/topapi/role/simplelist', token, { role_id: some.id, offset: 0, size: 20 }))
})

test('a person is created, changed and removed', async () => {
  const fields = { userid: 'java.1', name: '老客户端', mobile: '13900990201', dept_id_list: `${dept},1`, hide_mobile: false,
    senior_mode: false, hired_date: 1700000000000, extension: { 爱好: '旅游' }, remark: '[not a list' }
  const made = ok(await java.post('/topapi/v2/user/create', token, fields)).result
  assert.equal(made.userid, 'java.1')

  const got = ok(await java.post('/topapi/v2/user/get', token, { userid: 'java.1' })).result
  assert.deepEqual([...got.dept_id_list].sort((a, b) => a - b), [dept, 1].sort((a, b) => a - b))
  assert.equal(got.hired_date, 1700000000000)
  assert.deepEqual(JSON.parse(got.extension), { 爱好: '旅游' }, 'extension goes in as an object and comes out as JSON text')
  assert.equal(got.remark, '[not a list')

  ok(await java.post('/topapi/v2/user/update', token, { userid: 'java.1', dept_id_list: [dept], name: '老客户' }))
  assert.equal(ok(await java.post('/topapi/v2/user/get', token, { userid: 'java.1' })).result.name, '老客户')
  ok(await java.post('/topapi/v2/user/delete', token, { userid: 'java.1' }))
})

test('a department is created, moved and removed', async () => {
  const { dept_id: id } = ok(await java.post('/topapi/v2/department/create', token,
    { name: '老客户端部', parent_id: 1, order: 3, hide_dept: false, create_dept_group: false })).result
  ok(await java.post('/topapi/v2/department/update', token, { dept_id: id, parent_id: dept, name: '老客户端二部' }))
  const got = ok(await java.post('/topapi/v2/department/get', token, { dept_id: id })).result
  assert.deepEqual([got.name, got.parent_id], ['老客户端二部', dept])
  const { parent_id_list: chain } = ok(await java.post('/topapi/v2/department/listparentbydept', token, { dept_id: id })).result
  assert.equal(chain[0], id)
  assert.equal(chain.at(-1), 1)
  ok(await java.post('/topapi/v2/department/delete', token, { dept_id: id }))
})

test('a form, the token among its fields', async () => {
  assert.equal(ok(await java.form('/topapi/v2/user/get', token, { userid: env.USER_ID })).result.userid, env.USER_ID)
  ok(await java.form('/topapi/v2/user/create', token, { userid: 'form.1', name: '表单 & 加号+', mobile: '13900990202',
    dept_id_list: `${dept}`, extension: { 爱好: 'a=b&c' } }))
  const got = ok(await java.form('/topapi/v2/user/get', token, { userid: 'form.1' })).result
  assert.equal(got.name, '表单 & 加号+')
  assert.deepEqual(JSON.parse(got.extension), { 爱好: 'a=b&c' })
  ok(await java.form('/topapi/v2/user/delete', token, { userid: 'form.1' }))
})

test('answers have the content type of their path', async () => {
  const topapi = await java.post('/topapi/v2/user/get', token, { userid: env.USER_ID })
  assert.match(topapi.headers['content-type'], /^application\/json;\s?charset=utf-8$/i)
  assert.match(topapi.json.request_id, /^[a-z0-9]{12,13}$/)
  const plain = await java.get('/gettoken', undefined, { appkey: env.APP_KEY, appsecret: env.APP_SECRET })
  assert.match(plain.headers['content-type'], /^application\/json/)
  assert.ok(!('request_id' in plain.json))
})

// What each of the 36 GET classes is asked with; those left out belong to parts of the platform that are not offered yet.
const asked = {
  '/auth/scopes': () => ({}),
  '/department/get': () => ({ id: dept }),
  '/call_back/get_call_back_failed_result': () => ({}),
  '/department/list': () => ({ id: 1, fetch_child: true }),
  '/department/list_ids': () => ({ id: 1 }),
  '/department/list_parent_depts': () => ({ userId: env.USER_ID }),
  '/department/list_parent_depts_by_dept': () => ({ id: dept }),
  '/get_jsapi_ticket': () => ({ type: 'jsapi' }),
  '/gettoken': () => ({ appkey: env.APP_KEY, appsecret: env.APP_SECRET }),
  '/user/get': () => ({ userid: env.USER_ID }),
  '/user/get_admin': () => ({}),
  '/user/get_by_mobile': () => ({ mobile }),
  '/user/getDeptMember': () => ({ deptId: dept }),
  '/user/get_org_user_count': () => ({ onlyActive: 0 }),
  '/user/getUseridByUnionid': () => ({ unionid: env.UNION_ID }),
  '/user/list': () => ({ department_id: dept, offset: 0, size: 10 }),
  '/user/listbypage': () => ({ department_id: dept, offset: 0, size: 10 }),
  '/user/simplelist': () => ({ department_id: dept, offset: 0, size: 10 }),
}

test('the 36 classes that GET', async t => {
  assert.equal(getClasses.length, 36)
  for (const path of getClasses) {
    await t.test(path, async () => {
      if (asked[path]) {
        const fields = asked[path]()
        ok(await java.get(path, token, fields))
        ok(await java.post(path, token, fields)) // setHttpMethod may turn each of them into a POST
        return
      }
      // Nothing is asked of it, so whatever it says is a refusal: of a parameter, or of an operation not offered yet,
      // and then by its title.
      const res = await java.get(path, token, {})
      assert.equal(res.status, 200, res.text)
      assert.ok(res.json?.errcode > 0, res.text)
      if ([22, 404].includes(res.json.errcode)) {
        assert.match(`${res.json.sub_msg ?? ''}${res.json.errmsg}`, /「.+」.*已收录/, res.text)
      }
    })
  }
})

test('a GET class that changes something', async () => {
  ok(await java.post('/topapi/v2/user/create', token,
    { userid: 'get.1', name: '删我', mobile: '13900990203', dept_id_list: `${dept}` }))
  ok(await java.get('/user/delete', token, { userid: 'get.1' }))
  const { dept_id: id } = ok(await java.post('/topapi/v2/department/create', token, { name: '删我部', parent_id: 1 })).result
  ok(await java.get('/department/delete', token, { id }))
})

test('a code by GET', async () => {
  const code = await platform.loginCode()
  assert.equal(ok(await java.get('/user/getuserinfo', token, { code })).userid, env.USER_ID)
})

test('over TLS with nothing verified', async () => {
  const { stdout } = await platform.exec('java-tls-app.js')
  assert.equal(JSON.parse(stdout.trim().split('\n').at(-1)).access_token, token)
})
