package conf

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
)

// machineIDPath is where machine-id(5) is.
const machineIDPath = "/etc/machine-id"

// idSalt makes the IDs ours: nobody else's hash of the machine's ID is the same.
const idSalt = "unitmon container "

// MachineID reads the machine's ID, 32 lower-case hexadecimal digits.
func MachineID() (string, error) {
	text, err := os.ReadFile(machineIDPath)
	if err != nil {
		return "", err
	}
	id := string(bytes.TrimSpace(text))
	if b, err := hex.DecodeString(id); err != nil || len(b) != 16 {
		return "", &Error{machineIDPath, 0, fmt.Sprintf("%s is no machine ID", shorten(id))}
	}
	return id, nil
}

// ID is the ID of a configured container, 64 hexadecimal digits, the same at
// each start as long as machine and name are. uid is the user whose manager runs
// it, or -1 for the system's. As sd_id128_get_machine_app_specific(3) it hashes
// the machine's ID as a key, which so stays secret.
func ID(machine string, uid int, name string) string {
	h := hmac.New(sha256.New, []byte(machine))
	text := idSalt
	if uid >= 0 {
		text += strconv.Itoa(uid) + " "
	}
	h.Write([]byte(text + name))
	return hex.EncodeToString(h.Sum(nil))
}
