// Package app is the chapter of applications: what calls the platform, with
// which secrets, from where, and with which rights.
//
// An [App] belongs to one corp and has three names: its number there (AgentId),
// its public key (AppKey, also clientId) and the name people read, which is
// unique in the corp. It proves itself with a [Secret]; several may be live at
// once, so that a rotation does not stop what is running. What it may call is a
// set of permission points, each a [Grant] with its reason; what it may see of
// the directory is its Range; how clearly it sees sensitive fields is its Grade.
// Beside what each app was granted, a corp or the platform may close an
// operation or open it to listed apps alone, by a [Switch], and a corp may want
// its calls to come over https.
//
// # Promises
//
//   - An App is a snapshot and never changes. [Apps.ByKey] costs a map read
//     while nothing changed; every change of the corp drops what is cached of
//     it, on all nodes within half a second.
//   - A switch, or the demand for https, costs a map read as well, and holds on
//     all nodes within half a second.
//   - Every change is one transaction that touches the corp's revision.
//   - A secret is stored sealed, bound to its corp, app and id, and is told once:
//     when it is made. Afterwards its last four characters are shown.
//   - An empty IP allow-list allows every address; whether the real platform
//     does so is not documented, but new apps work there without one (auth.md §10).
//
// Secrets end by the corp's clock, so that a moved clock shows what a rotation
// will do.
package app
