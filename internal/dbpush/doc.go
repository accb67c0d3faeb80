// Package dbpush brings events into databases of applications: rows of the two
// tables open_sync_biz_data and open_sync_biz_data_medium, in MySQL, MariaDB or
// PostgreSQL, as the public platform writes them (rds-push.md).
//
// # Promises
//
//   - There is one row for each subscriber, corp, kind and object: its latest
//     state. A change deletes the row and inserts another in one transaction, so
//     that the new one has a larger id and the status 0. Rows of one subscriber
//     are committed in the order of their ids, also by several nodes, so that a
//     reader who remembers the largest id misses none.
//   - A row about a person, department, role or corp says what is so at the time
//     of writing, as the application would be answered: state is read while a lock
//     in the application's database keeps all other writers of the subscriber
//     away. In whatever order events and the copy of a whole directory meet, an
//     older state never replaces a newer one.
//   - A copy of the directory that is interrupted goes on where it was.
//   - One row that cannot be written, or one database that does not answer, delays
//     nothing else.
package dbpush
