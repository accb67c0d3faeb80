package secid

import (
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// Operations returns what applications may ask about ids.
func (i *IDs) Operations() []op.Operation {
	return []op.Operation{
		op.V2("POST /v1.0/gatepost/securityIds/convert", i.convert, op.Spec{Title: "转换安全 ID", TitleEN: "Convert security IDs",
			Verb: op.Read, Scope: scope.SecurityIDConvert, Group: "securityid",
			Doc: "Converts up to 100 ids of people and companies at once: from the app's own ids or the platform's (from), to the platform's, the app's own, or those of another app of the same company (to, targetAppKey). " +
				"The permission point is the company's consent; without it no app can tell whom an id of another app is of. " +
				"Every id has its own outcome: converted; malformed, which no app was ever told; foreign, which another app was told. Whether the person exists is not asked. " +
				"kind is needed for the platform's ids, and otherwise read from the id. The request's and the answer's ids are taken as they are, whichever ids the app uses elsewhere."}),
	}
}
