#ifndef MOCK_VENDOR_SENTINELONE_H
#define MOCK_VENDOR_SENTINELONE_H

#include "mocksrv/vendor.h"

/*
 *	serve sentinelone token=TOKEN [expires=TIME] [threats=DATASET]
 *		[cursor=encoded|decoded] [extra-empty-page=yes|no]
 */
extern const struct mock_vendor mock_sentinelone;

#endif
