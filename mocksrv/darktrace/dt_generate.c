#include "mocksrv/darktrace/dt_generate.h"
const struct mock_generator mock_dt_generators[] = { { 0 } };
