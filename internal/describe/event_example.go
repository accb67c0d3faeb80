package describe

import (
	"iter"
	"strings"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/op"
)

// EventExample is a payload of e as it could be told: JSON on one line.
func EventExample(e *event.Event) string { return compact(payloadExample(e.Payload, &op.Field{})) }

// EventFields tells every field of a payload by its path, objects included.
func EventFields(e *event.Event) iter.Seq2[string, *op.Field] {
	return func(yield func(string, *op.Field) bool) { eachField(e.Payload, "", yield) }
}

// EventFieldType says what a field of a payload holds.
func EventFieldType(f *op.Field) string { return typeName(f.Shape) }

func eachField(sh *op.Shape, path string, yield func(string, *op.Field) bool) bool {
	sh, path = inside(sh, path)
	for i := range sh.Fields {
		f := &sh.Fields[i]
		name := strings.TrimPrefix(path+"."+f.Name, ".")
		if !yield(name, f) || !eachField(f.Shape, name, yield) {
			return false
		}
	}
	return true
}

// payloadExample is a value with every field that a payload can have.
func payloadExample(sh *op.Shape, f *op.Field) any {
	switch {
	case sh.Kind == op.List:
		return []any{payloadExample(sh.Elem, f)}
	case sh.Kind == op.Object:
		o := ordered{}
		for i := range sh.Fields {
			o = append(o, member{sh.Fields[i].Name, payloadExample(sh.Fields[i].Shape, &sh.Fields[i])})
		}
		return o
	case sh.Kind == op.Text:
		return `{"id":406061025,"name":"财务","level":0,"scope":1,"color":0,"hidden":false,"deleted":false,"parentId":406061020,"extraInfo":""}`
	case sh.Kind == op.String && f.Enum == nil:
		if v, ok := payloadWord(f.Name); ok {
			return v
		}
	}
	return example(sh, f)
}

// payloadWord is what a text of a payload looks like where its name says
// something else in requests.
func payloadWord(name string) (string, bool) {
	switch name {
	case "timeStamp", "hiredDate":
		return "1795305600000", true
	case "unifiedAppId":
		return "dingq3e8w0x1m5p7r2t4", true
	case "scope":
		return "1", true
	case "desc":
		return "客户管理", true
	case "icon":
		return "", true
	case "stateCode":
		return "86", true
	case "companyName":
		return "示例公司", true
	case "jobNumber":
		return "GP0042", true
	case "workPlace":
		return "杭州", true
	case "telephone":
		return "0571-88880000", true
	}
	return "", false
}
