#ifndef MOCK_DT_GENERATE_H
#define MOCK_DT_GENERATE_H
#include "mocksrv/generate.h"
extern const struct mock_generator mock_dt_generators[];
#endif
