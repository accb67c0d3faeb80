package directory_test

import (
	"database/sql"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// A large company: 100,000 people in 2,000 departments, 30,000 of them also
// directly in one department. Departments 2 to 41 are below the root, the others
// below those.
const (
	manyPeople = 100_000
	manyDepts  = 2_000
	crowd      = 30_000 // people directly in department crowded
	crowded    = id.Dept(2)
)

// company invents a large company, the same each time.
func company() ([]directory.NewDepartment, []directory.NewPerson) {
	depts := make([]directory.NewDepartment, 0, manyDepts)
	for n := 2; n <= manyDepts; n++ {
		parent := id.RootDept
		if n > 41 {
			parent = id.Dept(2 + n%40)
		}
		depts = append(depts, directory.NewDepartment{ID: id.Dept(n), Parent: parent, Name: fmt.Sprintf("研发%d部", n)})
	}
	surnames, given := []rune("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"), []rune("伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂")
	people := make([]directory.NewPerson, manyPeople)
	for i := range people {
		name := string([]rune{surnames[i%20], given[i/20%24], given[i/480%24]})
		p := directory.NewPerson{ID: id.User(fmt.Sprintf("user%06d", i)), Departments: []id.Dept{id.Dept(42 + i%(manyDepts-41))},
			Profile: directory.Profile{Name: name, JobNumber: fmt.Sprintf("GP%06d", i), Title: "工程师", Active: true}}
		p.SetMobile(mobile(i))
		if i < crowd {
			p.Departments = append(p.Departments, crowded)
		}
		people[i] = p
	}
	return depts, people
}

// BenchmarkLargeCompany prints what the calls that look at many rows cost in a
// large company, and as "s/import" how long it took to make it while ten
// applications are told of everything.
func BenchmarkLargeCompany(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmark(b, storetest.Open(b), func() {}) })
	b.Run("postgres", func(b *testing.B) {
		if os.Getenv(storetest.PostgresVariable) == "" {
			b.Skip(storetest.PostgresVariable + " is not set")
		}
		url := storetest.Postgres(b)
		db, err := store.Open(b.Context(), store.Config{Postgres: url})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = db.Close() })
		benchmark(b, db, func() { analyze(b, url) })
	})
}

// analyze makes PostgreSQL look at what the tables hold, which it does by itself
// about a minute after so much was written.
func analyze(b *testing.B, url string) {
	b.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(b.Context(), "ANALYZE"); err != nil {
		b.Fatal(err)
	}
}

func benchmark(b *testing.B, db *store.DB, settle func()) {
	b.Helper()
	w := newWorld(b, db)
	for range 10 { // apps that are told of everything
		if _, err := w.log.Subscribe(b.Context(), event.Subscription{Corp: corp, Way: event.Callback, Names: []event.Name{event.Every}}); err != nil {
			b.Fatal(err)
		}
	}
	w.Events = w.log
	depts, people := company()
	began := time.Now()
	if err := w.Import(b.Context(), corp, depts, people); err != nil {
		b.Fatal(err)
	}
	took := time.Since(began).Seconds()
	settle()
	b.Run("import", func(b *testing.B) {
		b.ReportMetric(took, "s/import")
	})

	part := w.within(op.Range{Departments: []id.Dept{3, 4, 5}})
	const search = "POST /v1.0/contact/users/search"
	for _, c := range []struct {
		name, path, body string
		w                *world
	}{
		{"get", userGet, `{"userid":"user050000"}`, w},
		{"get in range", userGet, `{"userid":"user000001"}`, w.within(op.Range{Departments: []id.Dept{1}})},
		{"list first page", userList, `{"dept_id":2,"cursor":0,"size":100}`, w},
		{"list last page", userList, `{"dept_id":2,"cursor":29900,"size":100}`, w},
		{"list last page by change", userList, `{"dept_id":2,"cursor":29900,"size":100,"order_field":"modify_desc"}`, w},
		{"listid 30000", "/topapi/user/listid", `{"dept_id":2}`, w},
		{"count", "/topapi/user/count", `{"only_active":true}`, w},
		{"department with 30000", deptGet, `{"dept_id":2}`, w},
		{"root department", deptGet, `{"dept_id":1}`, w},
		{"search narrow", search, `{"queryWord":"GP04211","offset":0,"size":20}`, w},
		{"search 5000", search, `{"queryWord":"wang","offset":0,"size":20}`, w},
		{"search 38736", search, `{"queryWord":"l","offset":0,"size":20}`, w},
		{"search 38736 in range", search, `{"queryWord":"l","offset":0,"size":20}`, part},
		{"search departments 1999", "POST /v1.0/contact/departments/search", `{"queryWord":"yanfa","offset":0,"size":20}`, w},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.w.call(c.path, c.body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("move 50 departments", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			body := fmt.Sprintf(`{"dept_id":7,"parent_id":%d}`, []int{1, 8}[i%2])
			if _, err := w.call(deptUpdate, body); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("move 1959 departments", func(b *testing.B) {
		w.found(1, 9001, "上层")
		for n := 2; n <= 41; n++ {
			if _, err := w.call(deptUpdate, fmt.Sprintf(`{"dept_id":%d,"parent_id":9001}`, n)); err != nil {
				b.Fatal(err)
			}
		}
		w.found(1, 9002, "另一层")
		for i := 0; b.Loop(); i++ {
			if _, err := w.call(deptUpdate, fmt.Sprintf(`{"dept_id":9001,"parent_id":%d}`, []int{9002, 1}[i%2])); err != nil {
				b.Fatal(err)
			}
		}
		for n := 2; n <= 41; n++ {
			if _, err := w.call(deptUpdate, fmt.Sprintf(`{"dept_id":%d,"parent_id":1}`, n)); err != nil {
				b.Fatal(err)
			}
		}
		for _, n := range []id.Dept{9001, 9002} { // the benchmark may run again
			if err := w.RemoveDepartment(b.Context(), corp, n); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("create and delete", func(b *testing.B) {
		for b.Loop() {
			for _, call := range [][2]string{
				{userCreate, `{"userid":"newcomer","name":"王小明","mobile":"13999999999","dept_id_list":"2,3"}`}, {userDelete, `{"userid":"newcomer"}`},
			} {
				if _, err := w.call(call[0], call[1]); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("update", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := w.call(userUpdate, fmt.Sprintf(`{"userid":"user050000","title":"工程师%d"}`, i)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
