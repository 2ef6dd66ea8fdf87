#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sync/wire/sasl/client.h"
#include "tests/fuzz/require.h"

using postern::Secret;
using postern::fuzz::require;
using namespace postern::wire::sasl;

namespace {

/// The iteration count is what a server may ask us to work: more than this is no news, only slow.
bool asks_for_much(std::string_view challenge) {
  const std::size_t at = challenge.find(",i=");
  return at != std::string_view::npos && challenge.substr(at).size() > 5;
}

}  // namespace

/// K15: the first octet names a mechanism; then one challenge a line. Whatever the server says, it
/// is not taken for one that has proved itself, and no exchange goes on for ever.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto mechanism = static_cast<Mechanism>(data[0] % 9);
  Context context;
  context.host = "pop.example.net";
  context.port = 995;
  context.nonce = "nonce";
  context.binding = ChannelBinding{"tls-exporter", "bound"};
  const auto client = make_client(mechanism, {"anna", Secret("secret")}, context);
  (void)client->initial();
  for (int turn = 0; turn < 8 && !text.empty(); ++turn) {
    const std::size_t end = text.find('\n');
    const std::string_view challenge = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (asks_for_much(challenge)) return 0;
    const Response response = client->respond(challenge);
    if (!response) require(!response.error().what.empty());
    if (response) require(response->reveal().find('\n') == std::string_view::npos);
  }
  // Nobody finds the server's signature by chance.
  if (mechanism <= Mechanism::scram_sha_1) require(!client->finished());
  return 0;
}
