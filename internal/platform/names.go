package platform

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/trust"
)

// names443 is the listener that serves the known host names over TLS, for
// clients whose hosts are compiled in. It is opened by `gatepost trust on` and
// stays open across restarts until `gatepost trust off`.
type names443 struct {
	mu     sync.Mutex
	server *http.Server
	addr   string
	at     netip.AddrPort // what addr became
}

// namesSetting is the setting that keeps the listener's address.
const namesSetting = "trust.listen"

// open serves the known names on addr and remembers to do so after a restart.
// Opening what is open changes nothing.
func (n *names443) open(ctx context.Context, p *Platform, addr string) (*trust.CA, error) {
	ca, err := trust.OpenCA(p.Config.Data)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.server != nil && n.addr == addr {
		return ca, nil
	}
	l, err := trust.ListenTLS(addr, ca)
	if err != nil {
		return nil, err
	}
	if n.server != nil {
		_ = n.server.Close() // the new listener takes its place
	}
	if tcp, ok := l.Addr().(*net.TCPAddr); ok {
		n.at = tcp.AddrPort()
	}
	n.addr, n.server = addr, &http.Server{Handler: p.Handler, ReadHeaderTimeout: 10 * time.Second}
	go func(s *http.Server) { _ = s.Serve(l) }(n.server) // ends with Close or Shutdown
	return ca, p.keepSetting(ctx, namesSetting, addr)
}

// listens is the address on which the known names are served; ok is false while
// they are not.
func (n *names443) listens() (at netip.AddrPort, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.at, n.server != nil && n.at.IsValid()
}

// close stops serving the known names.
func (n *names443) close(ctx context.Context, p *Platform) error {
	return errors.Join(n.shut(ctx), p.keepSetting(ctx, namesSetting, ""))
}

func (n *names443) shut(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.server == nil {
		return nil
	}
	err := n.server.Shutdown(ctx)
	n.server = nil
	return err
}

// restore opens the listener again if it was open when the platform stopped.
func (n *names443) restore(ctx context.Context, p *Platform) error {
	addr, err := p.readSetting(ctx, namesSetting)
	if err != nil || addr == "" {
		return err
	}
	_, err = n.open(ctx, p, addr)
	return err
}

const (
	selectSetting store.SQL = `SELECT value FROM settings WHERE name = $1`
	upsertSetting store.SQL = `INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
)
