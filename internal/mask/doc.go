// Package mask is what a corp decides to hide beyond what is declared: rules on
// fields, and protected people.
//
// A rule names a field of answers and how its value is blurred; it may hold only
// for an operation, an application, callers without a permission point, or
// callers of a data grade. Rules come after the declaration and see what that
// left, so a rule can only hide more.
//
// Of a protected person applications see ids and nothing else, whatever was
// granted to them, unless the corp waived that for one application until a date.
// The date is the corp's: moving its clock moves the end.
//
// Promises:
//
//   - Only applications are concerned. What administrators see in the console
//     follows from the declarations alone.
//   - A change holds on this node when the call that made it is answered, and on
//     every node within a second.
//   - It fails closed: a corp whose decisions cannot be read has its answers
//     refused, and a stored rule that this version does not understand hides its
//     field.
package mask
