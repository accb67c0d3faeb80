package ratelimit

import (
	"errors"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// topicPrefix begins the revision topics of corps' rules; the platform's is the
// prefix alone. It is not the corp's own topic, or every change of a person would
// have the rules read again.
const topicPrefix = "limits:"

func topic(corp id.Corp) string { return topicPrefix + string(corp) }

func rulesOf(tx *store.Tx, corp id.Corp) ([]Rule, error) {
	return store.All(tx, rulesOfCorp, scanRule(corp), corp)
}

// put stores a rule. One with the same subject and window is changed and keeps
// its id, and with it its count.
func put(tx *store.Tx, r Rule) (Rule, error) {
	_, err := tx.Exec(upsertRule, r.Corp, r.ID, r.Level, r.Agent, r.Operation, r.Group, string(r.Window), r.Max, r.Shadow,
		r.CreatedAt.UnixMilli(), r.CreatedBy)
	if err != nil {
		return r, err
	}
	tx.Touch(topic(r.Corp))
	return store.One(tx, ruleOfSubject, scanRule(r.Corp), r.Corp, r.Level, r.Agent, r.Operation, r.Group, string(r.Window))
}

func removeRule(tx *store.Tx, corp id.Corp, ruleID string) error {
	if _, err := tx.Exec(deleteCount, corp, ruleID, ruleID+";"); err != nil { // a default's counts have keys that go on with ":"
		return err
	}
	n, err := tx.Exec(deleteRule, corp, ruleID)
	if err == nil && n == 0 {
		err = apierror.LimitUnknown.Got("%s", ruleID)
	}
	tx.Touch(topic(corp))
	return err
}

func scanRule(corp id.Corp) func(store.Row) (Rule, error) {
	return func(s store.Row) (Rule, error) {
		r := Rule{Corp: corp}
		var created, changed int64
		err := s.Scan(&r.ID, &r.Level, &r.Agent, &r.Operation, &r.Group, &r.Window, &r.Max, &r.Shadow,
			&created, &r.CreatedBy, &changed, &r.ChangedBy, &r.Source)
		r.CreatedAt, r.ChangedAt = time.UnixMilli(created), time.UnixMilli(changed)
		return r, err
	}
}

const (
	ruleColumns = `id, level, agent, operation, op_group, span, most, shadow, created_at, created_by, changed_at, changed_by, source`

	rulesOfCorp   store.SQL = `SELECT ` + ruleColumns + ` FROM limit_rules WHERE corp = $1 ORDER BY level, agent, operation, op_group, span`
	ruleOfSubject store.SQL = `SELECT ` + ruleColumns + ` FROM limit_rules
		WHERE corp = $1 AND level = $2 AND agent = $3 AND operation = $4 AND op_group = $5 AND span = $6`
	upsertRule store.SQL = `
		INSERT INTO limit_rules (corp, id, level, agent, operation, op_group, span, most, shadow, created_at, created_by, changed_at, changed_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10, $11)
		ON CONFLICT (corp, level, agent, operation, op_group, span) DO UPDATE SET most = excluded.most, shadow = excluded.shadow,
			changed_at = excluded.changed_at, changed_by = excluded.changed_by, source = ''`
	deleteRule store.SQL = `DELETE FROM limit_rules WHERE corp = $1 AND id = $2`
)

func groupsOf(tx *store.Tx, corp id.Corp) (map[string][]string, error) {
	type member struct{ group, operation string }
	rows, err := store.All(tx, groupsOfCorp, func(r store.Row) (m member, err error) { return m, r.Scan(&m.group, &m.operation) }, corp)
	groups := map[string][]string{}
	for _, m := range rows {
		groups[m.group] = append(groups[m.group], m.operation)
	}
	return groups, err
}

// putGroup makes the group just these operations; none removes it. It reports
// whether there was one before.
func putGroup(tx *store.Tx, corp id.Corp, name string, operations []string) (existed bool, err error) {
	n, err := tx.Exec(deleteGroup, corp, name)
	if err != nil {
		return false, err
	}
	for _, o := range operations {
		if _, err := tx.Exec(insertMember, corp, name, o); err != nil {
			return false, err
		}
	}
	tx.Touch(topic(corp))
	return n > 0, nil
}

const (
	groupsOfCorp store.SQL = `SELECT name, operation FROM limit_groups WHERE corp = $1 ORDER BY name, operation`
	deleteGroup  store.SQL = `DELETE FROM limit_groups WHERE corp = $1 AND name = $2`
	insertMember store.SQL = `INSERT INTO limit_groups (corp, name, operation) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
)

func packagesOf(tx *store.Tx, corp id.Corp) ([]Package, error) {
	return store.All(tx, packagesOfCorp, func(s store.Row) (Package, error) {
		p := Package{Corp: corp}
		var starts, ends, created int64
		err := s.Scan(&p.ID, &p.Agent, &p.Operation, &p.Group, &p.Amount, &p.Used, &starts, &ends, &created, &p.CreatedBy)
		p.StartsAt, p.EndsAt, p.CreatedAt = time.UnixMilli(starts), time.UnixMilli(ends), time.UnixMilli(created)
		return p, err
	}, corp)
}

func insertPackage(tx *store.Tx, p Package) error {
	_, err := tx.Exec(newPackage, p.Corp, p.ID, p.Agent, p.Operation, p.Group, p.Amount,
		p.StartsAt.UnixMilli(), p.EndsAt.UnixMilli(), p.CreatedAt.UnixMilli(), p.CreatedBy)
	tx.Touch(topic(p.Corp))
	return err
}

func removePackage(tx *store.Tx, corp id.Corp, packageID string) error {
	n, err := tx.Exec(deletePackage, corp, packageID)
	if err == nil && n == 0 {
		err = apierror.LimitUnknown.Got("%s", packageID)
	}
	tx.Touch(topic(corp))
	return err
}

const (
	packagesOfCorp store.SQL = `SELECT id, agent, operation, op_group, amount, used, starts_at, ends_at, created_at, created_by
		FROM limit_packages WHERE corp = $1 ORDER BY ends_at, created_at, id`
	newPackage store.SQL = `
		INSERT INTO limit_packages (corp, id, agent, operation, op_group, amount, used, starts_at, ends_at, created_at, created_by)
		VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10)`
	deletePackage store.SQL = `DELETE FROM limit_packages WHERE corp = $1 AND id = $2`
	chargePackage store.SQL = `/* aside: counts */ UPDATE limit_packages SET used = used + $3 WHERE corp = $1 AND id = $2 RETURNING used`
)

// counted is what stands in the database for a rule.
type counted struct {
	rule        string
	start, used int64
}

func countsOf(tx *store.Tx, corp id.Corp) ([]counted, error) {
	return store.All(tx, countsOfCorp, func(r store.Row) (c counted, err error) { return c, r.Scan(&c.rule, &c.start, &c.used) }, corp)
}

func zoneOf(tx *store.Tx, corp id.Corp) (string, error) {
	zone, err := store.One(tx, zoneOfCorp, func(r store.Row) (z string, err error) { return z, r.Scan(&z) }, corp)
	if errors.Is(err, store.ErrNone) {
		return defaultZone, nil
	}
	return zone, err
}

func putZone(tx *store.Tx, corp id.Corp, zone string) error {
	_, err := tx.Exec(upsertZone, corp, zone)
	tx.Touch(topic(corp))
	return err
}

const (
	countsOfCorp store.SQL = `SELECT rule, starts_at, used FROM limit_counts WHERE corp = $1`
	putCount     store.SQL = `/* aside: counts */ INSERT INTO limit_counts (corp, rule, starts_at, used) VALUES ($1, $2, $3, $4)
		ON CONFLICT (corp, rule) DO UPDATE SET starts_at = excluded.starts_at, used = excluded.used`
	deleteCount store.SQL = `DELETE FROM limit_counts WHERE corp = $1 AND rule >= $2 AND rule < $3`
	zoneOfCorp  store.SQL = `SELECT zone FROM limit_zones WHERE corp = $1`
	upsertZone  store.SQL = `INSERT INTO limit_zones (corp, zone) VALUES ($1, $2) ON CONFLICT (corp) DO UPDATE SET zone = excluded.zone`

	deleteRules    store.SQL = `DELETE FROM limit_rules WHERE corp = $1`
	deleteGroups   store.SQL = `DELETE FROM limit_groups WHERE corp = $1`
	deletePackages store.SQL = `DELETE FROM limit_packages WHERE corp = $1`
	deleteCounts   store.SQL = `DELETE FROM limit_counts WHERE corp = $1`
	deleteZone     store.SQL = `DELETE FROM limit_zones WHERE corp = $1`
)

// clearCorp removes everything of corp.
func clearCorp(tx *store.Tx, corp id.Corp) error {
	for _, q := range []store.SQL{deleteRules, deleteGroups, deletePackages, deleteCounts, deleteZone} {
		if _, err := tx.Exec(q, corp); err != nil {
			return err
		}
	}
	tx.Touch(topic(corp))
	return nil
}
