package op

import (
	"reflect"

	"github.com/gatepost/gatepost/internal/scope"
)

// Event describes what subscribers are told of an event: an operation that nobody
// calls, whose answer is the payload, a T. So what is masked in answers, noted of
// them and renamed in them is so in payloads. It panics as V2 does.
func Event[T any](name, title, titleEN, doc string, point scope.Name) Operation {
	o := Operation{Path: "/" + name, Dialect: DialectV2, name: "event " + name,
		Spec: Spec{Title: title, TitleEN: titleEN, Doc: doc, As: App, Verb: Read, Scope: point, Group: "event"}}
	o.check()
	o.Request, o.Response = shapeOf(reflect.TypeFor[None](), request), shapeOf(reflect.TypeFor[T](), response)
	o.checkShapes()
	o.Grade = o.grade()
	o.plan, o.told = o.PlanWith(nil), o.Response.IDPlan()
	return o
}
