#include "sync/engine/stored_grant.h"

#include <charconv>
#include <string>
#include <string_view>

namespace postern::engine {
namespace {

/// Up to the next line break; nullopt without one.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::int64_t> take_number(std::string_view& text) {
  const auto line = take_line(text);
  std::int64_t value = 0;
  if (!line || line->empty()) return std::nullopt;
  const auto [end, error] = std::from_chars(line->data(), line->data() + line->size(), value);
  if (error != std::errc() || end != line->data() + line->size()) return std::nullopt;
  return value;
}

}  // namespace

StoredGrant stored(const wire::oauth::Grant& grant, const Secret& refresh_before, WallTime now) {
  return {grant.access_token, grant.refresh_token.empty() ? refresh_before : grant.refresh_token,
          now + grant.lifetime, grant.lifetime};
}

Secret format(const StoredGrant& grant) {
  // Lines, since tokens hold none (RFC 6749 appendix A); in one piece, so that no copy stays.
  std::string text = std::to_string(grant.expires.time_since_epoch().count()) + "\n" +
                     std::to_string(grant.lifetime.count()) + "\n";
  text.reserve(text.size() + grant.access_token.reveal().size() +
               grant.refresh_token.reveal().size() + 2);
  text += grant.access_token.reveal();
  text += '\n';
  text += grant.refresh_token.reveal();
  text += '\n';
  return Secret(std::move(text));
}

std::optional<StoredGrant> parse_stored_grant(const Secret& text) {
  std::string_view rest = text.reveal();
  const auto expires = take_number(rest);
  const auto lifetime = expires ? take_number(rest) : std::nullopt;
  const auto access = lifetime ? take_line(rest) : std::nullopt;
  const auto refresh = access ? take_line(rest) : std::nullopt;
  if (!refresh || !rest.empty()) return std::nullopt;
  return StoredGrant{Secret(std::string(*access)), Secret(std::string(*refresh)),
                     WallTime(std::chrono::seconds(*expires)), std::chrono::seconds(*lifetime)};
}

}  // namespace postern::engine
