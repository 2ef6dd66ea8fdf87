#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/wire/smtp/path.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::smtp;

/// E12: what is taken for an address is one line, and stays the same address when it is read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const Charset charset : {Charset::ascii, Charset::utf8}) {
    if (is_mailbox(text, charset)) {
      for (const char c : text) require(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
      require(charset == Charset::utf8 || is_ascii(text));
    }
    std::string_view rest = text;
    const auto path = take_path(rest, charset);
    if (!path) {
      require(rest == text);
    } else {
      require(path->empty() || is_mailbox(*path, charset));
      const std::string bracketed = "<" + std::string(*path) + ">";
      std::string_view again = bracketed;
      require(take_path(again, charset) == path && again.empty());
      require(same_mailbox(*path, *path));
    }
    (void)is_domain_or_literal(text, charset);
  }
  require(from_xtext(to_xtext(text)) == text);
  if (const auto decoded = from_xtext(text)) require(from_xtext(to_xtext(*decoded)) == decoded);
  return 0;
}
