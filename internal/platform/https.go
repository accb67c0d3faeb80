package platform

import (
	"context"
	"crypto/tls"
	"net/http"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/listener"
	"github.com/gatepost/gatepost/internal/site"
	"github.com/gatepost/gatepost/internal/trust"
)

// hsts has browsers come back by https for a year. The platform's own authority
// is for development, where the same name may answer by http tomorrow.
const hsts = "max-age=31536000"

// tlsConfig is how the platform's listener speaks TLS; nil where it does not.
func (p *Platform) tlsConfig(ctx context.Context) (*tls.Config, error) {
	switch p.Config.TLS {
	case config.TLSOwn:
		ca, err := trust.OpenCA(p.Config.Data)
		if err != nil {
			return nil, err
		}
		return ca.TLSConfig(), nil
	case config.TLSFiles:
		files, err := trust.OpenFiles(p.Config.TLSCert, p.Config.TLSKey, func(err error) {
			p.logger.WarnContext(ctx, "the renewed certificate cannot be used; the one before it goes on", "err", err)
		})
		if err != nil {
			return nil, err
		}
		return files.TLSConfig(), nil
	}
	return nil, nil
}

// listenerConfig is what the platform's listener answers with.
func (p *Platform) listenerConfig(ctx context.Context) listener.Config {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := listener.Config{Calls: p.Gateway, Others: p.leaving(p.Handler), IsCall: site.IsCall, Trusted: p.Config.Proxies, TLS: p.tls,
		Context: func() context.Context { return ctx }, Logger: p.logger.With("package", "listener")}
	if p.Config.TLS == config.TLSFiles {
		c.Header = [][2]string{{"Strict-Transport-Security", hsts}}
		others := c.Others
		c.Others = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Strict-Transport-Security", hsts)
			others.ServeHTTP(w, r)
		})
	}
	return c
}
