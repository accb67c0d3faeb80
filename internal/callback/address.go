package callback

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/upstream"
)

// maxURL bounds an address, in bytes.
const maxURL = 1024

// wellKnown are the ports below which others belong to services that are not
// HTTP, and must not be sent anything on somebody's word.
const wellKnown = 1024

// reachable refuses an address to which events of corp may not be sent: one that
// is no plain http or https URL, or that leads to where callbacks may not go.
// What is sent in the plain form may be read on its way, so over http it goes
// only to addresses that the operator opened.
func (r *Registry) reachable(ctx context.Context, corp id.Corp, form Form, address string) error {
	u, port, err := parsed(address)
	if err != nil {
		return err
	}
	guard, err := r.Network(ctx, corp)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	inside, err := guard.Check(ctx, u.Hostname(), port)
	var forbidden *upstream.Forbidden
	switch {
	case errors.As(err, &forbidden):
		return apierror.CallbackAddress.With().About("url").Got("%s", forbidden.Words())
	case err != nil:
		return apierror.CallbackUnreachable.With().About("url").Got("%s", err).Because(err)
	case form == Plain && u.Scheme == "http" && !inside:
		return apierror.CallbackURL.With().About("url").Want("明文的 webhook 用 https，除非地址在运营者允许的内网中").Got("%s", address)
	}
	return nil
}

// parsed takes an address apart, with the port that it leads to.
func parsed(address string) (u *url.URL, port uint16, err error) {
	u, err = url.Parse(address)
	wrong := func() *apierror.Refusal { return apierror.CallbackURL.With().About("url") }
	switch {
	case len(address) > maxURL:
		return nil, 0, wrong().Want("最多 %d 字节", maxURL).Got("%d", len(address))
	case err != nil, strings.ContainsFunc(address, unsendable):
		return nil, 0, wrong().Want("ASCII 的绝对 URL，如 https://example.com/callback") // what was found may hold a password
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, 0, wrong().Want("http 或 https").Got("%s", u.Scheme)
	case u.User != nil:
		return nil, 0, wrong().Want("不带用户名与密码的 URL")
	case u.Fragment != "" || strings.HasSuffix(address, "#"):
		return nil, 0, wrong().Want("不带 # 的 URL").Got("%s", address)
	case u.Hostname() == "":
		return nil, 0, wrong().Want("主机名或地址").Got("%s", address)
	}
	text := u.Port()
	if text == "" {
		text = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 || n < wellKnown && n != 80 && n != 443 || strings.HasSuffix(u.Host, ":") {
		return nil, 0, wrong().Want("端口 80、443 或 %d–65535", wellKnown).Got("%s", net.JoinHostPort(u.Hostname(), u.Port()))
	}
	return u, uint16(n), nil
}

func unsendable(r rune) bool { return r <= ' ' || r >= 0x7f }
