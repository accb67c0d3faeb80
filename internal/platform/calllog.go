package platform

import (
	"github.com/gatepost/gatepost/internal/audit"
	"github.com/gatepost/gatepost/internal/gateway"
)

// callLog hands the gateway's calls to the request log: neither knows the other.
type callLog struct{ log *audit.Log }

// Record implements gateway.Log.
func (l callLog) Record(c *gateway.Call) {
	r := audit.Call{ID: c.ID, At: c.At, Took: c.Took, Last: c.Last.String(), Method: c.Method, Path: c.Path, Dialect: c.Dialect,
		Op: c.Op, Caller: c.Caller, IP: c.IP, Status: c.Status, Refusal: c.Refusal, Warnings: c.Warnings, Masked: c.Masked, Shadow: c.Shadow, In: c.In, Out: c.Out}
	if c.Known != nil {
		r.Known = audit.Known{Name: c.Known.Name, Title: c.Known.Title}
	}
	r.Steps.Names, r.Steps.Took = gateway.StepNames()[:c.Last+1], c.Steps
	l.log.Record(&r)
}
