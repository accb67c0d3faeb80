package op

import (
	"strconv"
	"testing"

	"github.com/gatepost/gatepost/internal/scope"
)

// BenchmarkMask is the mask step of a page of a hundred people.
func BenchmarkMask(b *testing.B) {
	type item struct {
		ID     string `json:"userid" grade:"R1"`
		Name   string `json:"name" grade:"R1"`
		Title  string `json:"title" grade:"R1"`
		Mobile string `json:"mobile" grade:"R2" mask:"phone" needs:"fieldMobile"`
		Email  string `json:"email" grade:"R2" mask:"email" needs:"fieldEmail"`
	}
	type page struct {
		List []item `json:"list"`
	}
	o := V1("/topapi/test", handle[None, page], good)
	all := Scopes{scope.FieldMobile, scope.FieldEmail}
	for name, who := range map[string]Caller{"open": {Grade: scope.R2, Scopes: all}, "masked": {Grade: scope.R1, Scopes: all}} {
		b.Run(name, func(b *testing.B) {
			resp := &page{}
			for i := range 100 {
				n := strconv.Itoa(i)
				resp.List = append(resp.List, item{n, "王小明", "工程师", "13812341234", n + "@example.com"})
			}
			b.ReportAllocs()
			for b.Loop() {
				o.Mask(resp, who, Policy{})
			}
		})
	}
}

// BenchmarkDisclosure is what telling who was shown of a page of a hundred
// people costs beside the call, and of a page without graded fields.
func BenchmarkDisclosure(b *testing.B) {
	type item struct {
		ID     string `json:"userid" grade:"R1" person:"userid"`
		Name   string `json:"name" grade:"R1"`
		Mobile string `json:"mobile" grade:"R2" mask:"phone" needs:"fieldMobile"`
		Email  string `json:"email" grade:"R2" mask:"email" needs:"fieldEmail"`
	}
	type page struct {
		List []item `json:"list"`
	}
	c := NewCatalogue([]Operation{V1("/topapi/test", handle[None, page], good)})
	o, _ := c.Find("POST", "/topapi/test")
	all := Scopes{scope.FieldMobile, scope.FieldEmail}
	for name, who := range map[string]Caller{"R2": {Grade: scope.R2, Scopes: all}, "R1": {Grade: scope.R1, Scopes: all}} {
		b.Run(name, func(b *testing.B) {
			resp := &page{}
			for i := range 100 {
				n := strconv.Itoa(i)
				resp.List = append(resp.List, item{n, "王小明", "13812341234", n + "@example.com"})
			}
			b.ReportAllocs()
			for b.Loop() {
				c.Disclosure(o, &None{}, resp, &who, Policy{})
			}
		})
	}
}
