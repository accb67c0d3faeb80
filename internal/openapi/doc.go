// Package openapi reads descriptions of other systems' APIs: OpenAPI 3.0 and 3.1,
// as YAML or JSON.
//
// [Read] returns what can be published of a document, and findings about the
// rest. Every finding names its place by JSON pointer and line, what was expected
// there, what was found and how to repair it.
//
// Promises:
//
//   - What is read of a document is bounded before it is interpreted: bytes, nodes
//     after aliases are followed, levels. A reference is followed where it is used
//     and its target is never copied, so no document can grow by being read.
//   - Nothing outside the document is fetched.
//   - What an answer's or request's schema says is checked with a validator of
//     JSON Schema 2020-12; patterns are RE2, so no value makes one slow.
package openapi
