package secid

import (
	"context"
	"errors"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Which ids a conversion starts from or ends in.
const (
	asOwn   = "own"
	asPlain = "plain"
	asApp   = "app"
)

// How the conversion of one id ended.
const (
	converted = "converted"
	malformed = "malformed"
	foreign   = "foreign"
)

type convertRequest struct {
	IDs    []string  `json:"ids" required:"true" maxItems:"100" doc:"要转换的 ID，最多 100 个"`
	From   string    `json:"from" enum:"own,plain" default:"own" doc:"ids 是什么：本应用的安全 ID，或平台的 ID"`
	To     string    `json:"to" enum:"plain,own,app" default:"plain" doc:"转换为：平台的 ID、本应用的安全 ID，或另一应用的安全 ID"`
	Kind   op.IDKind `json:"kind" enum:"userid,unionid,openid,corpid,chatid" doc:"平台的 ID 的种类；安全 ID 自带种类"`
	Target id.App    `json:"targetAppKey" maxLen:"64" doc:"to 为 app 时，同一企业的应用的 AppKey"`
}

type convertResponse struct {
	Results []convertResult `json:"results" doc:"与 ids 同序"`
}

type convertResult struct {
	From    string    `json:"from" grade:"R2" mask:"hide" doc:"要转换的 ID"`
	To      string    `json:"to,omitempty" grade:"R2" mask:"hide" doc:"转换后的 ID；仅当 outcome 为 converted"`
	Kind    op.IDKind `json:"kind,omitempty" grade:"R1" doc:"种类"`
	Outcome string    `json:"outcome" enum:"converted,malformed,foreign" grade:"R1" doc:"结果"`
}

func (i *IDs) convert(ctx context.Context, who op.Caller, q *convertRequest) (*convertResponse, error) {
	target, err := i.target(ctx, who, q)
	if err != nil {
		return nil, err
	}
	if q.From == asPlain && q.Kind == "" {
		return nil, apierror.ParameterMissing.With("name", "kind")
	}
	answer := &convertResponse{}
	for _, text := range q.IDs {
		r, err := i.convertOne(ctx, holder{who.App, who.Corp}, target, q, text)
		if err != nil {
			return nil, err
		}
		answer.Results = append(answer.Results, r)
	}
	return answer, nil
}

// target is whose ids are wanted; the zero holder stands for the platform.
func (i *IDs) target(ctx context.Context, who op.Caller, q *convertRequest) (holder, error) {
	switch q.To {
	case asPlain:
		return holder{}, nil
	case asOwn:
		return holder{who.App, who.Corp}, nil
	}
	if q.Target == "" {
		return holder{}, apierror.ParameterMissing.With("name", "targetAppKey")
	}
	a, err := i.apps.ByKey(ctx, q.Target)
	if errors.Is(err, apierror.AgentUnknown) || err == nil && (a.Corp != who.Corp || a.State != app.Enabled) {
		return holder{}, apierror.ParameterInvalid.With("name", "targetAppKey").About("targetAppKey").Want("企业 %s 的应用", who.Corp).Got("%s", q.Target)
	}
	return holder{q.Target, who.Corp}, err
}

func (i *IDs) convertOne(ctx context.Context, from, to holder, q *convertRequest, text string) (convertResult, error) {
	r := convertResult{From: text, Kind: q.Kind, Outcome: converted}
	plain := text
	if q.From == asOwn {
		r.Kind, _ = looks(text)
		var err error
		plain, err = i.plain(ctx, from, r.Kind, text)
		switch {
		case errors.Is(err, errForm):
			return convertResult{From: text, Outcome: malformed}, nil
		case errors.Is(err, errForeign):
			return convertResult{From: text, Kind: r.Kind, Outcome: foreign}, nil
		case err != nil:
			return r, err
		}
	}
	if plain == "" || len(plain) > maxPlain {
		return convertResult{From: text, Outcome: malformed}, nil
	}
	if to == (holder{}) {
		r.To = plain
		return r, nil
	}
	var err error
	r.To, err = i.own(ctx, to, r.Kind, plain)
	return r, err
}

// maxPlain bounds an id of the platform in bytes: no kind has longer ones.
const maxPlain = 128
