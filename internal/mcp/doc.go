// Package mcp is the door for assistants: it offers operations as tools of the
// Model Context Protocol (modelcontextprotocol.io, streamable HTTP with sessions,
// version 2025-11-25 and those before it) at /mcp.
//
// A client brings a person's user token as Authorization: Bearer. Its session is
// that person's, and a call of a tool is a call of the operation with that token:
// it goes through the gateway as any other, and is recorded with the name of the
// program. Nothing is decided here but how a tool is spelled.
//
// Promises:
//
//   - A tool is listed for who may call it now; the gateway decides again when it
//     is called.
//   - A tool that changes something is called only after the person confirmed just
//     that call: by answering a question that the client shows (elicitation), or in
//     the console. Nothing in a tool's arguments can stand for it.
//   - A refusal is the tool's answer, with what to do; a program can read it.
package mcp
