// Package socketact takes the descriptors that a service manager passes to a
// process (socket activation, the fd store, OpenFile=) and hands descriptors
// on in the same way: sd_listen_fds(3) with names and kinds.
//
//	set, err := socketact.Take()
//	...
//	defer set.Close() // what nobody asked for
//	stdout, err := set.Named("stdio").TakeFIFO("/run/web/stdout")
//	attach, err := set.Named("attach").TakeListener(socketact.SeqPacket, "/run/web/attach")
//
// # Names are not enough
//
// A socket unit gives all its descriptors one name (FileDescriptorName=,
// otherwise the unit's), in the order of its Listen lines. Between several
// socket units the order is not stable: systemd 252 and 262 were seen to pass
// the same two in opposite orders. Stored descriptors come after the sockets,
// the last stored first, and their names may repeat too. So: choose by name
// first, then by what the descriptor is, never by number.
package socketact
