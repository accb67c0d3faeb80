package op_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/known"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

type listRequest struct {
	Dept     int64  `json:"dept_id" doc:"部门 id" required:"true" min:"1"`
	Cursor   int64  `json:"cursor" doc:"游标" min:"0"`
	Size     int64  `json:"size" doc:"条数" min:"1" max:"100" default:"20"`
	Order    string `json:"order_field" doc:"排序" enum:"entry_asc,entry_desc,custom" default:"custom"`
	Limited  bool   `json:"contain_access_limit" doc:"是否包含受限成员"`
	Language string `json:"language" doc:"语言" enum:"zh_CN,en_US" default:"zh_CN"`
}

func list(context.Context, op.Caller, *listRequest) (*op.None, error) { return &op.None{}, nil }

func BenchmarkDecode(b *testing.B) {
	o := op.V1("/topapi/v2/user/list", list, op.Spec{Title: "t", TitleEN: "t", Doc: "d", Verb: op.Read, Scope: scope.Member, Group: "g"})
	json := http.Header{"Content-Type": {"application/json"}}
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for name, tc := range map[string]struct {
		head http.Header
		body string
	}{
		"json":    {json, `{"dept_id":1,"cursor":0,"size":100,"order_field":"custom","contain_access_limit":false}`},
		"lenient": {json, `{"dept_id":"1","cursor":"0","size":"100","order_field":"custom","contain_access_limit":"false"}`},
		"form":    {form, `dept_id=1&cursor=0&size=100&order_field=custom&contain_access_limit=false`},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(tc.body)))
			for b.Loop() {
				r := op.Request{Method: "POST", Query: "access_token=abc", Head: tc.head, Body: strings.NewReader(tc.body), Length: int64(len(tc.body))}
				if _, _, err := o.Decode(&r, op.Vars{}, op.Caller{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFind asks a tree of all known v2 routes for each of them in turn.
func BenchmarkFind(b *testing.B) {
	var tree op.Tree[int]
	type ask struct{ method, path string }
	var asks []ask
	for i, o := range known.Load().Operations() {
		if o.Dialect != op.DialectV2 {
			continue
		}
		tree.Add(o.Method, o.Path, i)
		path := o.Path
		for strings.Contains(path, "{") {
			open, end := strings.IndexByte(path, '{'), strings.IndexByte(path, '}')
			path = path[:open] + "manager4220" + path[end+1:]
		}
		asks = append(asks, ask{o.Method, path})
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		a := asks[i%len(asks)]
		if _, _, ok := tree.Find(a.method, a.path); !ok {
			b.Fatalf("%s %s is not found", a.method, a.path)
		}
	}
}
