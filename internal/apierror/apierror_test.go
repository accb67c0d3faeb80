package apierror

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestMessageSaysExpectedFoundAndRepair(t *testing.T) {
	t.Parallel()
	kind := Words{ZH: "应用 token", EN: "app access_token"}
	r := TokenExpired.Want("签发或续期后 %d 秒内使用", 7200).Got("%s，已过期并清除", kind)
	if got, want := r.Message("zh"), "access_token超时；期望：签发或续期后 7200 秒内使用；实际：应用 token，已过期并清除；处理：重新获取 access_token"; got != want {
		t.Errorf("got %q", got)
	}
	if got, want := r.Message("en"), "access_token has expired; expected: use within 7200 seconds of issue or renewal; found: app access_token, expired and swept away; to fix: get a new access_token"; got != want {
		t.Errorf("got %q", got)
	}
}

func TestPhrasesAreToldInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		r               *Refusal
		zh, en, asGiven string
	}{
		"written in Chinese": {ParameterInvalid.Want("最多 %d 项", 3), "最多 3 项", "at most 3 items", "最多 3 项"},
		"written in English": {ParameterInvalid.Want("at most %d items", 3), "最多 3 项", "at most 3 items", "at most 3 items"},
		"without words":      {ParameterInvalid.Want("%d", 3), "3", "3", "3"},
		"words as argument":  {ParameterInvalid.Want("%s", Words{"列表", "list"}), "列表", "list", "列表"},
		"without a row":      {ParameterInvalid.Want("nobody says %q", "this"), `nobody says "this"`, `nobody says "this"`, `nobody says "this"`},
		"nothing":            {ParameterInvalid.With(), "", "", ""},
		"set as a field":     {&Refusal{Rule: ParameterInvalid, Expected: "x"}, "x", "x", "x"},
	} {
		if zh, en := tc.r.ExpectedIn("zh"), tc.r.ExpectedIn("en"); zh != tc.zh || en != tc.en || tc.r.Expected != tc.asGiven {
			t.Errorf("%s: %q, %q, as written %q", name, zh, en, tc.r.Expected)
		}
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
	r := ParameterInvalid.Got("string %q", strings.Repeat("长", 1000))
	for _, text := range []string{r.Found, r.FoundIn("zh"), r.FoundIn("en")} {
		if len(text) > 210 {
			t.Errorf("%d bytes of the request come back", len(text))
		}
	}
}

func TestFacesAreTheDocumentedOnes(t *testing.T) {
	t.Parallel()
	byCode := map[string]string{}
	// Clients renew a token, or ask for a new code, on one v2 code; which of the
	// reasons it was stands in the text and in the rule's name. So they slow down
	// on the documented codes of flow control, which do not tell its rules apart.
	shared := map[string]bool{"InvalidAuthentication": true, "invalidCode": true,
		"Forbidden.AccessDenied.QpsLimitForApi": true, "Forbidden.AccessDenied.ApiCountLimitForOrg": true}
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
