package platform_test

import (
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/publish"
	"github.com/gatepost/gatepost/internal/upstream"
)

type plainCarrier struct{ base string }

func plain(c upstream.Config) (publish.Carrier, error) {
	return plainCarrier{strings.TrimSuffix(c.Addresses[0], "/")}, nil
}

func (plainCarrier) Health() []upstream.Address { return nil }
func (plainCarrier) Close()                     {}

func (p plainCarrier) Carry(ctx context.Context, who *op.Caller, o *op.Operation, target string, r *op.Request, mask upstream.BodyMask) (op.Answer, error) {
	q, err := http.NewRequestWithContext(ctx, r.Method, p.base+target, r.Reader())
	if err != nil {
		return op.Answer{}, err
	}
	q.Header.Set("Content-Type", r.Head.Get("Content-Type"))
	q.Header.Set("X-Gatepost-App", string(who.App))
	resp, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		return op.Answer{}, err
	}
	if mask != nil {
		if err := mask.Accept(resp.StatusCode, resp.Header.Get("Content-Type"), resp.Header.Get("Content-Encoding")); err != nil {
			resp.Body.Close()
			return op.Answer{}, err
		}
	}
	return op.Answer{Status: resp.StatusCode, Type: resp.Header.Get("Content-Type"), Length: -1, Stream: func(s op.Sink) (op.Passed, error) {
		defer resp.Body.Close()
		if mask == nil {
			n, err := io.Copy(s, resp.Body)
			return op.Passed{Out: n}, err
		}
		w := mask.Writer(s)
		n, err := io.Copy(w, resp.Body)
		if err == nil {
			err = w.Close()
		}
		return op.Passed{Out: n, Masked: w.Masked()}, err
	}}, nil
}
