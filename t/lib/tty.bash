# need_tty: skips a test where the system has no pseudo-terminals to give, as
# in a bare chroot without /dev/pts.
need_tty() {
	script -qec true /dev/null </dev/null >/dev/null 2>&1 ||
		skip "no pseudo-terminals here"
}
