package platform

import (
	"context"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
)

// appNames tells flow control how apps are called: neither knows the other.
type appNames struct{ apps *app.Apps }

// AppName implements ratelimit.AppNames.
func (n appNames) AppName(ctx context.Context, corp id.Corp, agent id.Agent) (string, error) {
	a, err := n.apps.ByAgent(ctx, corp, agent)
	if err != nil {
		return "", err
	}
	return a.Name, nil
}
