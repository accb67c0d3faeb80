package stream

import (
	"context"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// apps is a sandbox with the one app of these tests.
type apps struct{}

func (apps) Credentials(_ context.Context, _ op.Caller, key id.App, secret string) (App, error) {
	if key != app.Key || secret != "secret" {
		return App{}, apierror.AppSecretWrong.With()
	}
	return app, nil
}

func (apps) Connected(context.Context, id.Corp, id.Agent) (App, error) { return app, nil }

func (apps) Sandbox(context.Context, id.Corp) (bool, error) { return true, nil }
