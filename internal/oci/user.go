package oci

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// idMax is the largest user or group id; 2^32-1 means "no change" to the
// kernel, setuid(2).
const idMax = 1<<32 - 2

// databaseMax bounds etc/passwd and etc/group, bytes.
const databaseMax = 8 << 20

// foundUser is a user of a container.
type foundUser struct {
	specs.User
	home string // never empty
}

// lookupUser finds UID, UID:GID, NAME or NAME:GROUP. Names are those of root's
// own etc/passwd and etc/group; neither file is followed out of root. Without a
// group the user's own is used, 0 for an id that is not in the file, and
// the groups that name the user are added.
func lookupUser(root, user string) (foundUser, error) {
	name, group, hasGroup := strings.Cut(user, ":")
	if name == "" || hasGroup && group == "" {
		return foundUser{}, errors.New("not of the form USER[:GROUP]")
	}
	pw, err := database(root, "etc/passwd", 7)
	if err != nil {
		return foundUser{}, err
	}
	u, login, err := findUser(pw, name)
	if err != nil {
		return foundUser{}, err
	}
	if err := u.findGroups(root, login, group); err != nil {
		return foundUser{}, err
	}
	return u, nil
}

// findUser gives the user of a name or number, and the login name if it has
// one.
func findUser(pw [][]string, name string) (foundUser, string, error) {
	id, numeric, err := parseID(name)
	if err != nil {
		return foundUser{}, "", err
	}
	for _, f := range pw {
		uid, ok1, err1 := parseID(f[2])
		gid, ok2, err2 := parseID(f[3])
		if !ok1 || !ok2 || err1 != nil || err2 != nil || f[0] != name && (!numeric || uid != id) {
			continue
		}
		return foundUser{specs.User{UID: uid, GID: gid}, homeOf(f[5], uid)}, f[0], nil
	}
	if !numeric {
		return foundUser{}, "", errors.New("no such user in etc/passwd")
	}
	return foundUser{specs.User{UID: id}, homeOf("", id)}, "", nil
}

func homeOf(field string, uid uint32) string {
	switch {
	case strings.HasPrefix(field, "/"):
		return field
	case uid == 0:
		return "/root"
	}
	return "/"
}

// findGroups sets the group that is asked for, or else the groups that list
// the login name.
func (u *foundUser) findGroups(root, login, group string) error {
	if id, numeric, err := parseID(group); numeric || err != nil {
		u.GID = id
		return err
	}
	if group == "" && login == "" {
		return nil
	}
	groups, err := database(root, "etc/group", 4)
	if err != nil {
		return err
	}
	for _, f := range groups {
		id, ok, err := parseID(f[2])
		if !ok || err != nil {
			continue
		}
		if group != "" && f[0] == group {
			u.GID = id
			return nil
		}
		if group == "" && id != u.GID && lists(f[3], login) {
			u.AdditionalGids = append(u.AdditionalGids, id)
		}
	}
	if group != "" {
		return fmt.Errorf("no group %s in etc/group", group)
	}
	return nil
}

func lists(members, login string) bool {
	for m := range strings.SplitSeq(members, ",") {
		if m == login {
			return true
		}
	}
	return false
}

// parseID parses a number; numeric is false for anything that is not all
// digits, and then there is no error.
func parseID(s string) (id uint32, numeric bool, err error) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false, nil
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n > idMax {
		return 0, true, fmt.Errorf("%s is not an id, the largest is %d", s, idMax)
	}
	return uint32(n), true, nil
}

// database reads a file of lines with fields between colons, passwd(5) and
// group(5). Lines with fewer fields, and comments, are skipped as the C library
// does. A file that does not exist is empty.
func database(root, name string, fields int) ([][]string, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	if fi, err := r.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil || !fi.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("%s: not a regular file of the root", name), err)
	}
	f, err := r.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := readAll(f, databaseMax)
	if err != nil {
		return nil, reason(name, err)
	}
	return parseDatabase(string(data), fields), nil
}

func parseDatabase(text string, fields int) [][]string {
	var records [][]string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if f := strings.Split(line, ":"); len(f) >= fields {
			records = append(records, f)
		}
	}
	return records
}
