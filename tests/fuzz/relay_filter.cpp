#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/relay/filter.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::relay;

namespace {

struct Played {
  std::string left;
  std::string right;
  Filter::State state = Filter::State::going;
};

constexpr std::size_t line_limit = 512;

/// Pieces are told apart by the octets 1 (the program's) and 2 (the server's). `step`: so many
/// octets of a piece at once.
Played play(Protocol protocol, Greeted greeted, std::string_view octets, std::size_t step) {
  Played out;
  const auto filter = make_filter(protocol, greeted, line_limit);
  bool program = true;
  while (!octets.empty()) {
    const std::size_t end = std::min(octets.find_first_of("\x01\x02"), octets.size());
    std::string_view piece = octets.substr(0, end);
    while (!piece.empty()) {
      const std::string_view now = piece.substr(0, step);
      if (filter->over()) {
        if (filter->state() == Filter::State::through) (program ? out.right : out.left) += now;
      } else if (program) {
        filter->from_left(now, {out.left, out.right});
      } else {
        filter->from_right(now, {out.left, out.right});
      }
      piece.remove_prefix(now.size());
    }
    if (end == octets.size()) break;
    program = octets[end] == '\x01';
    octets.remove_prefix(end + 1);
  }
  out.state = filter->state();
  return out;
}

}  // namespace

/// K3: what goes on does not depend on how octets come, and no TLS command goes out as one before
/// the login is through.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto protocol = static_cast<Protocol>(data[0] % 3);
  const Greeted greeted = data[0] % 2 == 0 ? Greeted::yes : Greeted::no;
  const std::string_view octets(reinterpret_cast<const char*>(data + 1), size - 1);
  const Played whole = play(protocol, greeted, octets, octets.size() + 1);
  const Played slow = play(protocol, greeted, octets, 1);
  require(whole.state == slow.state);
  require(whole.left == slow.left);
  require(whole.right == slow.right);
  if (protocol == Protocol::pop3) require(!whole.right.starts_with("STLS\r\n"));
  if (protocol == Protocol::smtp) require(!whole.right.starts_with("STARTTLS\r\n"));
  return 0;
}
