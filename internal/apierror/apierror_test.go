package apierror

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestMessageSaysExpectedFoundAndRepair(t *testing.T) {
	t.Parallel()
	r := TokenExpired.With().Want("7200 秒内的 token").Got("过期于 12:00")
	if got, want := r.Message("zh"), "access_token超时；期望：7200 秒内的 token；实际：过期于 12:00；处理：重新获取 access_token"; got != want {
		t.Errorf("got %q", got)
	}
	if got, want := r.Message("en"), "access_token has expired; expected: 7200 秒内的 token; found: 过期于 12:00; to fix: get a new access_token"; got != want {
		t.Errorf("got %q", got)
	}
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	r := ScopeMissing.With("scope", "qyapi_get_member", "link", "http://x/", "request", "1").Needs("qyapi_get_member")
	if m := r.Text("zh"); !strings.HasSuffix(m, "{requiredScopes=[qyapi_get_member]}") {
		t.Errorf("tools parse requiredScopes=[…] at the end of %q", m)
	}
}

func TestFrom(t *testing.T) {
	t.Parallel()
	secret := errors.New("dial tcp 10.0.0.1: refused")
	if r := From(fmt.Errorf("load: %w", secret)); r.Rule != Internal || strings.Contains(r.Message("zh"), "10.0.0.1") {
		t.Errorf("an inner error is shown to the caller: %s", r.Message("zh"))
	} else if !errors.Is(r, secret) {
		t.Error("the cause is lost to the log")
	}
	if r := From(fmt.Errorf("load: %w", UserNotFound.Got("x"))); r.Rule != UserNotFound || !errors.Is(r, UserNotFound) {
		t.Errorf("a wrapped refusal became %s", r.Rule.Name)
	}
	if r := From(DeptNotFound); r.Rule != DeptNotFound {
		t.Errorf("a bare row became %s", r.Rule.Name)
	}
}

func TestFoundIsShortened(t *testing.T) {
	t.Parallel()
	if r := ParameterInvalid.Got("%s", strings.Repeat("长", 1000)); len(r.Found) > 210 {
		t.Errorf("%d bytes of the request come back", len(r.Found))
	}
}

func TestFacesAreTheDocumentedOnes(t *testing.T) {
	t.Parallel()
	byCode := map[string]string{}
	// Clients renew a token, or ask for a new code, on one v2 code; which of the
	// reasons it was stands in the text and in the rule's name.
	shared := map[string]bool{"InvalidAuthentication": true, "invalidCode": true}
	for _, e := range All() {
		if prev, ok := byCode[e.Code]; ok && !shared[e.Code] {
			t.Errorf("%s and %s have one v2 code %s", prev, e.Name, e.Code)
		}
		byCode[e.Code] = e.Name
		for _, text := range []string{e.ZH, e.EN, e.HintZH, e.HintEN} {
			if strings.TrimSpace(text) != text || strings.HasSuffix(text, ".") {
				t.Errorf("%s: %q is not trimmed or ends in a full stop", e.Name, text)
			}
		}
	}
}
