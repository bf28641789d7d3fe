// The header is all; a C target needs a source file.
#include "FuzzDriver.h"
