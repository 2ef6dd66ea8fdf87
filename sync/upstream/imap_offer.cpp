#include "sync/upstream/imap_offer.h"

#include <algorithm>

#include "sync/wire/ascii.h"

namespace postern::upstream {

ImapOffer imap_offer(std::span<const std::string> capabilities) {
  ImapOffer out;
  if (capabilities.empty()) return out;
  out.login = LoginOffer::UserCommand::offered;
  for (std::string name : capabilities) {
    std::ranges::transform(name, name.begin(), wire::to_upper);
    if (name.starts_with("AUTH=")) out.mechanisms.push_back(name.substr(5));
    if (name == "SASL-IR") out.initial_response = ImapOffer::Has::yes;
    if (name == "STARTTLS") out.starttls = ImapOffer::Has::yes;
    if (name == "LOGINDISABLED") out.login = LoginOffer::UserCommand::missing;
  }
  return out;
}

}  // namespace postern::upstream
