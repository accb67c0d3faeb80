package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	why "github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
)

// Value holds a decoded JSON value to the schema. It refuses what differs first,
// naming the field, which is below name.
func (c *Check) Value(v any, name string) error {
	if c == nil || c.compiled == nil {
		return nil
	}
	err := c.compiled.Validate(v)
	if err == nil {
		return nil
	}
	bad, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return apierror.ParameterInvalid.With("name", name).About(name).Because(err)
	}
	return refuse(telling(bad), name)
}

// telling is the failure that is told of: the first cause, but an alternative as a
// whole where none of its parts fits, for which of them was meant is not known.
func telling(v *jsonschema.ValidationError) *jsonschema.ValidationError {
	for len(v.Causes) > 0 {
		switch v.ErrorKind.(type) {
		case *why.OneOf, *why.AnyOf, *why.Not:
			return v
		}
		v = v.Causes[0]
	}
	return v
}

func refuse(v *jsonschema.ValidationError, name string) error {
	if k, ok := v.ErrorKind.(*why.Required); ok {
		at := field(name, append(slices.Clone(v.InstanceLocation), k.Missing[0]))
		return apierror.ParameterMissing.With("name", at).About(at)
	}
	if k, ok := v.ErrorKind.(*why.AdditionalProperties); ok {
		at := field(name, append(slices.Clone(v.InstanceLocation), k.Properties[0]))
		return apierror.ParameterUnknown.With("name", at).About(at)
	}
	at := field(name, v.InstanceLocation)
	r := apierror.ParameterInvalid.With("name", at).About(at)
	switch k := v.ErrorKind.(type) {
	case *why.Type:
		return r.Want("%s", strings.Join(k.Want, " | ")).Got("%s", k.Got)
	case *why.Enum:
		return r.Want("%s", values(k.Want)).Got("%s", brief(k.Got))
	case *why.Const:
		return r.Want("%s", brief(k.Want)).Got("%s", brief(k.Got))
	case *why.Format:
		return r.Want("%s", k.Want).Got("%s", brief(k.Got))
	case *why.Pattern:
		return r.Want("a text that the pattern %s finds", k.Want).Got("%s", brief(k.Got))
	case *why.MinLength:
		return r.Want("at least %d characters", k.Want).Got("%d", k.Got)
	case *why.MaxLength:
		return r.Want("at most %d characters", k.Want).Got("%d", k.Got)
	case *why.MinItems:
		return r.Want("at least %d items", k.Want).Got("%d", k.Got)
	case *why.MaxItems:
		return r.Want("at most %d items", k.Want).Got("%d", k.Got)
	case *why.Minimum:
		want, _ := k.Want.Float64()
		return r.Want("at least %v", want).Got("%v", number64(k.Got))
	case *why.Maximum:
		want, _ := k.Want.Float64()
		return r.Want("at most %v", want).Got("%v", number64(k.Got))
	case *why.ExclusiveMinimum:
		want, _ := k.Want.Float64()
		return r.Want("more than %v", want).Got("%v", number64(k.Got))
	case *why.ExclusiveMaximum:
		want, _ := k.Want.Float64()
		return r.Want("less than %v", want).Got("%v", number64(k.Got))
	}
	return r.Want("what its schema says of %s", strings.Join(v.ErrorKind.KeywordPath(), "/"))
}

func number64(n *big.Rat) float64 {
	f, _ := n.Float64()
	return f
}

func values(all []any) string {
	texts := make([]string, len(all))
	for i, v := range all {
		texts[i] = fmt.Sprint(v)
	}
	return strings.Join(texts, " | ")
}

// brief is a value as JSON; refusals shorten it.
func brief(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// field is the path of a field, as refusals of the platform's own operations
// spell it: list[0].mobile.
func field(name string, steps []string) string {
	for _, step := range steps {
		switch {
		case step != "" && strings.Trim(step, "0123456789") == "":
			name += "[" + step + "]"
		case name == "":
			name = step
		default:
			name += "." + step
		}
	}
	if name == "" {
		return "body"
	}
	return name
}

// Text holds a parameter that came as text, once or several times, to its
// declaration. Nothing came when given is empty.
func (p *Parameter) Text(given []string) error {
	switch {
	case len(given) == 0 && p.Required:
		return apierror.ParameterMissing.With("name", p.Name).About(p.Name)
	case len(given) == 0 || p.Free:
		return nil
	case len(given) > 1 && (!p.List || !p.Explode && p.In != op.InHeader):
		return apierror.ParameterInvalid.With("name", p.Name).About(p.Name).Want("each name once").Got("%d", len(given))
	}
	if !p.List {
		v, err := p.scalar(given[0])
		if err != nil {
			return err
		}
		return p.Check.Value(v, p.Name)
	}
	if !p.Explode || p.In == op.InHeader {
		var parts []string
		for _, one := range given {
			parts = append(parts, strings.Split(one, ",")...)
		}
		given = parts
	}
	all := make([]any, 0, len(given))
	for _, one := range given {
		v, err := p.scalar(strings.TrimSpace(one))
		if err != nil {
			return err
		}
		all = append(all, v)
	}
	return p.Check.Value(all, p.Name)
}

// scalar is what a text spells in a parameter of this kind.
func (p *Parameter) scalar(s string) (any, error) {
	bad := func(want op.Kind) error {
		return apierror.ParameterInvalid.With("name", p.Name).About(p.Name).Want("%s", want.Words()).Got("%q", s)
	}
	switch p.Kind {
	case op.Integer:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, bad(p.Kind)
		}
		return n, nil
	case op.Number:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || f-f != 0 {
			return nil, bad(p.Kind)
		}
		return f, nil
	case op.Boolean:
		if !slices.Contains([]string{"true", "false"}, s) {
			return nil, bad(p.Kind)
		}
		return s == "true", nil
	default:
		return s, nil
	}
}
