// Package directory keeps who there is: corps, their departments and their
// people, with the roles they hold and the rights they have, and the external
// contacts they keep; and answers the operations that read and change them.
//
// # Nouns
//
// A [Corp] is an organisation. Its [Department]s form one tree whose root is
// department 1, named like the corp. A [Person] is an employee of one corp: a
// userid inside it, a unionid that is the same in every corp of the platform
// where the person has the same mobile number, a [Profile], and one
// [Membership] for each department the person is in.
//
// A [Role] is a label that people hold, in a [RoleGroup], alone or for some
// departments. An [Admin] administers the corp or some of its departments. A
// [Contact] is somebody outside whom the corp keeps in its books.
//
// # Invariants
//
//   - A department's path is its parent's path and its own id ("/1/12/34/"), so
//     a subtree is a range of paths, and moving one is one statement.
//   - A person who is employed is in at least one department. Mobile number,
//     e-mail address, extension number and unionid are unique among the
//     employed people of a corp. A person who left keeps the record but no
//     membership, and is found by no operation that asks for employees.
//   - The leaders of a department are members of it: leading is a property of
//     the membership and ends with it.
//   - The four roles of every corp's default group are held by fact: by who is
//     main administrator, sub-administrator, boss or leader. Nothing else says
//     so, and nobody gives or takes them.
//   - A corp that has a main administrator keeps one. Who leaves takes no role
//     and no right along.
//   - What a search finds stands in term tables that are written together with
//     the name they are made of.
//
// # Who sees what
//
// An application sees the part of the corp that its [op.Range] names. Single
// records are refused by range.go; lists are limited in their WHERE, so that
// pages and totals count only what may be seen. The ids of a department's
// members and sub-departments, and the number of people, are told without
// regard to the range, as the documentation of those operations promises.
//
// # Form
//
// Exported methods open the transaction; functions in lower case work inside
// one. Every change goes through [change]. Times come from the corp's clock.
// Fields and limits are those of the public documentation; where it is silent
// or contradicts itself, the operation's Doc states what was decided.
package directory
