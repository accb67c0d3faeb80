package describe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// document is an OpenAPI 3.1 document.
type document struct {
	OpenAPI    string     `json:"openapi"`
	Info       ordered    `json:"info"`
	Servers    []ordered  `json:"servers"`
	Tags       []ordered  `json:"tags"`
	Paths      ordered    `json:"paths"`
	Components partsOfAPI `json:"components"`
}

type partsOfAPI struct {
	Schemas   ordered `json:"schemas"`
	Responses ordered `json:"responses"`
	Security  ordered `json:"securitySchemes"`
}

// operation is one operation of a document.
type operation struct {
	Tags        []string              `json:"tags"`
	ID          string                `json:"operationId"`
	Summary     string                `json:"summary"`
	Description string                `json:"description"`
	Parameters  []parameter           `json:"parameters,omitempty"`
	Body        *body                 `json:"requestBody,omitzero"`
	Responses   ordered               `json:"responses"`
	Security    []map[string][]string `json:"security"`
	Scope       scope.Name            `json:"x-scope,omitzero"`
	Grade       scope.Grade           `json:"x-grade"`
	Group       string                `json:"x-group"`
	Identity    string                `json:"x-identity"`
	APIName     string                `json:"x-api-name,omitzero"`
}

type parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Required    bool    `json:"required,omitzero"`
	Description string  `json:"description,omitzero"`
	Schema      *schema `json:"schema"`
}

type body struct {
	Required bool    `json:"required,omitzero"`
	Content  ordered `json:"content"`
}

// OpenAPI describes the v2 operations among ops in OpenAPI 3.1.
func OpenAPI(ops []op.Operation, info Info) ([]byte, error) {
	ops = of(ops, op.DialectV2)
	c := newComponents(ops)
	doc := newDocument(info, ops, "v2 接口。令牌放在请求头 "+op.TokenHeader+"；拒绝以 HTTP 状态码与 code 表示。\n\n"+
		"The v2 operations. The token goes in the header "+op.TokenHeader+"; a refusal is an HTTP status and a code.")
	for i := range ops {
		doc.add(&ops[i], v2Operation(&ops[i], c))
	}
	doc.Components = partsOfAPI{
		Schemas:   append(c.schemas, member{"Refusal", v2Refusal()}),
		Responses: refusalResponse("任何拒绝 · any refusal"),
		Security:  ordered{{"token", ordered{{"type", "apiKey"}, {"in", "header"}, {"name", op.TokenHeader}}}},
	}
	return doc.encode()
}

func newDocument(info Info, ops []op.Operation, description string) *document {
	doc := &document{
		OpenAPI: "3.1.0",
		Info:    ordered{{"title", info.Title}, {"version", info.Version}, {"description", description}},
		Servers: []ordered{{{"url", info.Server}}},
		Paths:   ordered{},
	}
	var seen []string
	for i := range ops {
		if name := chapter(&ops[i]); !slices.Contains(seen, name) {
			seen = append(seen, name)
		}
	}
	slices.Sort(seen)
	for _, name := range seen {
		doc.Tags = append(doc.Tags, ordered{{"name", name}, {"description", bilingual(chapterTitle(name))}})
	}
	return doc
}

// add files an operation under its path. Operations come sorted by path.
func (doc *document) add(o *op.Operation, described *operation) {
	entry := member{strings.ToLower(method(o)), described}
	if n := len(doc.Paths); n > 0 && doc.Paths[n-1].name == o.Path {
		here, _ := doc.Paths[n-1].value.(ordered)
		doc.Paths[n-1].value = append(here, entry)
		return
	}
	doc.Paths = append(doc.Paths, member{o.Path, ordered{entry}})
}

func (doc *document) encode() ([]byte, error) {
	b, err := json.Marshal(doc, jsontext.WithIndent("  "), json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("encode the document: %w", err)
	}
	return append(b, '\n'), nil
}

