#include "sync/wire/sasl_plain.h"

#include <cstddef>

#include "sync/wire/base64.h"
#include "sync/wire/utf8.h"

namespace postern::wire {
namespace {

constexpr std::size_t longest = 1000;

}  // namespace

std::optional<SaslPlain> parse_sasl_plain(std::string_view base64) {
  if (base64.size() > 4 * (3 * longest + 2)) return std::nullopt;
  auto decoded = base64_decode(base64);
  if (!decoded) return std::nullopt;
  const Secret whole(std::move(*decoded));
  const std::string_view octets = whole.reveal();
  const std::size_t first = octets.find('\0');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = octets.find('\0', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::string_view user = octets.substr(first + 1, second - first - 1);
  const std::string_view password = octets.substr(second + 1);
  if (user.empty() || password.empty() || password.find('\0') != std::string_view::npos)
    return std::nullopt;
  if (first > longest || user.size() > longest || password.size() > longest) return std::nullopt;
  if (!valid_utf8(octets)) return std::nullopt;
  return SaslPlain{std::string(octets.substr(0, first)), std::string(user),
                   Secret(std::string(password))};
}

Secret format_sasl_plain(std::string_view user, const Secret& password) {
  std::string octets;
  octets.reserve(2 + user.size() + password.reveal().size());
  octets.push_back('\0');
  octets.append(user);
  octets.push_back('\0');
  octets.append(password.reveal());
  const Secret whole(std::move(octets));
  return Secret(base64_encode(whole.reveal()));
}

}  // namespace postern::wire
