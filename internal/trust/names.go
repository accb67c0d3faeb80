package trust

import (
	"slices"
	"strings"
)

// Names returns the host names of DingTalk that lead to Gatepost, in the order
// in which they are written into hosts files.
func Names() []string {
	return []string{
		"oapi.dingtalk.com",
		"api.dingtalk.com",
		"login.dingtalk.com",
		"oapi.dingtalk.io",
		"api.dingtalk.io",
		"account.dingtalk.com",
		"open-dev.dingtalk.com",
		"oa.dingtalk.com",
		"wss-open-connection.dingtalk.com",
		"wss-open-connection-union.dingtalk.com",
	}
}

// isName reports whether host, without a port, is one of Names. Case and the
// root dot do not matter, as in DNS.
func isName(host string) bool {
	return slices.Contains(Names(), strings.ToLower(strings.TrimSuffix(host, ".")))
}
