#ifndef VENDOR_IMPL_H
#define VENDOR_IMPL_H

#include "sc/vendor.h"

/* Private to libcommon/vendor*.c. */

#define VENDOR_KEY_MAX 192

/*
 * What the table of keys cannot say: which of a stream's keys belong
 * together, and whether its paths are some.  Completes the streams.  On
 * failure at is the key to blame, as sc_yaml_blame() wants it.
 */
int vendor_check_streams(
    struct sc_vendor *, char at[VENDOR_KEY_MAX], struct sc_err *);

#endif
