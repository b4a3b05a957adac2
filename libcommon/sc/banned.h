#ifndef SC_BANNED_H
#define SC_BANNED_H

/*
 * Included before every source file by the Makefile.  The headers come first
 * so that their own declarations are not hit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* clang cannot poison what _FORTIFY_SOURCE makes a macro; gcc builds it all. */
#ifndef __clang__
#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol gets
#pragma GCC poison gmtime localtime ctime asctime strncpy strncat
#endif

#endif