func v2Operation(o *op.Operation, c *components) *operation {
	described := describeOperation(o)
	if o.As != op.Anyone {
		described.Security = append(described.Security, map[string][]string{"token": {}})
	}
	inBody := o.Method != "GET" && o.Method != "DELETE"
	required := false
	for i := range o.Request.Fields {
		f := &o.Request.Fields[i]
		switch {
		case f.In == op.InPath:
			described.Parameters = append(described.Parameters, parameterOf(f, "path", c))
		case f.In == op.InQuery || !inBody:
			described.Parameters = append(described.Parameters, parameterOf(f, "query", c))
		default:
			required = required || f.Required
			described.Body = &body{}
		}
	}
	if described.Body != nil {
		described.Body.Required = required
		described.Body.Content = ordered{{"application/json", ordered{{"schema", c.of(o.Request, true)}}}}
	}
	described.Responses = responses(c.of(o.Response, false))
	return described
}

// describeOperation holds what both dialects say alike.
func describeOperation(o *op.Operation) *operation {
	return &operation{
		Tags: []string{chapter(o)}, ID: operationID(o), Summary: o.Title, Description: o.TitleEN + "\n\n" + o.Doc,
		Security: []map[string][]string{}, Scope: o.Scope, Grade: o.Grade, Group: o.Group, Identity: o.As.String(),
	}
}

// operationID makes a name for generated clients out of method and path, as
// getV1ContactUsersUnionId: it stays what it is when others come and go.
func operationID(o *op.Operation) string {
	id := strings.ToLower(o.Method)
	for _, word := range strings.FieldsFunc(strings.ReplaceAll(o.Path, "/v1.0/", "/v1/"), func(r rune) bool { return strings.ContainsRune("/{}._-", r) }) {
		id += capital(word)
	}
	return strings.ToLower(id[:1]) + id[1:]
}

func parameterOf(f *op.Field, in string, c *components) parameter {
	s := c.field(f, true)
	s.Description = ""
	return parameter{Name: f.Name, In: in, Required: f.Required, Description: f.Doc, Schema: s}
}

func responses(success *schema) ordered {
	return ordered{
		{"200", ordered{{"description", "成功 · success"}, {"content", ordered{{"application/json", ordered{{"schema", success}}}}}}},
		{"default", ordered{{"$ref", "#/components/responses/Refusal"}}},
	}
}

func refusalResponse(description string) ordered {
	return ordered{{"Refusal", ordered{{"description", description},
		{"content", ordered{{"application/json", ordered{{"schema", &schema{Ref: "#/components/schemas/Refusal"}}}}}}}}}
}

// v2Refusal is the envelope of a v2 refusal: the four members that clients
// parse, and ours beside them.
func v2Refusal() *schema {
	return &schema{Type: "object", Required: []string{"code", "message", "requestid", "rule"}, Properties: append(ordered{
		{"code", &schema{Type: "string", Description: "错误码 · the refusal's code"}},
		{"message", &schema{Type: "string", Description: "说明，按 Accept-Language 用中文或英文 · the text, Chinese or English"}},
		{"requestid", &schema{Type: "string", Description: "本次调用的标识，用于 gatepost explain · the call's id, for gatepost explain"}},
		{"accessdenieddetail", &schema{Type: "object", Description: "缺少权限时才有 · only where a permission is missing",
			Properties: ordered{{"requiredScopes", &schema{Type: "array", Items: &schema{Type: "string"}}}}}},
	}, repairFields()...)}
}

// repairFields are the members that a refusal of either dialect has beside those
// of the protocol.
func repairFields() ordered {
	return ordered{
		{"rule", &schema{Type: "string", Description: "拒绝所依据的规则 · the rule's name, see refusals"}},
		{"field", &schema{Type: "string", Description: "哪个参数 · which field of the request"}},
		{"expected", &schema{Type: "string", Description: "期望 · what would have been accepted"}},
		{"found", &schema{Type: "string", Description: "实际 · what came instead"}},
		{"hint", &schema{Type: "string", Description: "处理办法 · what to do"}},
	}
}
