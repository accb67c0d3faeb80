package describe

import (
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/op"
)

const v1Leniency = "v1 接口。access_token 放在查询参数，或表单正文；GET 与 POST 都可用，参数可在查询、表单或 JSON 正文。" +
	"宽松：数字、布尔可以写成字符串，列表可以写成 \"a,b\" 或 JSON 文本，对象可以写成 JSON 文本，空字符串等于没有给出。" +
	"未知字段只警告（应用开启“严格”时拒绝）。应用层结果的 HTTP 状态码总是 200，成败看 errcode。\n\n" +
	"The v1 operations. access_token goes in the query, or in a form body; GET and POST are answered alike, and parameters may come " +
	"in the query, as a form or as JSON. Lenient: numbers and truths may be strings, lists may be \"a,b\" or JSON text, objects may be " +
	"JSON text, and an empty string is absence. Unknown fields are only warned about, unless the app is strict. The HTTP status of every " +
	"result is 200; errcode tells success from refusal."

// V1 describes the v1 operations among ops in OpenAPI 3.1, which has no words
// for what is lenient about them: the description says it.
func V1(ops []op.Operation, info Info) ([]byte, error) {
	ops = of(ops, op.DialectV1)
	c := newComponents(ops)
	doc := newDocument(info, ops, v1Leniency)
	for i := range ops {
		doc.add(&ops[i], v1Operation(&ops[i], c))
	}
	doc.Components = partsOfAPI{
		Schemas:   append(c.schemas, member{"Refusal", v1Refusal()}),
		Responses: refusalResponse("任何拒绝，HTTP 状态码也是 200 · any refusal, with HTTP status 200"),
		Security:  ordered{{"token", ordered{{"type", "apiKey"}, {"in", "query"}, {"name", "access_token"}}}},
	}
	return doc.encode()
}

func v1Operation(o *op.Operation, c *components) *operation {
	described := describeOperation(o)
	described.APIName = o.Name()
	if o.As != op.Anyone {
		described.Security = append(described.Security, map[string][]string{"token": {}})
	}
	if len(o.Request.Fields) > 0 {
		in := ordered{{"schema", c.of(o.Request, true)}}
		described.Body = &body{
			Required: slices.ContainsFunc(o.Request.Fields, func(f op.Field) bool { return f.Required }),
			Content:  ordered{{"application/json", in}, {"application/x-www-form-urlencoded", in}},
		}
	}
	described.Responses = responses(v1Envelope(o, c))
	return described
}

// v1Envelope is the schema of a v1 success: the result in its envelope, or flat
// beside it.
func v1Envelope(o *op.Operation, c *components) *schema {
	s := &schema{Type: "object", Required: []string{"errcode", "errmsg"}, Properties: ordered{
		{"errcode", &schema{Type: "integer", Format: "int32", Enum: []any{0}}},
		{"errmsg", &schema{Type: "string", Enum: []any{"ok"}}},
	}}
	switch {
	case isNone(o.Response):
	case o.Flat:
		flat := c.object(o.Response, false)
		s.Properties = append(s.Properties, flat.Properties...)
		s.Required = append(s.Required, flat.Required...)
	default:
		s.Properties = append(s.Properties, member{"result", c.of(o.Response, false)})
		s.Required = append(s.Required, "result")
	}
	if strings.HasPrefix(o.Path, "/topapi/") {
		s.Properties = append(s.Properties, member{"request_id", &schema{Type: "string"}})
		s.Required = append(s.Required, "request_id")
	}
	return s
}

// v1Refusal is the envelope of a v1 refusal.
func v1Refusal() *schema {
	return &schema{Type: "object", Required: []string{"errcode", "errmsg", "request_id", "rule"}, Properties: append(ordered{
		{"errcode", &schema{Type: "integer", Format: "int32", Description: "错误码；/topapi/ 下网关的拒绝为 88，真正的错误码在 sub_code · 88 under /topapi/ where the gateway refuses, with the code in sub_code"}},
		{"errmsg", &schema{Type: "string", Description: "说明 · the text"}},
		{"sub_code", &schema{Type: "string", Description: "errcode 为 88 时的错误码，文本 · the code as text, where errcode is 88"}},
		{"sub_msg", &schema{Type: "string", Description: "errcode 为 88 或 22 时的说明 · the text, where errcode is 88 or 22"}},
		{"request_id", &schema{Type: "string", Description: "本次调用的标识，用于 gatepost explain · the call's id, for gatepost explain"}},
	}, repairFields()...)}
}
