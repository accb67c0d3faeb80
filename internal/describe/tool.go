package describe

import (
	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/op"
)

// Arguments returns the JSON schema of what an operation is asked with, as one
// object with the fields of path, query and body side by side: so programs that
// know nothing of HTTP give them.
func Arguments(o *op.Operation) ([]byte, error) {
	c := &components{done: map[string]bool{}} // nothing has a name: what is within stands where it is used
	s := &schema{Type: "object"}
	for i := range o.Request.Fields {
		f := &o.Request.Fields[i]
		s.Properties = append(s.Properties, member{f.Name, c.field(f, true)})
		if f.Required {
			s.Required = append(s.Required, f.Name)
		}
	}
	return json.Marshal(s, json.Deterministic(true))
}
