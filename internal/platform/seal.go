package platform

import (
	"context"
	"fmt"
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
