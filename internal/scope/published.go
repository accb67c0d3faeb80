package scope

import (
	"regexp"
	"strings"
)

// publishedPrefix begins the permission points of APIs that are published
// through the platform.
const publishedPrefix = "Published."

// groupForm is how a group of published APIs may be called. It stands in paths.
var groupForm = regexp.MustCompile(`^[a-z][a-z0-9-]{1,31}$`)

// IsGroup reports whether name can be the name of a group of published APIs:
// 2 to 32 of a–z, 0–9 and -, beginning with a letter.
func IsGroup(name string) bool { return groupForm.MatchString(name) }

// Published is the permission point that opens the operations of one grade of a
// group of published APIs, such as Published.hr.R2.
func Published(group string, g Grade) Name { return Name(publishedPrefix + group + "." + string(g)) }

// GroupOf returns the group whose operations the permission point opens. It
// tells from the name alone: whether there is such a group is not known here.
func (n Name) GroupOf() (group string, g Grade, ok bool) {
	rest, ok := strings.CutPrefix(string(n), publishedPrefix)
	if !ok {
		return "", "", false
	}
	group, grade, _ := strings.Cut(rest, ".")
	g = Grade(grade)
	return group, g, IsGroup(group) && g.known()
}

func (g Grade) known() bool { return g == R1 || g == R2 || g == W1 || g == W2 }

// words are what operations of the grade do.
func (g Grade) words() (zh, en string) {
	switch g {
	case R1:
		return "读取", "read"
	case R2:
		return "读取敏感信息", "read sensitive data"
	case W1:
		return "写入", "write"
	case W2:
		return "写入敏感信息", "write sensitive data"
	}
	return string(g), string(g)
}

// published describes the permission point by its name.
func published(n Name) (Scope, bool) {
	group, g, ok := n.GroupOf()
	if !ok {
		return Scope{}, false
	}
	zh, en := g.words()
	return Scope{Name: n, ZH: "已发布 API " + group + "：" + zh, EN: "Published API " + group + ": " + en, Grade: g, Kind: OfApp}, true
}
