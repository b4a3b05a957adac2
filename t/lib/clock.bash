# A clock that several programs share (SC_CLOCK=file:PATH) and a test moves.

# clock_set PATH TIME: makes it, or moves it there
clock_set() {
	python3 - "$1" "$(date -u -d "$2" +%s%3N)" <<-'END'
		import os, struct, sys
		# As in libcommon/clock.c; in place, because it may be mapped.
		fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
		os.pwrite(fd, struct.pack("<qII", int(sys.argv[2]), 1, 0x73636C6B), 0)
	END
}
