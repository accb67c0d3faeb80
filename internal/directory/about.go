package directory

import (
	"slices"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// About is what others may know of a corp that lets them in.
type About struct {
	Corp   Corp
	Admins []id.User // main administrators
}

// Chief is who acted for the corp: the person himself if he is a main
// administrator, else the first of them, as the platform's operator is nobody in it.
func (a About) Chief(user id.User) id.User {
	if slices.Contains(a.Admins, user) || len(a.Admins) == 0 {
		return user
	}
	return a.Admins[0]
}

// About reads, in the caller's transaction, what others may know of corp, or
// refuses with CorpUnknown.
func (d *Directory) About(tx *store.Tx, corp id.Corp) (About, error) {
	c, err := corpOf(tx, corp)
	if err != nil {
		return About{}, err
	}
	admins, err := store.All(tx, adminsOfCorp, scanAdmin, corp)
	if err != nil {
		return About{}, err
	}
	about := About{Corp: c}
	for _, a := range admins {
		if a.Level == LevelMain {
			about.Admins = append(about.Admins, a.User)
		}
	}
	return about, nil
}
