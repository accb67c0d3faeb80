package stream

import (
	"context"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/kv"
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

// lives is a store that holds one entry, and remembers for how long.
type lives struct {
	kv.Store
	key, value string
	life       time.Duration
}

func (l *lives) Set(_ context.Context, key, value string, life time.Duration) error {
	l.key, l.value, l.life = key, value, life
	return nil
}

func (l *lives) Take(_ context.Context, key string) (string, error) {
	if key != l.key {
		return "", kv.ErrNone
	}
	l.key = ""
	return l.value, nil
}
