package directory

import (
	"context"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// EmployeesAfter returns the userids of employees behind after, in their order,
// at most most of them. It is for whoever goes through all and may be
// interrupted: he goes on behind the last one that he got.
func (d *Directory) EmployeesAfter(ctx context.Context, corp id.Corp, after id.User, most int) ([]id.User, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]id.User, error) {
		return store.All(tx, employeesAfter, scanUser, corp, after, most)
	})
}

// DepartmentsAfter is EmployeesAfter for departments.
func (d *Directory) DepartmentsAfter(ctx context.Context, corp id.Corp, after id.Dept, most int) ([]id.Dept, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]id.Dept, error) {
		return store.All(tx, departmentsAfter, func(r store.Row) (n id.Dept, err error) { return n, r.Scan(&n) }, corp, after, most)
	})
}

// CountDepartments returns how many departments the corp has.
func (d *Directory) CountDepartments(ctx context.Context, corp id.Corp) (int64, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (int64, error) { return store.One(tx, countDepartments, scanCount, corp) })
}

const (
	employeesAfter store.SQL = `SELECT userid FROM people WHERE corp = $1 AND userid > $2 AND state = 'employed' ORDER BY userid LIMIT $3`

	departmentsAfter store.SQL = `SELECT id FROM departments WHERE corp = $1 AND id > $2 ORDER BY id LIMIT $3`
	countDepartments store.SQL = `SELECT count(*) FROM departments WHERE corp = $1`
)
