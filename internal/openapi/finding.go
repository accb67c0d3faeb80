package openapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
)

// Severity says whether a document can be published in spite of a finding.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // it cannot be published
	Warning Severity = "warning" // it can; something was decided that may not be meant
	Note    Severity = "note"    // told, and as it should be
)

// Rule is one thing that may be found, stated once.
type Rule struct {
	Name     string
	Severity Severity
	Expected apierror.Words
	Fix      apierror.Words
}

// Finding is what was found at one place of a document.
type Finding struct {
	*Rule
	Pointer string // RFC 6901
	Line    int
	Found   apierror.Words
}

func (f Finding) String() string {
	return fmt.Sprintf("%s: line %d %s: %s: %s", f.Severity, f.Line, f.Pointer, f.Name, f.Found.EN)
}

// foundWords is how what was found is said in Chinese, by its format in English. A
// format without words needs no row.
var foundWords = map[string]string{
	"none":       "没有",
	"none; %s":   "没有；用 %s",
	"more":       "更多",
	"no name":    "没有名称",
	"%d servers": "%d 个 servers",

	"%s and %s":             "%s 与 %s",
	"%s a second time":      "%s 第二次出现",
	"no responses":          "没有 responses",
	"parameter %s, path %s": "参数 %s，路径 %s",

	"a requestBody without content":      "没有 content 的 requestBody",
	"a chain of more than 16 references": "超过 16 层的引用链",
	"%s; suggested: %s (%s)":             "%s；建议 %s（%s）",
	"%s as %s":                           "%s，方式 %s",
	"%s: no answer in JSON":              "%s：没有 JSON 应答",
}

// Find returns a finding at a place. What was found is a format in English, with
// its arguments.
func (r *Rule) Find(pointer string, line int, format string, args ...any) Finding {
	zh, ok := foundWords[format]
	if !ok {
		zh = format
	}
	return Finding{r, pointer, line, apierror.Words{ZH: shorten(fmt.Sprintf(zh, args...)), EN: shorten(fmt.Sprintf(format, args...))}}
}

// shorten cuts what a document brought.
func shorten(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Fatal reports whether some finding keeps the document from being published.
func Fatal(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Error })
}

func both(zh, en string) apierror.Words { return apierror.Words{ZH: zh, EN: en} }

