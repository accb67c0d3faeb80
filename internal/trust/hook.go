package trust

import (
	_ "embed"
	"encoding/json"
)

//go:embed hook.cjs
var hookScript string

// nodeHook returns the script that redirects connections inside Node.
func nodeHook(tlsPort, plainPort uint16) ([]byte, error) {
	settings, err := json.Marshal(map[string]any{
		"names":    Names(),
		"sentinel": sentinelAddress,
		"ports":    map[string]uint16{"443": tlsPort, "80": plainPort},
	})
	if err != nil {
		return nil, err
	}
	return []byte("const gatepost = " + string(settings) + ";\n" + hookScript), nil
}
