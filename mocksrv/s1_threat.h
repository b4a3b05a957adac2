#ifndef MOCK_S1_THREAT_H
#define MOCK_S1_THREAT_H

#include "mocksrv/generate.h"

/* "threats"; ends with a NULL name. */
extern const struct mock_generator mock_s1_generators[];

#endif
