package platform

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/kv"
	"github.com/gatepost/gatepost/internal/store"
)

// awayRetry is when a caller should try again: the database and shared state are
// looked for twice a second.
const awayRetry = time.Second

// away is the refusal for an error of the database or of shared state that will
// pass; nil for any other. The log is told once a second, not for every call.
func (p *Platform) away(ctx context.Context, err error) *apierror.Refusal {
	var row *apierror.Error
	switch {
	case errors.Is(err, kv.ErrAway):
		row = apierror.SharedStateAway
	case store.Away(err):
		row = apierror.DatabaseAway
	default:
		return nil
	}
	if now := p.Clock.Real().Unix(); p.warned.Swap(now) != now {
		p.logger.WarnContext(ctx, "calls are refused", slog.String("rule", row.Name), slog.Any("err", err))
	}
	return row.With().Retry(awayRetry).Because(err)
}

// drain withdraws readiness and waits until whoever asks for it has noticed.
func (p *Platform) drain(failed context.Context) {
	p.stopping.Store(true)
	wait := time.NewTimer(p.Config.Drain)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-failed.Done():
	}
}

// leaving has connections end with their next answer once the platform is
// stopping, so that none is closed while a request is on its way.
func (p *Platform) leaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
