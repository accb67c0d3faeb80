// Package delegation is what programs may do for people: assistants that call
// the platform by their own judgement, through an application and with the token
// of the person for whom they act.
//
// What such a program may do is what its application may, and its person may, and
// the application's [Policy] allows. Without a policy it may do nothing.
//
// Whatever changes something has to be confirmed by the person, each call for
// itself. A program cannot confirm: it is given the number of a [Request], and
// only the person's console session can approve that, or the person's answer to
// a question that the program's client asked outside of the model.
//
// Promises:
//
//   - A confirmation is for one application, operation and arguments, can be used
//     once, and ends ten minutes after it was asked for, by the corp's clock.
//   - Arguments are stored sealed, and gone when the request has ended and another
//     is made in the corp.
//   - A change of a policy holds for the next call on every node.
package delegation