// The rules.
var (
	Syntax = &Rule{"syntax", Error, both("YAML 或 JSON 文档", "a YAML or JSON document"),
		both("按所述位置改正", "correct it at this line")}
	TooLarge = &Rule{"bounds", Error, both("最多 2 MiB、200000 个值（别名展开后）、100 层", "at most 2 MiB, 200000 values after aliases are followed, 100 levels"),
		both("拆成几个文档，分组导入", "split the document and import it as several groups")}
	Version = &Rule{"version", Error, both("openapi: 3.0.x 或 3.1.x", "openapi: 3.0.x or 3.1.x"),
		both("Swagger 2.0 用转换工具升级为 3.0", "convert Swagger 2.0 to 3.0 with a converter")}
	Form = &Rule{"form", Error, both("规范规定的结构", "the structure that the specification has here"),
		both("按 OpenAPI 规范改正", "correct it by the OpenAPI specification")}
	Empty = &Rule{"paths.empty", Error, both("至少一个接口", "at least one operation"),
		both("在 paths 下写出接口", "write operations under paths")}
	TooMany = &Rule{"paths.many", Error, both("最多 1000 个接口", "at most 1000 operations"),
		both("拆成几组导入", "import it as several groups")}
	PathForm = &Rule{"path.form", Error, both("以 / 开头，变量独占一段或一段里只有一个变量", "begins with /, at most one variable in a segment"),
		both("改写路径", "write the path otherwise")}
	PathConflict = &Rule{"path.conflict", Error, both("每个方法与路径只对应一个接口", "one operation for a method and path"),
		both("合并或改名；只有变量名不同的路径是同一条", "merge or rename them; paths that differ in names of variables alone are one path")}
	PathVariable = &Rule{"path.variable", Error, both("路径变量都在 parameters 里以 in: path 声明", "every variable of the path declared in parameters with in: path"),
		both("补上参数声明", "declare the parameter")}
	Reference = &Rule{"ref.missing", Error, both("文档内存在的引用，不成环", "a reference to something in this document, not to itself"),
		both("改正 $ref", "correct the $ref")}
	External = &Rule{"ref.external", Error, both("以 #/ 开头的文档内引用", "a reference inside the document, beginning with #/"),
		both("先打包成一个文件，例如 npx @redocly/cli bundle api.yaml -o bundled.yaml", "bundle it into one file first, for example npx @redocly/cli bundle api.yaml -o bundled.yaml")}
	Schema = &Rule{"schema", Error, both("合法的 JSON Schema；pattern 用 RE2 语法", "a valid JSON Schema; patterns in RE2 syntax"),
		both("改正这个 schema", "correct the schema")}
	SchemaKeyword = &Rule{"schema.keyword", Error, both("不带 $id、$anchor、$dynamicRef、$schema 的 schema", "a schema without $id, $anchor, $dynamicRef and $schema"),
		both("改用指向 components 的 $ref", "use a $ref to components instead")}
	Unsupported = &Rule{"unsupported", Error, both("请求与应答；没有 callbacks、links、cookie 参数、TRACE", "requests and answers; no callbacks, links, cookie parameters and TRACE"),
		both("从文档中去掉这一部分；事件用平台的事件推送", "take this part out of the document; events have the platform's own delivery")}
	ParameterStyle = &Rule{"parameter.style", Warning, both("标量或标量列表，默认样式", "a scalar or a list of scalars in the default style"),
		both("这个参数原样转发，不按 schema 检查", "the parameter is passed on as it is and not checked")}
	OperationID = &Rule{"operation.id", Warning, both("每个接口有自己的 operationId", "an operationId of its own for every operation"),
		both("由方法与路径得出；在文档里写上即可", "derived from method and path; write one into the document")}
	Summary = &Rule{"operation.summary", Warning, both("summary", "a summary"),
		both("用 operationId 代替；在文档里写上即可", "the operationId stands in its place; write one into the document")}
	GradeMissing = &Rule{"grade.missing", Error, both("x-gatepost-grade: R1 | R2 | W1 | W2", "x-gatepost-grade: R1 | R2 | W1 | W2"),
		both("在文档里写上，或用 --grade、控制台逐个设置；建议见“实际”", "write it into the document, or set it by --grade or in the console; the suggestion stands beside")}
	GradeForm = &Rule{"grade.form", Error, both("R1 | R2 | W1 | W2", "R1 | R2 | W1 | W2"),
		both("改成四级之一", "use one of the four grades")}
	GradeLow = &Rule{"grade.low", Warning, both("读取敏感字段的接口为 R2，写入的为 W1 或 W2", "R2 for an operation that answers with sensitive fields, W1 or W2 for one that writes"),
		both("确认这一分级，或提高它", "confirm the grade, or raise it")}
	MaskForm = &Rule{"mask.form", Error, both("{path: JSONPath, kind: phone | idcard | email | name | bankcard | pattern | hide | null}", "{path: JSONPath, kind: phone | idcard | email | name | bankcard | pattern | hide | null}"),
		both("改正这条脱敏", "correct the mask")}
	MaskSuggested = &Rule{"mask.suggested", Warning, both("敏感字段有脱敏", "a mask for a field that looks sensitive"),
		both("在控制台或用 gatepost api set --mask 采纳或设为不需要", "take it over in the console or by gatepost api set --mask, or leave it")}
	MaskBody = &Rule{"mask.response", Error, both("应答为 JSON 并有 schema", "an answer in JSON that has a schema"),
		both("为 2xx 应答声明 application/json 与 schema，或去掉脱敏", "declare application/json with a schema for the 2xx answer, or drop the mask")}
	SecurityReplaced = &Rule{"security.replaced", Note, both("平台的访问令牌与权限点", "the platform's access tokens and permission points"),
		both("文档里的安全方案不生效；上游以网关注入的身份识别调用者", "the document's security schemes have no effect; the upstream knows callers by the identity that the gateway injects")}
	ServersIgnored = &Rule{"servers.ignored", Note, both("上游地址另行设置", "the upstream's addresses, set apart"),
		both("用 --upstream 或控制台设置", "set them by --upstream or in the console")}
)
