#ifndef MOCK_PLACE_H
#define MOCK_PLACE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The scenario that a path stands for: itself, or capture.scenario in it when
 * it is a folder.  For free().
 */
char *mock_place_scenario(const char *path);
/*
 * The time in the scenario's clock line; false when it has none.  What is
 * wrong with it is told by those who load it.
 */
bool mock_place_clock(const char *path, int64_t *ms);

#endif
