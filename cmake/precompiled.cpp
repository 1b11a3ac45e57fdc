// Compiled once for the headers of cmake/WattlePrecompiled.cmake, which other targets then reuse.
