package signature

import (
	"slices"
	"strings"
	"testing"
)

// The vectors of topsign.md §3.
func TestTOPVectors(t *testing.T) {
	t.Parallel()
	for digest, want := range map[Digest]string{
		TOPMD5:        "66987CB115214E59E6EC978214934FB8",
		TOPHMACMD5:    "D56D7858309C31B6251083A874D48273",
		TOPHMACSHA256: "04DB15AD0774D5CFCE2C837DE43E3FCEA9011ED74F3038FB6AB5F3C4CEA119E8",
		"sha1":        "",
	} {
		params := [][2]string{{"v", "2.0"}, {"timestamp", "2016-01-01 12:00:00"}, {"sign_method", string(digest)}, {"session", "test"},
			{"num_iid", "11223344"}, {"method", "taobao.item.seller.get"}, {"format", "json"}, {"fields", "num_iid,title,nick,price,num"},
			{"app_key", "12345678"}, {"sign", "whatever"}, {"blank", " "}}
		if got := SignTOP(digest, "helloworld", CanonicalTOP(params, "")); got != want {
			t.Errorf("%s: %s, want %s", digest, got, want)
		}
	}
	if got := CanonicalTOP([][2]string{{"b", "2"}, {"a", "1"}}, `{"x":1}`); got != `a1b2{"x":1}` {
		t.Errorf("with a body: %s", got)
	}
}

// The vectors of exclusive-gov.md §3.
func TestGovVectors(t *testing.T) {
	t.Parallel()
	type params = [][2]string
	for _, tc := range []struct {
		path      string
		params    params
		hmac, md5 string
	}{
		{"/gettoken.json", params{{"appsecret", "sk"}, {"appkey", "ak"}}, "fLcr39Ce7xckrTObClL7+IdFY8/3+XnQbb96qzpWo90=", "17ebadb0dcf58eb6ca337ace5b4c88d7"},
		{"/mozi/organization/getRootOrganization", params{{"none", ""}}, "4OFGTjOxdODldmC9sGt53TUjinNIfs3clvpue06REQM=", "37e1d0fee6dbd3845f5c1294a1db4830"},
		{"/mozi/organization/listOrganizationsByCodes", params{{"tenantId", "1"}, {"organizationCodes", "GO_b"}, {"organizationCodes", "GO_a"}},
			"21rrrFySFXQoNku8GUteDXn94yGgmvjoN8n1tVdqHJE=", "7c8a17a7ef1b7577f86f73d9d6e4a509"},
		{"/x", params{{"orgTypeCode", "T"}, {"organizationCode", "GO_1"}, {"tenantId", "1"}}, "Yb/MSl6TT6kR1ESEHnHkYbe8rR/Yca5CwRI9xajLqTY=", ""},
		{"/x", params{{"orgTypeCode", "T"}, {"organizationCode", "GO_1"}, {"tenantId", "1"}}, "PA5sllQRHImJ9ii7gvM/Qa3RQWFWnGT1hnEE7fxdDLY=", ""},
	} {
		g := Gov{"POST", "2026-01-02T03:04:05.678+08:00", "12345678901231234", tc.path, tc.params}
		texts := g.Canonicals()
		if !slices.ContainsFunc(texts, func(s string) bool { return SignGov("testsecret", s) == tc.hmac }) {
			t.Errorf("%s: %s is none of %q", tc.path, tc.hmac, texts)
		}
		if tc.md5 != "" && !slices.ContainsFunc(texts, func(s string) bool { return SignGovMD5("testsecret", s) == tc.md5 }) {
			t.Errorf("%s: %s is none of %q", tc.path, tc.md5, texts)
		}
	}
}

func TestGovRefusesWhatCouldBeTwoThings(t *testing.T) {
	t.Parallel()
	one := Gov{Path: "/x", Params: [][2]string{{"a", "1&b=2"}}}
	two := Gov{Path: "/x", Params: [][2]string{{"a", "1"}, {"b", "2"}}}
	for _, s := range one.Canonicals() {
		if slices.Contains(two.Canonicals(), s) {
			t.Errorf("%q is one parameter and two", s)
		}
	}
	if texts := (&Gov{Path: "/x\na=1"}).Canonicals(); texts != nil {
		t.Errorf("a path that holds a parameter: %q", texts)
	}
}

func TestGPCanonical(t *testing.T) {
	t.Parallel()
	g := GP{Method: "post", Path: "/v1.0/a%20b", Query: [][2]string{{"z", "1 2"}, {"a", "中/~"}}, Timestamp: "1700000000000", Nonce: "abcdefgh", Body: []byte("{}")}
	want := strings.Join([]string{"GP-HMAC-SHA256", "POST", "/v1.0/a%20b", "a=%E4%B8%AD%2F~&z=1%202", "1700000000000", "abcdefgh",
		"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}, "\n")
	if got := g.Canonical(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, signed := SignGP("secret", want), "501bada5eb904e41ddb73774ae4b6daf383a618a8daeb220db6e5b500d693cd0"; got != signed {
		t.Errorf("signature %s, want %s", got, signed)
	}
}

func TestDoubledAndBlank(t *testing.T) {
	t.Parallel()
	p := [][2]string{{"a", "1"}, {"A", "1"}, {"b", " "}}
	if Doubled(p, false) != "" || Doubled(p, true) != "A" {
		t.Error("names that differ in case")
	}
	if name, blank := Blank(p); name != "b" || !blank {
		t.Error("a blank value")
	}
	if _, blank := Blank(p[:2]); blank {
		t.Error("none is blank")
	}
}
