package audit

import "testing"

func TestVeil(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                  "",
		"/topapi/v2/user/get":               "/topapi/v2/user/get",
		"/v1.0/contact/users/13812345678":   "/v1.0/contact/users/***",
		"手机号 13812345678（lina）":             "手机号 ***（lina）",
		"+49-15112345678":                   "***",
		"a li.na@example.com b":             "a *** b",
		"lina@example.com（lina）":            "***（lina）",
		"mobile=13812345678&x=1":            "mobile=***&x=1",
		"1700000000000":                     "1700000000000", // a time
		"213812345678":                      "213812345678",  // part of a longer number
		"lina@corp":                         "lina@corp",     // a userid
		"agent 1234567890, department 1001": "agent 1234567890, department 1001",
	} {
		if got := veil(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
