package op

import (
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/scope"
)

// invalid refuses a value that the field cannot have, by the field's own rule.
func invalid(f *Field, path string) *apierror.Refusal {
	r := f.Rule.With("name", path).About(path)
	if f.Grade == scope.R2 {
		return r.Personal()
	}
	return r
}

// mistyped refuses a value of another shape altogether, such as a list where one
// value belongs. Which rule the field has does not matter then.
func mistyped(path string) *apierror.Refusal {
	return apierror.ParameterInvalid.With("name", path).About(path)
}

func malformed(err error) error {
	if err == nil {
		return nil
	}
	r := apierror.BodyMalformed.With()
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return r.Want("each name once").Got("%s", trimJSON(err))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return r.Want("a whole JSON object").Got("a body that ends too early")
	}
	return r.Want("a JSON object in UTF-8").Got("%s", trimJSON(err))
}

func trimJSON(err error) string { return strings.TrimPrefix(err.Error(), "jsontext: ") }

func tooDeep() error {
	return apierror.BodyMalformed.Want("at most %d levels of nesting", maxDepth).Got("more")
}

func tooLarge(limit, found int64) error {
	r := apierror.BodyTooLarge.Want("at most %d bytes", limit)
	if found >= 0 {
		return r.Got("%d bytes", found)
	}
	return r.Got("more")
}

func unreadable(err error) error { return apierror.BodyTimeout.With().Because(err) }
