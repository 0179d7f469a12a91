// The edges of the process: what comes on the standard input, the one document on standard output.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "pmnextcloud/documents.hpp"
#include "reconciler/model/time.hpp"

namespace bn::pmnextcloud {

// Everything up to the end of the input. document_big past kMaxDocument, document_bad when the
// input is closed, cannot be read, or is not at its end within `limit`.
tl::expected<std::string, Failure> read_input(int fd, Duration limit);

// False when not everything could be written.
bool write_all(int fd, std::string_view text);

}  // namespace bn::pmnextcloud
