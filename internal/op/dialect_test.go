package op

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/scope"
)

// call is the id of every call in these tests.
const call id.Call = 0x1234567890abcdef >> 1

type answer struct {
	ID   int64    `json:"userid" grade:"R1"`
	List []string `json:"list" grade:"R1"`
}

func TestReply(t *testing.T) {
	t.Parallel()
	flat := with(func(s *Spec) { s.Flat = true })
	for name, tc := range map[string]struct {
		op         Operation
		resp       any
		kind, want string
	}{
		"topapi":                {V1("/topapi/a", handle[None, answer], good), &answer{ID: 7}, "application/json;charset=utf-8", `{"errcode":0,"errmsg":"ok","result":{"userid":7,"list":[]},"request_id":"ID"}`},
		"topapi, flat":          {V1("/topapi/a", handle[None, answer], flat), &answer{ID: 7}, "application/json;charset=utf-8", `{"errcode":0,"errmsg":"ok","userid":7,"list":[],"request_id":"ID"}`},
		"topapi, nothing":       {V1("/topapi/a", handle[None, None], good), &None{}, "application/json;charset=utf-8", `{"errcode":0,"errmsg":"ok","request_id":"ID"}`},
		"topapi, a list":        {V1("/topapi/a", handle[None, []answer], good), &[]answer{{ID: 7}}, "application/json;charset=utf-8", `{"errcode":0,"errmsg":"ok","result":[{"userid":7,"list":[]}],"request_id":"ID"}`},
		"topapi, an empty list": {V1("/topapi/a", handle[None, []answer], good), new([]answer), "application/json;charset=utf-8", `{"errcode":0,"errmsg":"ok","result":[],"request_id":"ID"}`},
		"plain path":            {V1("/user/get", handle[None, answer], good), &answer{ID: 7}, "application/json", `{"errcode":0,"errmsg":"ok","userid":7,"list":[]}`},
		"plain path, nothing":   {V1("/user/get", handle[None, None], good), (*None)(nil), "application/json", `{"errcode":0,"errmsg":"ok"}`},
		"v2":                    {V2("GET /v1.0/a", handle[None, answer], good), &answer{ID: 7}, "application/json;charset=utf-8", `{"userid":7,"list":[]}`},
		"v2, a list":            {V2("GET /v1.0/a", handle[None, []answer], good), &[]answer{}, "application/json;charset=utf-8", `[]`},
		"v2, nothing":           {V2("GET /v1.0/a", handle[None, None], good), (*None)(nil), "application/json;charset=utf-8", `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := tc.op.Reply(call, tc.resp)
			want := strings.ReplaceAll(tc.want, "ID", call.V1())
			if err != nil || a.Status != 200 || a.Type != tc.kind || string(a.Body) != want {
				t.Errorf("%d %s %s, %v\nwant %s", a.Status, a.Type, a.Body, err, want)
			}
		})
	}
}

func TestReplyWithoutAnswerIsAnError(t *testing.T) {
	t.Parallel()
	for _, o := range []Operation{V1("/user/get", handle[None, answer], good), V2("GET /v1.0/a", handle[None, answer], good)} {
		for _, resp := range []any{nil, (*answer)(nil), &answer{List: []string{"\xff"}}} {
			if a, err := o.Reply(call, resp); err == nil {
				t.Errorf("%s answered %#v with %s", o.Name(), resp, a.Body)
			}
		}
	}
}

type signedIn struct {
	A string `json:"a" grade:"R1"`
}

func (signedIn) Header() [][2]string { return [][2]string{{"Set-Cookie", "x=y"}} }

func TestReplyCarriesHeaders(t *testing.T) {
	t.Parallel()
	o := V2("GET /v1.0/a", handle[None, signedIn], good)
	a, err := o.Reply(call, &signedIn{})
	if err != nil || len(a.Header) != 1 || a.Header[0] != [2]string{"Set-Cookie", "x=y"} {
		t.Errorf("%+v, %v", a, err)
	}
}

// The shapes are those that clients were seen to get (auth.md §3 and §5), to the
// byte, followed by the fields of our own.
func TestRefuse(t *testing.T) {
	t.Parallel()
	forged := func() *apierror.Refusal { return apierror.TokenForged.Got("abc") }
	const repair = `；实际：abc；处理：不是本平台签发的 token：检查请求地址与取 token 的地址是否相同、是否被截断`
	const parts = `"rule":"token.forged","found":"abc","hint":"不是本平台签发的 token：检查请求地址与取 token 的地址是否相同、是否被截断"}`
	const json8 = "application/json;charset=utf-8"
	for name, tc := range map[string]struct {
		dialect Dialect
		how     Refusal
		r       *apierror.Refusal
		status  int
		kind    string
		want    string
	}{
		"topapi, refused by the gateway": {DialectV1, Refusal{Path: "/topapi/v2/user/get", Gate: true}, forged(), 200, json8,
			`{"errcode":88,"sub_code":"40014","sub_msg":"不合法的access_token` + repair + `","errmsg":"ding talk error[subcode=40014,submsg=不合法的access_token` + repair + `]","request_id":"SHORT",` + parts},
		"topapi, refused by the handler": {DialectV1, Refusal{Path: "/topapi/v2/user/get"}, apierror.UserNotFound.With(), 200, json8,
			`{"errcode":60121,"errmsg":"找不到该用户","request_id":"SHORT","rule":"user.unknown"}`},
		"topapi, no such operation": {DialectV1, Refusal{Path: "/topapi/v2/user/notexist", Gate: true}, apierror.NoOperation.With("api", "dingtalk.oapi.v2.user.notexist"), 200, json8,
			`{"errcode":22,"sub_msg":"不合法ApiName，ApiName = dingtalk.oapi.v2.user.notexist；处理：检查方法与路径","errmsg":"Invalid method[submsg=不合法ApiName，ApiName = dingtalk.oapi.v2.user.notexist；处理：检查方法与路径]","request_id":"SHORT","rule":"operation.unknown","hint":"检查方法与路径"}`},
		"plain path, refused by the gateway": {DialectV1, Refusal{Path: "/user/get", Gate: true}, forged(), 200, "application/json",
			`{"errcode":40014,"errmsg":"不合法的access_token` + repair + `","request_id":"SHORT",` + parts},
		"v2": {DialectV2, Refusal{Path: "/v1.0/contact/users/me", Gate: true}, forged(), 400, json8,
			`{"code":"InvalidAuthentication","message":"不合法的access_token` + repair + `","requestid":"LONG",` + parts},
		"v2, a missing scope, in English": {DialectV2, Refusal{Path: "/v1.0/contact/users/me", Gate: true, Lang: "en"},
			apierror.ScopeMissing.With("scope", scope.ContactUserRead, "link", "http://x/", "request", "R").Needs(string(scope.ContactUserRead)), 403, json8,
			`{"code":"Forbidden.AccessDenied.AccessTokenPermissionDenied","message":"the app lacks the permission [Contact.User.Read]; apply for it at http://x/, {requiredScopes=[Contact.User.Read]}; to fix: gatepost explain R --fix","requestid":"LONG","accessdenieddetail":{"requiredScopes":["Contact.User.Read"]},"rule":"scope.missing","hint":"gatepost explain R --fix"}`},
		"console": {DialectConsole, Refusal{Path: "/console/api/app.get", Lang: "en"}, apierror.ParameterInvalid.With("name", "agentId").Want("integer").Got("%q", "x"), 400, json8,
			`{"code":"InvalidParameter","message":"invalid parameter agentId","requestid":"LONG","rule":"parameter.invalid","expected":"integer","found":"\"x\""}`},
		"v2, expected and found in English": {DialectV2, Refusal{Lang: "en"}, apierror.CorpSecretWrong.Want("企业的 SSOSecret").Got("不匹配的密钥（%d 个字符）", 9), 400, json8,
			`{"code":"invalidCorpIdOrSecret","message":"wrong corpId or corpSecret; expected: the company's SSOSecret; found: a secret that does not match (9 characters); to fix: corpsecret is the appSecret of one of the company's apps","requestid":"LONG","rule":"credentials.corp","expected":"the company's SSOSecret","found":"a secret that does not match (9 characters)","hint":"corpsecret is the appSecret of one of the company's apps"}`},
		"bytes of the request that are no text": {DialectV2, Refusal{Lang: "en"}, apierror.ParameterInvalid.With("name", "a\xffb"), 400, json8,
			`{"code":"InvalidParameter","message":"invalid parameter a�b","requestid":"LONG","rule":"parameter.invalid"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.how.Call = call
			if tc.how.Lang == "" {
				tc.how.Lang = "zh"
			}
			a := tc.dialect.Refuse(tc.how, tc.r)
			want := strings.NewReplacer("SHORT", call.V1(), "LONG", call.V2()).Replace(tc.want)
			if a.Status != tc.status || a.Type != tc.kind || string(a.Body) != want {
				t.Errorf("%d %s %s\nwant %d %s %s", a.Status, a.Type, a.Body, tc.status, tc.kind, want)
			}
		})
	}
}

func TestDialectOf(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]Dialect{
		"/topapi/v2/user/get": DialectV1, "/gettoken": DialectV1, "/": DialectV1,
		"/v1.0/oauth2/accessToken": DialectV2, "/v2.0/x": DialectV2, "/v3.0/x": DialectV1,
		"/console/api/app.list": DialectConsole, "/console/": DialectV1,
	} {
		if got := DialectOf(path); got != want {
			t.Errorf("%s speaks %s, not %s", path, got, want)
		}
	}
}

func TestCredential(t *testing.T) {
	t.Parallel()
	form := http.Header{"Content-Type": {"Application/X-WWW-Form-Urlencoded;charset=UTF-8"}}
	head := func(name, value string) http.Header {
		h := http.Header{}
		h.Set(name, value)
		return h
	}
	for name, tc := range map[string]struct {
		dialect Dialect
		head    http.Header
		query   string
		body    string
		want    string
	}{
		"v1 query":             {DialectV1, nil, "x=1&access_token=t%2B1", "", "t+1"},
		"v1 blank query":       {DialectV1, nil, "access_token=", "", ""},
		"v1 form":              {DialectV1, form, "", "a=b&access_token=t", "t"},
		"v1 query before form": {DialectV1, form, "access_token=q", "access_token=t", "q"},
		"v1 JSON body":         {DialectV1, nil, "", `{"access_token":"t"}`, ""},
		"v1 has no header":     {DialectV1, head(TokenHeader, "t"), "", "", ""},
		"v1 has no bearer":     {DialectV1, head("Authorization", "Bearer t"), "", "", ""},
		"v2 header":            {DialectV2, head(TokenHeader, "t"), "", "", "t"},
		"v2 bearer":            {DialectV2, head("Authorization", "bearer  t"), "", "", "t"},
		"v2 other scheme":      {DialectV2, head("Authorization", "acs t:x"), "", "", ""},
		"v2 has no query":      {DialectV2, nil, "access_token=t", "", ""},
		"console cookie":       {DialectConsole, head("Cookie", "a=b; gatepost_session=t; c=d"), "", "", "t"},
		"console other cookie": {DialectConsole, head("Cookie", "xgatepost_session=t"), "", "", ""},
		"console bearer":       {DialectConsole, head("Authorization", "Bearer t"), "", "", "t"},
		"console has no token": {DialectConsole, head(TokenHeader, "t"), "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &Request{Head: tc.head, Query: tc.query, Length: -1}
			if tc.body != "" {
				r.Body = strings.NewReader(tc.body)
			}
			if got, err := tc.dialect.Credential(r); err != nil || got != tc.want {
				t.Errorf("%q, %v; not %q", got, err, tc.want)
			}
		})
	}
	for name, r := range map[string]*Request{
		"query": {Head: form, Query: "access_token=%zz"},
		"form":  {Head: form, Body: strings.NewReader("access_token=%zz"), Length: -1},
	} {
		_, err := DialectV1.Credential(r)
		t.Run(name, func(t *testing.T) { wantRefusal(t, err, "parameter.invalid; percent-encoded UTF-8") })
	}
	_, err := DialectV1.Credential(&Request{Head: form, Body: strings.NewReader(strings.Repeat("a", 1<<20+1)), Length: -1})
	wantRefusal(t, err, "body.too_large")
}
