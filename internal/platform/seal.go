package platform

import (
	"context"
	"fmt"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/keyring"
	"github.com/gatepost/gatepost/internal/store"
)

// seal seals what an older version left in clear, before any call is answered,
// and lets the database forget it.
func (p *Platform) seal(ctx context.Context) error {
	rows, err := p.Keys.Drain(ctx, func(rows int64) {
		if rows%10_000 == 0 && rows > 0 {
			p.logger.InfoContext(ctx, "sealing what an older version kept in clear", "rows", rows)
		}
	})
	if err != nil {
		return fmt.Errorf("seal what an older version kept in clear: %w", err)
	}
	if rows == 0 {
		return nil
	}
	var tables []string
	for _, t := range p.Keys.Tables {
		tables = append(tables, t.Name())
	}
	if err := p.DB.Scrub(ctx, append(tables, "memberships")); err != nil {
		return err
	}
	p.logger.InfoContext(ctx, "sealed what an older version kept in clear", "rows", rows)
	return nil
}

// CheckMaster fails unless the master key that c leads to is the one under which
// db is sealed.
func CheckMaster(ctx context.Context, c config.Config, db *store.DB) error {
	master, err := encryption.LoadKey(string(c.MasterKey), c.Data)
	if err != nil {
		return err
	}
	return keyring.Check(ctx, db, master)
}
