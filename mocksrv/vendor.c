#include <string.h>

#include "mocksrv/vendor.h"
#include "mocksrv/vendor_sentinelone.h"

const struct mock_vendor *const mock_vendors[] = { &mock_sentinelone, NULL };

const struct mock_vendor *
mock_vendor_find(const char *name)
{
	for (size_t i = 0; mock_vendors[i] != NULL; i++) {
		if (strcmp(mock_vendors[i]->name, name) == 0)
			return mock_vendors[i];
	}
	return NULL;
}
