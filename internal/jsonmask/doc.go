// Package jsonmask masks JSON as it passes: what rules select of a body is made
// unrecognisable or left out, and the rest is copied byte for byte.
//
// A rule is a path and a kind. Paths are a subset of JSONPath (RFC 9535):
//
//	$            the whole body
//	.name        a member; a letter, _ or a character beyond ASCII, then digits too
//	['any name'] a member, also with "; \ escapes as in JSON
//	[3]          an element, counted from 0
//	.* or [*]    every member and every element
//	..           before any of these: at every depth below
//
// Names are exact: case counts, and they are compared after unescaping, so
// "\u006dobile" is mobile. A name that an object has twice is selected twice.
//
// What happens to a selected value:
//
//   - a text is blurred by its kind; two rules on one text both blur it, in order;
//   - hide leaves out the member, or puts null in place of an element, so that
//     the elements after it keep their numbers;
//   - null puts null in its place;
//   - an object, a list, a number or a truth has no likeness: a kind for texts
//     treats it as hide does. That a value is null is not hidden by such a kind.
//
// Promises:
//
//   - One pass. Memory does not depend on the size of the body: a Writer holds at
//     most 64 KiB of a text or name that it has to see whole, and collects at most
//     96 KiB of output before it is written. A text that is to be blurred and is
//     longer becomes the empty text; a member's name that is longer is an error.
//   - It fails closed. Of a selected value no byte is written but what its blur
//     leaves. What is not JSON, not UTF-8, nested beyond 256 levels, ends early or
//     goes on after its end is an error, and nothing that stands after that place
//     is written.
//   - It does not tell what it read: errors name a place, never the text there.
package jsonmask
