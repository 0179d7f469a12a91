// A library that precompiles a header for others has to have a source.
