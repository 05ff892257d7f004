package setting

// Structs as D-Bus carries them; the signature is beside each.
type (
	// Pair is (ss).
	Pair struct{ A, B string }
	// Amount is (st): a path and a number for it.
	Amount struct {
		Path string
		N    uint64
	}
	// Marked is (bs).
	Marked struct {
		Mark bool
		Text string
	}
	// MarkedAfter is (sb).
	MarkedAfter struct {
		Text string
		Mark bool
	}
	// List is (bas): an allow list, or with Allow false a deny list.
	List struct {
		Allow bool
		Items []string
	}
	// Exec is (sasb).
	Exec struct {
		Path          string
		Args          []string
		IgnoreFailure bool
	}
	// ExecEx is (sasas).
	ExecEx struct {
		Path  string
		Args  []string
		Flags []string
	}
	// Condition is (sbbs).
	Condition struct {
		Name            string
		Trigger, Negate bool
		Parameter       string
	}
	// ExitStatuses is (aiai).
	ExitStatuses struct{ Codes, Signals []int32 }
	// Prefix is (iayu): an address family, an address and its length in bits.
	Prefix struct {
		Family  int32
		Address []byte
		Bits    uint32
	}
	// Bind is (ssbt).
	Bind struct {
		Source, Destination string
		IgnoreMissing       bool
		Flags               uint64
	}
	// Triple is (sst).
	Triple struct {
		A, B  string
		Flags uint64
	}
	// Credential is (say).
	Credential struct {
		Name string
		Data []byte
	}
)
