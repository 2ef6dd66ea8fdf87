#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sync/wire/ascii.h"
#include "sync/wire/mime/header.h"
#include "sync/wire/smtp/submitted_header.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire;
using namespace postern::wire::smtp;

namespace {

/// Octets of the lines in front that are folded onto none.
std::size_t folded_onto_nothing(std::string_view header) {
  std::size_t at = 0;
  while (at < header.size() && (header[at] == ' ' || header[at] == '\t')) {
    const std::size_t end = header.find("\r\n", at);
    at = end == std::string_view::npos ? header.size() : end + 2;
  }
  return at;
}

}  // namespace

/// Whatever a program hands in: what it wrote stays, what is missing stands in front, and no Bcc
/// goes out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view header(reinterpret_cast<const char*>(data), size);
  // As the program's octets are cut: up to and with the first empty line.
  if (header.starts_with("\r\n")) {
    header = header.substr(0, 2);
  } else if (const std::size_t end = header.find("\r\n\r\n"); end != std::string_view::npos) {
    header = header.substr(0, end + 4);
  }
  const std::vector<Recipient> recipients{{"bert@example.org", {}, ""}, {"c@example.org", {}, ""}};
  const auto whole = complete_header(header, {"Sat, 28 Nov 2026 14:00:00 +0000", "<1@example.org>",
                                              "anna@example.org", recipients});
  const std::size_t stray = folded_onto_nothing(header);
  require(whole.header.starts_with(header.substr(0, stray)));
  require(whole.header.ends_with(header.substr(stray)));
  require(!whole.message_id.empty());
  const std::string shown = without_bcc(whole.header);
  mime::HeaderFields fields(shown);
  while (const auto field = fields.next()) require(!equal_ignoring_case(field->name, "Bcc"));
  require(without_bcc(shown) == shown);
  (void)refers_to(header);
  return 0;
}
