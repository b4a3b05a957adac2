#ifndef MOCK_VENDOR_SENTINELONE_H
#define MOCK_VENDOR_SENTINELONE_H

#include "mocksrv/vendor.h"

/*
 *	serve sentinelone token=TOKEN [expires=TIME] [threats=DATASET]
 *		[activities=DATASET] [agents=DATASET] [overlap=yes|no]
 *		[cursor=encoded|decoded|repeat|cycle] [extra-empty-page=yes|no]
 *	at WHEN sentinelone [threats=DATASET] [activities=DATASET]
 *		[agents=DATASET]
 */
extern const struct mock_vendor mock_sentinelone;

#endif
