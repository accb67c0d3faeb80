// Package store is the database: SQLite for one node, PostgreSQL for many, one SQL text for both.
//
// A room of the platform reads with [View] and writes with [Update], the only two ways in. Both take a function that does
// nothing but talk to the transaction, because it may run more than once:
//
//	const departmentByID store.SQL = `SELECT name, parent FROM department WHERE corp = $1 AND id = $2`
//
//	func department(tx *store.Tx, corp id.Corp, n id.Dept) (Department, error) {
//		return store.One(tx, departmentByID, scanDepartment, corp, n)
//	}
//
// # Promises that hold on both engines
//
//   - A View sees one moment of the database. Updates are serializable: they behave as if they ran one after another.
//   - When Update returns nil, the change is on disk (or on the PostgreSQL server's disk) and every watcher of this
//     process has been told.
//   - The first statement that fails ends the transaction: what follows is refused and nothing is committed, even when the
//     function swallows the error. PostgreSQL is so by nature; SQLite is made so, or a test on SQLite would prove nothing.
//     Where a conflict is expected write ON CONFLICT DO NOTHING and look at the number of rows.
//   - View and Update are never called inside a function given to View or Update: on SQLite there is one writer, and
//     waiting for oneself takes forever.
//
// # The SQL
//
// Statements are named constants of type [SQL] with placeholders $1, $2. Column types are TEXT, BIGINT, BOOLEAN and BYTEA;
// SQLite stores them by affinity. An empty BYTEA may be scanned as nil, so NULL must not mean something else. Times are BIGINT milliseconds UTC and always parameters. Lists go in as one parameter
// made by [List] and are read by IN @strings($2) or IN @ints($2); many rows made by [Rows] are read by FROM @rows($2). Text search is written lower(x) LIKE, because SQLite
// ignores the case of ASCII letters and PostgreSQL does not.
//
// Text sorts by bytes on SQLite. A PostgreSQL database must be created with collation C (or C.UTF-8) to sort the same; a
// statement that must not depend on it says ORDER BY name COLLATE "C" on PostgreSQL only, which no statement here needs.
//
// In every statement on a corp's table $1 is the corp, and the table's primary key begins with it. The test in sql_test.go
// reads every constant in the tree and enforces this and the rest.
//
// # Several nodes
//
// [DB.Watch] tells what was touched, to forget what is cached. [DB.Share] divides work: each part has one owner among the
// nodes, and [Share.Wake] tells it that there is some.
//
// # The schema
//
// Files schema/NNNN_subject.sql are applied in order, each in a transaction of its own, and never change once released. A
// statement ends at a semicolon at the end of a line. A line "-- only: postgres" or "-- only: sqlite" applies to the next
// statement. Migrations create and convert; they do not seed rows, because [Move] wants an empty target.
package store
