#include "sync/wire/mime/boundary.h"

namespace postern::wire::mime {

void Boundaries::open(std::size_t level, std::string_view boundary) {
  open_.push_back({level, std::string(boundary.substr(0, max_octets))});
}

void Boundaries::close_from(std::size_t level) {
  while (!open_.empty() && open_.back().level >= level) open_.pop_back();
}

Boundaries::Match Boundaries::match(std::string_view line) const {
  line.remove_prefix(2);
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const Open* best = nullptr;
  for (auto open = open_.rbegin(); open != open_.rend(); ++open) {
    if (best != nullptr && best->boundary.size() >= open->boundary.size()) continue;
    if (!line.starts_with(open->boundary)) continue;
    best = &*open;
    const auto rest = line.substr(best->boundary.size());
    if (rest.empty() || rest == "--") break;
  }
  if (best == nullptr) return {};
  const bool closes = line.substr(best->boundary.size()).starts_with("--");
  return {closes ? Kind::close_delimiter : Kind::delimiter, best->level};
}

}  // namespace postern::wire::mime
